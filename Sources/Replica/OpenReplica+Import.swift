public import Alliance
import CRDT
import Sheets
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
        /// Persons' entries that stay here, since no consent stands.
        public internal(set) var kept = 0
        /// What was written, to be taken back.
        public internal(set) var batch = ImportBatch()
        /// By which name it can be taken back; `nil` where nothing was written, or no record of it could be.
        public internal(set) var undo: String?
        /// Bad lines; with any, nothing is written.
        public internal(set) var problems: [LineProblem]
        public internal(set) var problemCount: Int

        public var json: JSON {
            [
                "table": .string(table.name), "encoding": plan.encoding.map { .string($0.rawValue) } ?? .null,
                "sheet": plan.sheet.map { .string($0) } ?? .null,
                "notices": .array(plan.notices.map { ["zh": .string($0.zh), "en": .string($0.en)] }),
                "rows": JSON(plan.rows.count),
                "created": JSON(created), "changed": JSON(changed), "unchanged": JSON(unchanged),
                "kept": JSON(kept),
                "mapping": .array(
                    plan.mapping.map {
                        ["heading": .string($0.heading), "column": $0.column.map { .string($0.name) } ?? .null]
                    }),
                "undo": undo.map { .string($0) } ?? .null, "problemCount": JSON(problemCount),
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

    /// Reads a CSV file or a workbook (XLSX) and writes its rows, all or none. Rows are found by their natural key: the same file twice
    /// changes nothing the second time.
    /// - Parameters:
    ///   - sheet: the name of a workbook's sheet; `nil` for the first that holds anything. A CSV file has none.
    ///   - chosen: by a heading, the name of the column that somebody chose for it; empty to leave it out.
    ///   - consent: of all persons of the file of whom none is recorded. Entries of those who have withdrawn, and of
    ///     those without a consent where it is `nil`, are kept here.
    public func importRows(
        _ bytes: [UInt8], into table: Table, encoding: TextEncoding?, sheet: String? = nil,
        chosen: [String: String] = [:], consent: ConsentStatement? = nil, dryRun: Bool,
        progress: (Int, Int) -> Void = { _, _ in }
    ) throws -> ImportResult {
        try refuseLedger(table)
        let names = try names()
        let plan =
            Workbook.begins(bytes)
            ? try Workbook.plan(bytes, into: table, sheet: sheet, chosen: chosen, names: names)
            : try ImportPlan.read(bytes, into: table, encoding: encoding, chosen: chosen, names: names)
        var result = ImportResult(plan: plan, table: table, problems: plan.problems, problemCount: plan.problemCount)
        do {
            try store.write { transaction in
                var edits = try self.edits(for: plan, of: table, consent, in: transaction, &result)
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
        if !result.batch.isEmpty { result.undo = keep(result.batch, of: table) }
        return result
    }

    private func edits(
        for plan: ImportPlan, of table: Table, _ consent: ConsentStatement?, in transaction: SQLiteTransaction,
        _ result: inout ImportResult
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
            if table.personal == .entry, existing[parts] == nil,
                try !consents(to: row.values, writes, consent, &edits, transaction)
            {
                if try keep(row.values, transaction) { result.kept += 1 } else { result.unchanged += 1 }
                continue
            }
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

    /// The headings of a CSV file or a workbook, for somebody to choose what each means.
    public static func headings(
        of bytes: [UInt8], for table: Table, encoding: TextEncoding?, sheet: String? = nil
    ) throws -> [String] {
        Workbook.begins(bytes)
            ? try Workbook.headings(of: bytes, for: table, sheet: sheet)
            : try ImportPlan.headings(of: bytes, for: table, encoding: encoding)
    }

    /// The names of a workbook's visible sheets; none for a CSV file.
    public static func sheets(of bytes: [UInt8]) throws -> [String] {
        Workbook.begins(bytes) ? try Workbook.sheets(of: bytes) : []
    }

    /// A table as a workbook (XLSX).
    public func exportWorkbook(_ table: Table) throws -> [UInt8] {
        let (rows, names) = (try list(table), try names())
        do throws(WorkbookFile.Fault) {
            return try WorkbookFile.xlsx(table: table, rows: rows, names: names)
        } catch {
            throw CommandError(.refused, "workbook", error.phrase)
        }
    }

    /// Whether an entry of a file may be shared: a consent stands, or is recorded with it. Who has withdrawn has not
    /// consented by being on a list.
    private func consents(
        to values: [ColumnID: Value], _ member: MemberID, _ statement: ConsentStatement?, _ edits: inout [RowEdit],
        _ transaction: SQLiteTransaction
    ) throws -> Bool {
        guard case .text(let number)? = values[TeacherColumn.number] else { return true }
        let person = Self.personID(number, member)
        let consent = try transaction.row(Consent.key(of: person, owner: member)).flatMap(Consent.init)
        if let consent { return consent.stands }
        guard let statement, let edit = try consentEdit(person, member, statement, transaction) else { return false }
        edits.append(edit)
        try transaction.dropKept(number)
        return true
    }

    /// A table as CSV that Excel opens in Chinese.
    public func export(_ table: Table) throws -> [UInt8] {
        CSVFile.csv(table: table, rows: try list(table), names: try names())
    }
}
