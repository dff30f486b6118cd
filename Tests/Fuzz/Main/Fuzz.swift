import Foundation
import FuzzReaders
import Glibc

/// The readers under libFuzzer.
///
///     fuzz seeds FOLDER VECTORS      writes the inputs to begin with, a folder for each reader
///     fuzz READER OPTION… FOLDER…    runs one; options as libFuzzer's
@main struct Fuzz {
    nonisolated(unsafe) private(set) static var reader = Reader.section

    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count > 2 else {
            print("用法 usage: fuzz seeds FOLDER VECTORS | fuzz READER OPTION… FOLDER…")
            exit(2)
        }
        if arguments[1] == "seeds" { return try writeSeeds(to: arguments[2], vectors: arguments[3]) }
        guard let chosen = Reader(rawValue: arguments[1]) else {
            print("没有这个 reader：\(arguments[1])；有 \(Reader.allCases.map(\.rawValue))")
            exit(2)
        }
        reader = chosen
        // A second name for the program, and the reader's name no more: libFuzzer takes what is no option for a folder.
        var pointers: [UnsafeMutablePointer<CChar>?] =
            ([arguments[0]] + arguments.dropFirst(2)).map { strdup($0) } + [nil]
        var count = CInt(pointers.count - 1)
        pointers.withUnsafeMutableBufferPointer { buffer in
            var start = buffer.baseAddress
            _ = LLVMFuzzerRunDriver(&count, &start) { data, size in
                Fuzz.reader.read([UInt8](UnsafeBufferPointer(start: data, count: size)))
                return 0
            }
        }
        exit(0)
    }

    private static func writeSeeds(to folder: String, vectors: String) throws {
        let seeds = Seeds(vectors: URL(fileURLWithPath: vectors))
        for reader in Reader.allCases {
            let place = URL(fileURLWithPath: folder).appendingPathComponent(reader.rawValue)
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            for (index, input) in try seeds.inputs(reader).enumerated() {
                try Data(input).write(to: place.appendingPathComponent("seed-\(index)"))
            }
        }
    }
}

@_silgen_name("LLVMFuzzerRunDriver")
func LLVMFuzzerRunDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

@_silgen_name("LLVMFuzzerMutate")
func LLVMFuzzerMutate(_ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ limit: Int) -> Int

/// libFuzzer asks for a change of an input: by bytes, as it would make itself, or by fields.
@_cdecl("LLVMFuzzerCustomMutator")
public func mutate(_ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ limit: Int, _ seed: CUnsignedInt) -> Int {
    guard size > 1, seed % 4 != 0, Fuzz.reader != .signature else { return LLVMFuzzerMutate(data, size, limit) }
    let input = [UInt8](UnsafeBufferPointer(start: data, count: size))
    var mutation = Mutation(SplitMix(state: UInt64(seed)), leaf: mutatedByBytes)
    let output = mutation.changed(input).prefix(limit)
    for (index, byte) in output.enumerated() { data[index] = byte }
    return output.count
}

private func mutatedByBytes(_ bytes: [UInt8]) -> [UInt8] {
    let limit = bytes.count + 32
    return [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
        guard let start = buffer.baseAddress else { return }
        for index in bytes.indices { start[index] = bytes[index] }
        count = LLVMFuzzerMutate(start, bytes.count, limit)
    }
}
