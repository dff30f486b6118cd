import Alliance
import CRDT
import Store
import Sync

/// What an import wrote, with what stood there before.
public struct ImportBatch: Sendable {
    struct Row: Sendable {
        let key: RowKey
        /// `nil` for a row that the import made.
        let before: [ColumnID: Value]?
        let after: [ColumnID: Value]
    }

    private(set) var rows: [Row]

    init(rows: [Row] = []) { self.rows = rows }

    public var isEmpty: Bool { rows.isEmpty }

    mutating func note(new key: RowKey, _ values: [ColumnID: Value]) {
        rows.append(Row(key: key, before: nil, after: values))
    }

    /// Notes the cells of a row that an import changes.
    mutating func note(_ row: RowState, becomes values: [ColumnID: Value]) {
        let changed = values.filter { row[$0.key]?.value ?? .null != $0.value }
        let before = changed.keys.map { ($0, row[$0]?.value ?? .null) }
        rows.append(Row(key: row.key, before: Dictionary(uniqueKeysWithValues: before), after: changed))
    }
}

/// Taking an import back (撤销导入).
extension OpenReplica {
    /// Takes back what an import wrote, in one transaction: rows that it made are deleted, cells that it changed get
    /// their former values. What somebody has changed since stays as it is.
    ///
    /// - Returns: how many rows were taken back, and how many stay because they were changed since.
    public func undo(_ batch: ImportBatch) throws -> (undone: Int, kept: Int) {
        try store.write { transaction in
            var edits: [RowEdit] = []
            var kept = 0
            for item in batch.rows {
                guard let row = try transaction.row(item.key), row.isThere else { continue }
                let same = item.after.filter { (row[$0.key]?.value ?? .null) == $0.value }
                guard let before = item.before else {
                    let isTouched =
                        try same.count < item.after.count
                        || row.cells.contains { cell in
                            item.after[cell.column] == nil && cell.value != .null
                        }
                    if isTouched { kept += 1 } else { edits.append(RowEdit(key: item.key, act: .delete)) }
                    continue
                }
                if same.count < item.after.count { kept += 1 }
                if !same.isEmpty {
                    edits.append(RowEdit(key: item.key, act: .edit, values: before.filter { same[$0.key] != nil }))
                }
            }
            let writer = LocalWriter(transaction, key: key, surroundings: World.surroundings)
            let count = edits.count
            while !edits.isEmpty {
                try writer.commit([RowEdit](edits.prefix(Self.undoneAtOnce)))
                edits.removeFirst(min(Self.undoneAtOnce, edits.count))
            }
            return (count, kept)
        }
    }

    private static let undoneAtOnce = 2_000
}
