import Alliance
import CRDT
import GRDB
import Wire

/// Rows that are there as they are written to a statement: their bytes one after the other in one room, which the next
/// rows take over, so that a row costs no memory of its own.
struct RowImages {
    /// One row: where in the room its parts stand.
    struct Image {
        let hash: UInt128
        fileprivate let owner: Int64
        fileprivate let length: UInt32
        fileprivate let width: UInt16
        fileprivate let base: HybridTime
        fileprivate let replica: Int64
        fileprivate let canonical: Range<Int>
        /// Where the first cell begins.
        fileprivate let cells: Int
        /// The hash as 16 bytes, most significant first; behind them the late list, and the cells of unknown columns.
        fileprivate let hashBytes: Range<Int>
        fileprivate let late: Range<Int>
        fileprivate let extras: Range<Int>
    }

    private(set) var images: [Image] = []
    private var room: [UInt8] = []
    private var used = 0

    mutating func removeAll() {
        images.removeAll(keepingCapacity: true)
        used = 0
    }

    /// Adds a row.
    mutating func add(_ row: RowState, of table: RowTable, indices: IndexCache, _ db: Database) throws {
        let clock = PackedClock(of: row)
        guard let base = clock.base, let presence = row.presence else {
            preconditionFailure("a row that is there has a presence: \(row.key)")
        }
        let canonical = take(CanonicalRow.size(of: row, clock))
        let (cells, hash) = room.withUnsafeMutableBytes { room in
            let bytes = UnsafeMutableRawBufferPointer(rebasing: room[canonical])
            return (CanonicalRow.write(row, clock, to: bytes), CanonicalRow.hash(of: UnsafeRawBufferPointer(bytes)))
        }
        let hashBytes = withUnsafeBytes(of: hash.bigEndian) { append($0) }
        let late = try LateList.bytes(of: clock.late) { try indices.index(of: $0, db) }
        let extras = table.extras(of: row)
        images.append(
            Image(
                hash: hash, owner: try indices.index(of: row.key.owner, db), length: presence.length,
                width: clock.width, base: base.time, replica: try indices.index(of: base.replica, db),
                canonical: canonical, cells: canonical.lowerBound + cells, hashBytes: hashBytes,
                late: late.withUnsafeBytes { append($0) },
                extras: extras.withUnsafeBytes { append($0) }))
    }

    private mutating func take(_ size: Int) -> Range<Int> {
        let taken = used..<used + size
        used = taken.upperBound
        if used > room.count { room.append(contentsOf: repeatElement(0, count: max(used - room.count, room.count))) }
        return taken
    }

    private mutating func append(_ bytes: UnsafeRawBufferPointer) -> Range<Int> {
        let taken = take(bytes.count)
        room.withUnsafeMutableBytes { room in
            UnsafeMutableRawBufferPointer(rebasing: room[taken]).copyMemory(from: bytes)
        }
        return taken
    }

    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try room.withUnsafeBytes(body)
    }
}

/// How rows are bound to the statements that write them.
extension RowTable {
    /// Binds rows to the parameters of `insertSQL` or of `update`, and runs `body` while they hold.
    func bind<Result>(
        _ rows: RowImages, _ range: Range<Int>, to statement: RowStatement, body: () throws -> Result
    ) throws -> Result {
        // Each row's bytes are bound where they stand, and so all must stay there until the statement has run.
        try rows.withBytes { bytes in
            var last = 0
            for image in rows.images[range] {
                bind(image, bytes, to: statement, after: last)
                last += parameters
            }
            return try body()
        }
    }

    private func bind(
        _ image: RowImages.Image, _ bytes: UnsafeRawBufferPointer, to statement: RowStatement, after last: Int
    ) {
        func part(_ range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[range]) }
        let id = image.canonical.lowerBound + CanonicalRow.id.lowerBound
        statement.bind(last + 1, bytes: part(id..<id + CanonicalRow.id.count))
        statement.bind(last + 2, image.owner)
        statement.bind(last + 3, bytes: part(image.hashBytes))
        statement.bind(last + 4, Int64(image.length))
        statement.bind(last + 5, Int64(image.width))
        statement.bind(last + 6, Int64(image.base.rawValue))
        statement.bind(last + 7, image.replica)
        statement.bind(last + 8, bytes: part(image.late))
        statement.bind(last + 9, bytesOrNull: part(image.extras))
        bindCells(part(image.cells..<image.canonical.upperBound), to: statement, after: last + Self.bound.count)
    }

    /// Binds the cells, as they stand in the canonical bytes; a column that nobody has written is NULL.
    private func bindCells(_ bytes: UnsafeRawBufferPointer, to statement: RowStatement, after last: Int) {
        func number<Number: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: Number.Type) -> Number {
            Number(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: type))
        }
        var offset = 0
        for column in 1...columnCount {
            let parameter = last + column
            // Cells ascend by column, and columns are 1, 2, 3 …
            guard offset < bytes.count, Int(number(at: offset, as: UInt16.self)) == column else {
                statement.bindNull(parameter)
                continue
            }
            let tag = bytes[offset + 2]
            offset += 3
            switch tag {
            case 0: statement.bindNull(parameter)
            case 1:
                statement.bind(parameter, number(at: offset, as: Int64.self))
                offset += 8
            default:
                let start = offset + 4
                offset = start + Int(number(at: offset, as: UInt32.self))
                let payload = UnsafeRawBufferPointer(rebasing: bytes[start..<offset])
                if tag == 2 {
                    statement.bind(parameter, text: payload)
                } else {
                    statement.bind(parameter, bytes: payload)
                }
            }
        }
    }
}
