public import Alliance
public import CRDT
public import Store
import Sync
import Wire

extension OpenReplica {
    /// Where the replica stands, honestly: what is confirmed, what only local, since when it fails, what is proved.
    public func statusJSON() throws -> JSON {
        let names = try names()
        let conflicts = try conflicts().count
        return try store.read { transaction in
            let state = transaction.state
            let status = transaction.status
            let (pending, since) = try transaction.pending()
            return [
                "role": .string(state.role.rawValue), "alliance": .string(state.alliance), "member": JSON(state.member),
                "memberName": .string(names.memberName(state.member) ?? ""), "replica": JSON(state.replica),
                "node": JSON(state.node), "epoch": .string(state.cursor.epoch.description),
                "rev": JSON(state.cursor.rev),
                "hubURL": .string(state.hubURL), "hubHead": JSON(status.hubHead), "pending": JSON(pending),
                "pendingSince": JSON(time: since), "lastSuccess": JSON(time: status.lastSuccess),
                "lastAttempt": JSON(time: status.lastAttempt), "failingSince": JSON(time: status.failingSince),
                "failure": status.failingSince == 0
                    ? .null : ["zh": .string(status.failureZh), "en": .string(status.failureEn)],
                "provedAt": JSON(time: status.provedAt), "provedRev": JSON(status.provedRev),
                "clockOffset": .number(state.hubOffset), "conflicts": JSON(conflicts),
                "rejected": JSON(try transaction.rejected(all: false).count),
                "alarms": .array(try transaction.alarms().map { JSON($0) }),
                "kept": try keptJSON(transaction),
                "waitingNodes": try waitingNodes(transaction), "lastRepair": try lastRepairJSON(transaction),
                "digests": .array(
                    try transaction.digests(for: state.member).map {
                        ["audience": .string($0.audience.description), "digest": .string($0.digest.description)]
                    }),
                "program": .string(Self.program), "schema": JSON(schema.version),
            ]
        }
    }

    /// Checks the file: SQLite's own check, and deeply every row's hash, every digest, the journal's chain and the ledger's maps.
    ///
    /// What is found is raised as an alarm; a clean deep check clears it.
    public func verify(deep: Bool, progress: (Int) -> Void = { _ in }) throws -> DeepFindings {
        guard deep else {
            var findings = DeepFindings()
            findings.file = try store.integrityFaults()
            return findings
        }
        let findings = try store.deepCheck(progress: progress)
        try store.write { transaction in
            for alarm in try transaction.alarms() where alarm.kind == .row {
                try transaction.clear(.row, subject: alarm.subject)
            }
            for subject in findings.subjects(schema) {
                try transaction.raise(Alarm(.row, subject: subject.name, detail: subject.detail, since: World.wall))
            }
        }
        return findings
    }

    public func findingsJSON(_ findings: DeepFindings) -> JSON {
        [
            "clean": .bool(findings.isClean), "checked": JSON(findings.checked),
            "rows": .array(findings.rows.map { JSON($0, schema) }),
            "audiences": .array(findings.audiences.map { .string($0.description) }),
            "file": .array(findings.file.map { .string($0) }), "journal": .array(findings.journal.map { JSON($0) }),
            "assets": .array(findings.assets.map { .string($0.name(schema)) }),
            "postponed": .array(findings.postponed.map { JSON($0) }),
        ]
    }
}

extension DeepFindings {
    /// What the alarm is about; at most a few hundred, the rest counted.
    func subjects(_ schema: Schema) -> [(name: String, detail: String)] {
        let named = rows.prefix(200).map { (name: "\(schema[$0.table]?.name ?? "?") \($0.id)", detail: "row hash") }
        let rest = rows.count > 200 ? [(name: "rows", detail: "\(rows.count) rows")] : []
        let sums = audiences.map { (name: "digest \($0)", detail: "kept digest is not the sum of the rows") }
        let revs = journal.isEmpty ? [] : [(name: "journal", detail: "broken at rev \(journal[0])")]
        let maps = assets.prefix(200).map {
            (name: "ledger \($0.name(schema))", detail: "kept maps do not follow from the records")
        }
        let waiting = postponed.isEmpty ? [] : [(name: "postponed", detail: "\(postponed.count) records")]
        let damage = file.isEmpty ? [] : [(name: "file", detail: file[0])]
        return named + rest + sums + revs + maps + waiting + damage
    }
}

extension AssetID {
    /// The table's name and the row's id.
    public func name(_ schema: Schema) -> String { "\(schema[table]?.name ?? "\(table.rawValue)") \(row)" }
}

extension JSON {
    init(_ alarm: Alarm) {
        self = [
            "kind": .string("\(alarm.kind)"), "subject": .string(alarm.subject), "detail": .string(alarm.detail),
            "since": JSON(alarm.since), "zh": .string(alarm.kind.phrase.zh), "en": .string(alarm.kind.phrase.en),
        ]
    }
}
