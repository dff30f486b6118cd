import Alliance
import CRDT
import Crypto
import Testing

@testable import Wire

struct SectionVectorTests {
    struct Sections: Decodable {
        struct Change: Decodable { var time: UInt64, changes: [VectorRow] }
        struct Section: Decodable {
            var name: String, replica: String?, raw: Hex, frame: Hex, transactions: [Change]?, states: [VectorRow]?
        }
        struct Refused: Decodable { var name: String, replica: String?, raw: Hex?, frame: Hex?, rawSize: Int? }
        var sections: [Section]
        var refused: [Refused]
    }

    private struct Segments: Decodable {
        struct Body: Decodable { var audience: Hex, frame: Hex, transactions: [Sections.Change] }
        struct Refused: Decodable { var name: String, header: Hex }
        var seed: Hex
        var publicKey: Hex
        var header: Hex
        var signature: Hex
        var hash: Hex
        var sections: [Body]
        var refused: [Refused]
    }

    @Test func `the sections of the vectors have their rows, and the rows give those sections`() throws {
        let vectors = try VectorFile.read("section.json", as: Sections.self)
        for vector in vectors.sections {
            let raw = try Section.decompress(vector.frame.bytes, size: vector.raw.bytes.count)
            #expect(Hex(raw) == vector.raw, "\(vector.name)")
            if let replica = vector.replica, let changes = vector.transactions {
                let read = try Section.transactions(raw, of: #require(ReplicaID(replica))).sortedByKey
                #expect(read == (try transactions(changes)), "\(vector.name)")
                #expect(Section.encode(read) == raw, "\(vector.name)")
            } else {
                let read = try Section.states(raw).sorted { $0.key < $1.key }
                #expect(try read == vector.states?.map { try $0.row }, "\(vector.name)")
                #expect(Section.encode(states: read) == raw, "\(vector.name)")
            }
        }
        #expect(vectors.sections.contains { $0.states != nil } && vectors.sections.contains { $0.transactions != nil })
    }

    @Test func `frames and sections that the vectors refuse are refused`() throws {
        let vectors = try VectorFile.read("section.json", as: Sections.self)
        for vector in vectors.refused {
            let replica = try vector.replica.map { try #require(ReplicaID($0)) }
            #expect(throws: WireError.self, "\(vector.name)") {
                if let frame = vector.frame {
                    _ = try Section.decompress(frame.bytes, size: vector.rawSize ?? 0)
                } else if let replica {
                    _ = try Section.transactions(vector.raw?.bytes ?? [], of: replica)
                } else {
                    _ = try Section.states(vector.raw?.bytes ?? [])
                }
            }
        }
        #expect(vectors.refused.count >= 50)
    }

    @Test func `headers that the vectors refuse are refused`() throws {
        let vectors = try VectorFile.read("segment.json", as: Segments.self)
        for vector in vectors.refused {
            #expect(throws: WireError.self, "\(vector.name)") { _ = try SegmentHeader(bytes: vector.header.bytes) }
        }
        #expect(vectors.refused.count >= 24)
    }

    @Test func `the segment of the vectors verifies and has its rows`() throws {
        let vector = try VectorFile.read("segment.json", as: Segments.self)
        let key = try Curve25519.Signing.PrivateKey(rawRepresentation: vector.seed.bytes)
        #expect([UInt8](key.publicKey.rawRepresentation) == vector.publicKey.bytes)
        let bodies = Dictionary(uniqueKeysWithValues: vector.sections.map(\.frame.bytes).enumerated().map { ($0, $1) })
        let segment = try Segment(headerBytes: vector.header.bytes, signature: vector.signature.bytes, bodies: bodies)
        try segment.verify(key.publicKey)
        #expect(segment.hash.bytes == vector.hash.bytes && segment.header.bytes == vector.header.bytes)
        for (index, section) in vector.sections.enumerated() {
            #expect(segment.header.sections[index].audience == Audience(bytes: section.audience.bytes))
            #expect(try segment.transactions(section: index)?.sortedByKey == transactions(section.transactions))
        }
    }

    private func transactions(_ changes: [Sections.Change]) throws -> [TransactionRows] {
        try changes.map {
            TransactionRows(time: HybridTime(rawValue: $0.time), changes: try $0.changes.map { try $0.row })
        }
    }
}
