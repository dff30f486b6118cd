import CRDT
import Testing

@testable import Wire

struct RowVectorTests {
    private struct Rows: Decodable {
        struct Row: Decodable { var name: String, row: VectorRow, canonical: Hex, hash: String }
        struct Stamp: Decodable {
            var time: UInt64, replica: String

            func value() throws -> CRDT.Stamp {
                CRDT.Stamp(time: HybridTime(rawValue: time), replica: try #require(ReplicaID(replica)))
            }
        }
        struct Late: Decodable { var column: UInt16, time: UInt64, replica: String }
        struct Refused: Decodable { var name: String, width: UInt16, base: Stamp?, late: [Late] }
        var digest: String
        var rows: [Row]
        var refused: [Refused]
    }

    private struct Merges: Decodable {
        struct Merge: Decodable {
            var name: String, left: VectorRow, right: VectorRow, merged: VectorRow, changed: Bool, canonical: Hex
        }
        var merges: [Merge]
    }

    @Test func `rows have the canonical bytes, hashes and digest of the vectors`() throws {
        let vectors = try VectorFile.read("canonical-row.json", as: Rows.self)
        var digest = Digest()
        for vector in vectors.rows {
            let row = try vector.row.row
            #expect(Hex(row.canonicalBytes) == vector.canonical, "\(vector.name)")
            #expect(Digest(sum: row.digestHash, rows: 0).description == vector.hash + "/0", "\(vector.name)")
            digest.add(row.digestHash)
        }
        #expect(vectors.rows.count >= 8 && digest.description == vectors.digest)
    }

    @Test func `clocks that the vectors refuse are refused`() throws {
        let vectors = try VectorFile.read("canonical-row.json", as: Rows.self)
        for vector in vectors.refused {
            let late = try vector.late.map { entry in
                PackedClock.Late(
                    column: ColumnID(entry.column),
                    stamp: try Rows.Stamp(time: entry.time, replica: entry.replica).value())
            }
            let base = try vector.base?.value()
            #expect(PackedClock(width: vector.width, base: base, late: late) == nil, "\(vector.name)")
        }
        #expect(vectors.refused.count >= 8)
    }

    @Test func `states merge to those of the vectors, in either order`() throws {
        let vectors = try VectorFile.read("merge.json", as: Merges.self)
        for vector in vectors.merges {
            var (left, right) = (try vector.left.row, try vector.right.row)
            let merged = try vector.merged.row
            #expect(right.merged(with: left) == merged, "\(vector.name)")
            #expect(left.merge(right) == vector.changed && left == merged, "\(vector.name)")
            right.merge(left)
            #expect(Hex(right.canonicalBytes) == vector.canonical, "\(vector.name)")
        }
        #expect(vectors.merges.count >= 10)
    }
}
