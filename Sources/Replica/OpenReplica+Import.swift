public import Alliance
import CRDT
import Store
import Sync

extension OpenReplica {
    /// What an import does or did.
    public struct ImportResult: Sendable {
        public let plan: ImportPlan
        public let table: Table
        public internal(set) var created = 0
        public internal(set) var changed = 0
        public internal(set) var unchanged = 0
        /// What was written, to be taken back.
        public internal(set) var batch = ImportBatch()
        /// Bad lines; with any, nothing is written.
        public internal(set) var problems: [LineProblem]
        public internal(set) var problemCount: Int

        public var json: JSON {
            [
                "table": .string(table.name), "encoding": .string(plan.encoding.rawValue),
                "rows": JSON(plan.rows.count),
                "created": JSON(created), "changed": JSON(changed), "unchanged": JSON(unchanged),
                "mapping": .array(
                    plan.mapping.map {
                        ["heading": .string($0.heading), "column": $0.column.map { .string($0.name) } ?? .null]
                    }),
                "problemCount": JSON(problemCount),
                "problems": .array(
                    problems.map {
                        [
                            "line": JSON($0.line), "column": $0.column.map { .string($0) } ?? .null,
                            "value": .string($0.value),
                            "zh": .string($0.phrase.zh), "en": .string($0.phrase.en),
                        ]
                    }),
            ]
        }
    }

    private struct DryRun: Error {}

    /// Rows of one import that share a transaction; all of them are written together or not at all.
    private static let chunk = 2_000

    /// Reads a CSV file and writes its rows, all or none. Rows are found by their natural key: the same file twice
    /// changes nothing the second time.
    /// - Parameter chosen: by a heading, the name of the column that somebody chose for it; empty to leave it out.
    public func importRows(
        _ bytes: [UInt8], into table: Table, encoding: TextEncoding?, chosen: [String: String] = [:], dryRun: Bool,
        progress: (Int, Int) -> Void = { _, _ in }
    ) throws -> ImportResult {
        try refuseLedger(table)
        let plan = try ImportPlan.read(bytes, into: table, encoding: encoding, chosen: chosen, names: try names())
        var result = ImportResult(plan: plan, table: table, problems: plan.problems, problemCount: plan.problemCount)
        do {
            try store.write { transaction in
                var edits = try self.edits(for: plan, of: table, in: transaction, &result)
                guard result.problemCount == 0 else { throw DryRun() }
                let total = edits.count
                let writer = LocalWriter(transaction, key: key, surroundings: World.surroundings)
                while !edits.isEmpty {
                    try writer.commit([RowEdit](edits.prefix(Self.chunk)))
                    edits.removeFirst(min(Self.chunk, edits.count))
                    progress(total - edits.count, total)
                }
                if dryRun { throw DryRun() }
            }
        } catch is DryRun {
            return result
        }
        return result
    }

    private func edits(
        for plan: ImportPlan, of table: Table, in transaction: SQLiteTransaction, _ result: inout ImportResult
    ) throws -> [RowEdit] {
        let state = transaction.state
        let writes = table.ownership == .secretariat ? state.secretariat : state.member
        // Rows without a natural key are the same where everything is.
        let key = table.naturalKey.isEmpty ? table.columns.map(\.id) : table.naturalKey
        var existing: [[Value]: RowState] = [:]
        for row in try transaction.rows(in: table) where row.key.owner == writes {
            existing[key.map { row[$0]?.value ?? .null }] = row
        }
        var edits: [RowEdit] = []
        for row in plan.rows {
            if let owner = row.owner, owner != writes {
                result.problemCount += 1
                if result.problems.count < ImportLimits.problemsMax {
                    result.problems.append(
                        LineProblem(
                            line: row.line, column: nil, value: "\(owner)",
                            what: Phrase("这一行属于其他单位", "This row is another member's"),
                            remedy: Phrase("请由该单位导入，或从文件中删去。", "Let that member import it, or take it out of the file.")
                        ))
                }
                continue
            }
            let parts = key.map { row.values[$0] ?? .null }
            if let standing = existing[parts] {
                let differs = row.values.contains { standing[$0.key]?.value ?? .null != $0.value }
                if differs { result.changed += 1 } else { result.unchanged += 1 }
                if differs {
                    edits.append(RowEdit(key: standing.key, act: .edit, values: row.values))
                    result.batch.note(standing, becomes: row.values)
                }
            } else {
                let key = try Self.newKey(row.values, in: table, state: state) {
                    try transaction.row($0)?.isThere ?? false
                }
                result.created += 1
                edits.append(RowEdit(key: key, act: .create, values: row.values))
                result.batch.note(new: key, row.values)
            }
        }
        return edits
    }

    /// A table as CSV that Excel opens in Chinese.
    public func export(_ table: Table) throws -> [UInt8] {
        CSVFile.csv(table: table, rows: try list(table), names: try names())
    }
}
