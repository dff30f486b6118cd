import Foundation
import FuzzReaders
import Testing

/// The inputs that a fuzzer once stopped at, and a short round of changed ones; Deploy/fuzz runs the long ones.
@Suite struct ReaderTests {
    private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    private static let vectors = tests.deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Protocol/Vectors")

    @Test(arguments: Reader.allCases)
    func `what stopped a reader once stops it no more`(reader: Reader) throws {
        let folder = Self.tests.appendingPathComponent("Crashes/\(reader.rawValue)")
        guard FileManager.default.fileExists(atPath: folder.path) else { return }
        for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
            reader.read([UInt8](try Data(contentsOf: file)))
        }
    }

    @Test(arguments: Reader.allCases)
    func `no reader traps on changed messages`(reader: Reader) throws {
        let seeds = try Seeds(vectors: Self.vectors).inputs(reader)
        #expect(!seeds.isEmpty && !seeds.contains([]))
        var mutation = Mutation(SplitMix(state: 2026)) { bytes in
            var bytes = bytes
            if !bytes.isEmpty { bytes[bytes.count / 2] &+= 1 }
            return bytes
        }
        for seed in seeds {
            reader.read(seed)
            var input = seed
            for round in 0..<300 {
                input = mutation.changed(round % 12 == 0 ? seed : input)
                reader.read(input)
            }
        }
    }

    @Test func `fields are written as they were read`() throws {
        for reader in Reader.allCases where reader != .signature {
            for seed in try Seeds(vectors: Self.vectors).inputs(reader) {
                #expect(MessageFields(seed).bytes == seed)
            }
        }
    }
}
