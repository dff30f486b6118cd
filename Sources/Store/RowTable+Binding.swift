import Alliance
import CRDT
import GRDB
import Wire

/// How rows are bound to the statements that write them.
extension RowTable {
    /// The numbers that rows written together have in common; nearly always those of the rows before, too.
    struct Numbers: Equatable {
        fileprivate let owner: Int64
        fileprivate let length: UInt32
        fileprivate let width: UInt16
        fileprivate let base: HybridTime
        fileprivate let replica: Int64
    }

    /// A row that is there, as it is written.
    struct Image {
        let numbers: Numbers
        let hash: UInt128
        fileprivate let row: RowState
        fileprivate let canonical: CanonicalRow
        fileprivate let late: [UInt8]
        fileprivate let extras: [UInt8]
    }

    func image(of row: RowState, indices: IndexCache, _ db: Database) throws -> Image {
        let canonical = CanonicalRow(row)
        let clock = canonical.clock
        guard let base = clock.base, let presence = row.presence else {
            preconditionFailure("a row that is there has a presence: \(row.key)")
        }
        let numbers = Numbers(
            owner: try indices.index(of: row.key.owner, db), length: presence.length, width: clock.width,
            base: base.time, replica: try indices.index(of: base.replica, db))
        let late = try LateList.bytes(of: clock.late) { try indices.index(of: $0, db) }
        return Image(
            numbers: numbers, hash: canonical.hash, row: row, canonical: canonical, late: late, extras: extras(of: row))
    }

    /// Binds rows to the parameters of `insertSQL` or of `update`, and runs `body` while they hold.
    ///
    /// - Parameters:
    ///   - images: at least one, all of the same numbers.
    ///   - last: the numbers that this bound to the same statement before; they stay bound.
    func bind<Result>(
        _ images: ArraySlice<Image>, to statement: RowStatement, last: inout Numbers?, body: () throws -> Result
    ) throws -> Result {
        if let numbers = images.first?.numbers, numbers != last {
            statement.bind(1, numbers.owner)
            statement.bind(2, Int64(numbers.length))
            statement.bind(3, Int64(numbers.width))
            statement.bind(4, Int64(numbers.base.rawValue))
            statement.bind(5, numbers.replica)
            last = numbers
        }
        return try bind(images, to: statement, after: Self.common.count, body)
    }

    /// Each row's bytes are bound where they stand, and so all must stay there until the statement has run.
    private func bind<Result>(
        _ images: ArraySlice<Image>, to statement: RowStatement, after parameter: Int, _ body: () throws -> Result
    ) rethrows -> Result {
        guard let image = images.first else { return try body() }
        return try withUnsafeBytes(of: image.hash.bigEndian) { hash in
            statement.bind(parameter + 2, bytes: hash)
            return try image.late.withUnsafeBytes { late in
                statement.bind(parameter + 3, bytes: late)
                return try image.extras.withUnsafeBytes { extras in
                    statement.bind(parameter + 4, bytesOrNull: extras)
                    return try image.canonical.bytes.withUnsafeBytes { bytes in
                        statement.bind(parameter + 1, bytes: UnsafeRawBufferPointer(rebasing: bytes[CanonicalRow.id]))
                        let next = bind(image, bytes, to: statement, after: parameter + Self.own.count)
                        return try bind(images.dropFirst(), to: statement, after: next, body)
                    }
                }
            }
        }
    }

    /// Binds the cells; a column that nobody has written is NULL.
    /// - Returns: the last parameter.
    private func bind(
        _ image: Image, _ bytes: UnsafeRawBufferPointer, to statement: RowStatement, after last: Int
    ) -> Int {
        let cells = image.row.cells
        var next = 0
        var offset = image.canonical.cells
        for column in table.columns.indices {
            let parameter = last + column + 1
            // Cells ascend by column, and columns are 1, 2, 3 …
            guard next < cells.count, Int(cells[next].column.rawValue) == column + 1 else {
                statement.bindNull(parameter)
                continue
            }
            offset += 3
            switch cells[next].value {
            case .null: statement.bindNull(parameter)
            case .integer(let number):
                statement.bind(parameter, number)
                offset += 8
            case .text(let text):
                let size = text.utf8.count
                let payload = UnsafeRawBufferPointer(rebasing: bytes[offset + 4..<offset + 4 + size])
                statement.bind(parameter, text: payload)
                offset += 4 + size
            case .bytes(let value):
                let payload = UnsafeRawBufferPointer(rebasing: bytes[offset + 4..<offset + 4 + value.count])
                statement.bind(parameter, bytes: payload)
                offset += 4 + value.count
            }
            next += 1
        }
        return last + table.columns.count
    }
}
