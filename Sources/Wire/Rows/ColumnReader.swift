import CRDT
import Foundation
import SwiftProtobuf

extension PBColumn {
    /// The values of a batch's column, one a row.
    func values(rows: Int) throws(WireError) -> [Value] {
        guard nulls.isEmpty || nulls.count == (rows + 7) / 8 else { throw .malformed("column", "null bitmap") }
        let present = (0..<rows).map { nulls.isEmpty || nulls[nulls.startIndex + $0 / 8] & 1 << ($0 % 8) == 0 }
        let filled = try payloads(count: present.count { $0 })
        var next = filled.makeIterator()
        return present.map { $0 ? next.next() ?? .null : .null }
    }

    private func payloads(count: Int) throws(WireError) -> [Value] {
        guard kind != 1 else {
            guard integers.count == count else {
                throw .malformed("column", "\(integers.count) integers for \(count) rows")
            }
            return integers.map { .integer($0) }
        }
        guard kind == 2 || kind == 3 else { throw .malformed("column", "kind \(kind)") }
        // A dictionary has at most an entry a row; checked before the entries are made.
        guard lengths.count <= count else { throw .malformed("column", "\(lengths.count) values for \(count) rows") }
        let entries = try slices().map { (slice) throws(WireError) -> Value in
            guard kind == 2 else { return .bytes([UInt8](slice)) }
            guard let text = String(validating: slice, as: UTF8.self) else {
                throw .malformed("column", "text is not UTF-8")
            }
            return .text(text)
        }
        guard !choices.isEmpty else {
            guard entries.count == count else {
                throw .malformed("column", "\(entries.count) values for \(count) rows")
            }
            return entries
        }
        guard choices.count == count else { throw .malformed("column", "\(choices.count) choices for \(count) rows") }
        return try choices.map { (index) throws(WireError) in
            guard entries.indices.contains(Int(index)) else { throw .malformed("column", "choice \(index)") }
            return entries[Int(index)]
        }
    }

    private func slices() throws(WireError) -> [Data] {
        guard lengths.reduce(0, { $0 &+ UInt64($1) }) == UInt64(blob.count) else {
            throw .malformed("column", "lengths do not add up to the blob")
        }
        var start = blob.startIndex
        return try lengths.map { (length) throws(WireError) in
            guard length <= Limits.cellSize else { throw .limit("column", "cellSize: \(length) bytes") }
            defer { start += Int(length) }
            return blob[start..<start + Int(length)]
        }
    }
}

extension SwiftProtobuf.Message {
    /// Decodes bytes whose shape has been checked.
    init(checked bytes: [UInt8], _ subject: String) throws(WireError) {
        var options = BinaryDecodingOptions()
        options.messageDepthLimit = 8
        do { try self.init(serializedBytes: bytes, options: options) } catch {
            throw .malformed(subject, "not a message")
        }
    }
}
