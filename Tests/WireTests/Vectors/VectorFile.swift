import CRDT
import Foundation
import Testing

/// The vectors beside the specification, made by a program in another language.
enum VectorFile {
    static func read<Content: Decodable>(_ name: String, as type: Content.Type = Content.self) throws -> Content {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../Protocol/Vectors/\(name)")
        return try JSONDecoder().decode(Content.self, from: Data(contentsOf: file))
    }
}

/// Bytes that JSON writes in hexadecimal digits.
struct Hex: Decodable, Hashable, CustomStringConvertible {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    init(from decoder: any Decoder) throws {
        let digits = Array(try decoder.singleValueContainer().decode(String.self).utf8)
        bytes = try stride(from: 0, to: digits.count, by: 2).map { start in
            let pair = String(decoding: digits[start..<min(start + 2, digits.count)], as: UTF8.self)
            return try #require(UInt8(pair, radix: 16), "\(pair)")
        }
    }

    var description: String { bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
}

/// A row as the vectors write it.
struct VectorRow: Decodable {
    struct Presence: Decodable { var length: UInt32, time: UInt64, replica: String }
    struct Cell: Decodable { var column: UInt16, value: VectorValue, time: UInt64, replica: String }

    var table: UInt16
    var owner: String
    var id: String
    var presence: Presence?
    var cells: [Cell]

    var row: RowState {
        get throws {
            let key = RowKey(
                table: TableID(rawValue: table), owner: try #require(MemberID(owner)), id: try #require(RowID(id)))
            let presence = try presence.map { CRDT.Presence(length: $0.length, stamp: try stamp($0.time, $0.replica)) }
            return RowState(
                key: key, presence: presence,
                cells: try cells.map { cell in
                    CRDT.Cell(
                        column: ColumnID(cell.column), value: cell.value.value,
                        stamp: try stamp(cell.time, cell.replica))
                })
        }
    }

    private func stamp(_ time: UInt64, _ replica: String) throws -> Stamp {
        Stamp(time: HybridTime(rawValue: time), replica: try #require(ReplicaID(replica)))
    }
}

/// `null`, a number, `{"text": …}` or `{"bytes": hexadecimal}`.
struct VectorValue: Decodable {
    let value: Value

    private struct Tagged: Decodable { var text: String?, bytes: Hex? }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            value = .null
        } else if let number = try? container.decode(Int64.self) {
            value = .integer(number)
        } else {
            let tagged = try container.decode(Tagged.self)
            value = try tagged.text.map { .text($0) } ?? .bytes(#require(tagged.bytes).bytes)
        }
    }
}

extension RowState {
    var canonicalBytes: [UInt8] { CanonicalRow(self).bytes }
}
