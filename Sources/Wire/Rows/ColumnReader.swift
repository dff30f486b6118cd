import CRDT
import Foundation
import SwiftProtobuf

/// The values of a batch's column, read one a row, in order.
struct ColumnReader {
    let id: ColumnID
    /// 1 integer, 2 text, 3 bytes.
    private let kind: UInt32
    /// Bit i of byte i / 8: row i is null; empty: none is.
    private let nulls: [UInt8]
    private let integers: [Int64]
    /// Texts or bytes one after the other, and how long each is.
    private let blob: [UInt8]
    private let lengths: [UInt32]
    /// Where there is a dictionary, its entries, and of each row which.
    private let entries: [Value]
    private let choices: [UInt32]
    private var row = 0
    /// How many of the rows so far were not null.
    private var filled = 0
    private var offset = 0

    /// Checks all lists against the number of rows.
    init(_ column: PBColumn, id: ColumnID, rows: Int) throws(WireError) {
        self.id = id
        kind = column.kind
        nulls = [UInt8](column.nulls)
        guard nulls.isEmpty || nulls.count == (rows + 7) / 8 else { throw .malformed("column", "null bitmap") }
        let nulls = nulls
        let count = nulls.isEmpty ? rows : (0..<rows).count { nulls[$0 / 8] & 1 << ($0 % 8) == 0 }
        (integers, blob, lengths, choices) = (column.integers, [UInt8](column.blob), column.lengths, column.choices)
        guard kind != 1 else {
            entries = []
            guard integers.count == count else {
                throw .malformed("column", "\(integers.count) integers for \(count) rows")
            }
            return
        }
        guard kind == 2 || kind == 3 else { throw .malformed("column", "kind \(kind)") }
        // A dictionary has at most an entry a row; checked before the entries are made.
        guard lengths.count <= count else { throw .malformed("column", "\(lengths.count) values for \(count) rows") }
        guard lengths.reduce(0, { $0 &+ UInt64($1) }) == UInt64(blob.count) else {
            throw .malformed("column", "lengths do not add up to the blob")
        }
        for length in lengths where length > Limits.cellSize {
            throw .limit("column", "cellSize: \(length) bytes")
        }
        guard !choices.isEmpty else {
            entries = []
            guard lengths.count == count else {
                throw .malformed("column", "\(lengths.count) values for \(count) rows")
            }
            return
        }
        guard choices.count == count else { throw .malformed("column", "\(choices.count) choices for \(count) rows") }
        for choice in choices where choice >= lengths.count { throw .malformed("column", "choice \(choice)") }
        var entries: [Value] = []
        entries.reserveCapacity(lengths.count)
        var start = 0
        for length in lengths {
            entries.append(try Self.value(kind, blob, at: start, Int(length)))
            start += Int(length)
        }
        self.entries = entries
    }

    /// The value of the next row; there must be one.
    mutating func next() throws(WireError) -> Value {
        defer { row += 1 }
        if !nulls.isEmpty, nulls[row / 8] & 1 << (row % 8) != 0 { return .null }
        let index = filled
        filled += 1
        if kind == 1 { return .integer(integers[index]) }
        if !choices.isEmpty { return entries[Int(choices[index])] }
        let start = offset
        offset += Int(lengths[index])
        return try Self.value(kind, blob, at: start, Int(lengths[index]))
    }

    private static func value(
        _ kind: UInt32, _ blob: [UInt8], at start: Int, _ length: Int
    ) throws(WireError) -> Value {
        guard kind == 2 else { return .bytes([UInt8](blob[start..<start + length])) }
        let text = blob.withUnsafeBytes { String(utf8: UnsafeRawBufferPointer(rebasing: $0[start..<start + length])) }
        guard let text else { throw .malformed("column", "text is not UTF-8") }
        return .text(text)
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
