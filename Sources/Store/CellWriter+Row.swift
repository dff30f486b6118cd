import CRDT
import GRDBSQLite
import Wire

extension CellWriter {
    /// The arguments of `jilian_write`, while it runs.
    struct Row {
        private let values: UnsafeMutablePointer<OpaquePointer?>
        private let count: Int

        init(_ values: UnsafeMutablePointer<OpaquePointer?>?, _ count: Int32) {
            guard let values else { preconditionFailure("a function without its arguments") }
            self.values = values
            self.count = Int(count)
        }

        private static let hidden = 9

        var rowid: Int64 { integer(0) }

        var id: UInt128? {
            let bytes = bytes(values[1])
            return bytes.count == 16 ? UInt128(bigEndian: bytes.loadUnaligned(as: UInt128.self)) : nil
        }

        private func integer(_ index: Int) -> Int64 { sqlite3_value_int64(values[index]) }

        private func bytes(_ value: OpaquePointer?) -> UnsafeRawBufferPointer {
            let address = sqlite3_value_blob(value)
            return UnsafeRawBufferPointer(start: address, count: Int(sqlite3_value_bytes(value)))
        }

        /// The row's clock, presence and hash; `nil` if they can't be read.
        func stored(_ call: Call) throws -> (clock: PackedClock, presence: Presence, hash: UInt128)? {
            let hash = bytes(values[2])
            let base = Stamp(
                time: HybridTime(rawValue: UInt64(bitPattern: integer(5))),
                replica: try call.indices.replica(integer(6), call.db))
            let late = try LateList.entries(bytes(values[7])) { try call.indices.replica($0, call.db) }
            guard hash.count == 16, let length = UInt32(exactly: integer(3)), let width = UInt16(exactly: integer(4)),
                let late, let clock = PackedClock(width: width, base: base, late: late)
            else { return nil }
            return (
                clock, Presence(length: length, stamp: base),
                UInt128(bigEndian: hash.loadUnaligned(as: UInt128.self))
            )
        }

        /// Whether the row has the cells of the columns 1 ..< width and no others, and each is of a kind that cells have.
        func isPlain(_ clock: PackedClock) -> Bool {
            sqlite3_value_type(values[8]) == SQLITE_NULL && Int(clock.width) - 1 <= count - Self.hidden
                && clock.late.last?.column.rawValue ?? 0 < clock.width
                && (1..<Int(clock.width)).allSatisfy {
                    sqlite3_value_type(values[Self.hidden + $0 - 1]) != SQLITE_FLOAT
                }
        }

        /// The cells that a call is to see: of the columns that it may write, and of others.
        func cells(_ wanted: [Cell], _ columns: [ColumnID], _ clock: PackedClock) -> [Cell] {
            var cells: [Cell] = []
            cells.reserveCapacity(wanted.count + columns.count)
            func see(_ column: ColumnID) {
                guard let stamp = clock.stamp(of: column) else { return }
                cells.append(Cell(column: column, value: value(column), stamp: stamp))
            }
            guard !columns.isEmpty else {
                for index in wanted.indices { see(wanted[index].column) }
                return cells
            }
            for column in Set(wanted.map(\.column)).union(columns).sorted() { see(column) }
            return cells
        }

        func payload(_ column: ColumnID) -> CanonicalRow.Payload {
            let value = values[Self.hidden + Int(column.rawValue) - 1]
            return switch sqlite3_value_type(value) {
            case SQLITE_NULL: .null
            case SQLITE_INTEGER: .integer(sqlite3_value_int64(value))
            case SQLITE_TEXT: .text(bytes(value))
            default: .bytes(bytes(value))
            }
        }

        func value(_ column: ColumnID) -> Value {
            switch payload(column) {
            case .null: .null
            case .integer(let number): .integer(number)
            case .text(let bytes): .text(String(decoding: bytes, as: UTF8.self))
            case .bytes(let bytes): .bytes([UInt8](bytes))
            case .value(let value): value
            }
        }
    }
}
