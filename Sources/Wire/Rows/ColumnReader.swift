import CRDT
import Foundation
import SwiftProtobuf

extension PBColumn {
    /// The values of a batch's column, one a row.
    func values(rows: Int) throws(WireError) -> [Value] {
        guard !nulls.isEmpty else { return try payloads(count: rows) }
        guard nulls.count == (rows + 7) / 8 else { throw .malformed("column", "null bitmap") }
        let isNull = (0..<rows).map { nulls[nulls.startIndex + $0 / 8] & 1 << ($0 % 8) != 0 }
        let filled = try payloads(count: isNull.count { !$0 })
        var next = filled.makeIterator()
        return isNull.map { $0 ? .null : next.next() ?? .null }
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
        let entries = try entries()
        guard !choices.isEmpty else {
            guard entries.count == count else {
                throw .malformed("column", "\(entries.count) values for \(count) rows")
            }
            return entries
        }
        guard choices.count == count else { throw .malformed("column", "\(choices.count) choices for \(count) rows") }
        var values: [Value] = []
        values.reserveCapacity(count)
        for choice in choices {
            guard choice < entries.count else { throw .malformed("column", "choice \(choice)") }
            values.append(entries[Int(choice)])
        }
        return values
    }

    private func entries() throws(WireError) -> [Value] {
        guard lengths.reduce(0, { $0 &+ UInt64($1) }) == UInt64(blob.count) else {
            throw .malformed("column", "lengths do not add up to the blob")
        }
        for length in lengths where length > Limits.cellSize {
            throw .limit("column", "cellSize: \(length) bytes")
        }
        let isText = kind == 2
        let entries = blob.withUnsafeBytes { bytes -> [Value]? in
            var entries: [Value] = []
            entries.reserveCapacity(lengths.count)
            var start = 0
            for length in lengths {
                let slice = UnsafeRawBufferPointer(rebasing: bytes[start..<start + Int(length)])
                start += Int(length)
                guard isText else {
                    entries.append(.bytes([UInt8](slice)))
                    continue
                }
                guard let text = String(utf8: slice) else { return nil }
                entries.append(.text(text))
            }
            return entries
        }
        guard let entries else { throw .malformed("column", "text is not UTF-8") }
        return entries
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

extension String {
    /// The text that the bytes are; `nil` if they are not UTF-8. The library's own initialiser that validates looks up types
    /// at each call, and takes twice as long.
    fileprivate init?(utf8 bytes: UnsafeRawBufferPointer) {
        // What is no UTF-8 is repaired, and then not what it was.
        var text = String(decoding: bytes, as: UTF8.self)
        let isSame = text.withUTF8 { decoded in
            guard let mine = decoded.baseAddress, let theirs = bytes.baseAddress else { return bytes.isEmpty }
            return decoded.count == bytes.count && memcmp(mine, theirs, bytes.count) == 0
        }
        guard isSame else { return nil }
        self = text
    }
}
