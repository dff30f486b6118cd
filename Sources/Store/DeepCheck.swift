public import Alliance
public import CRDT
import Foundation
import GRDB
import Sync
import Wire

/// What a deep check of a file found.
public struct DeepFindings: Sendable {
    /// Rows whose content is not what their hash says.
    public var rows: [RowKey] = []
    /// Audiences whose kept digest is not the sum of the rows' hashes.
    public var audiences: [Audience] = []
    /// What SQLite itself finds wrong.
    public var file: [String] = []
    /// Journal entries whose hash does not follow from the one before.
    public var journal: [UInt64] = []
    /// Assets whose maps of the ledger are not what follows from its records.
    public var assets: [AssetID] = []
    /// Uses and cancels that wait for the end of a recovery and should not, or should and do not.
    public var postponed: [RowID] = []
    /// Rows that were looked at.
    public var checked = 0

    public init() {}

    public var isClean: Bool {
        rows.isEmpty && audiences.isEmpty && file.isEmpty && journal.isEmpty && assets.isEmpty && postponed.isEmpty
    }
}

extension ReplicaStore {
    /// Recomputes every hash, every digest and the ledger's maps from what stands in the file's tables.
    ///
    /// - Parameter progress: is told how many rows were looked at, every few thousand.
    public func deepCheck(progress: (Int) -> Void = { _ in }) throws -> DeepFindings {
        var findings = DeepFindings()
        findings.file = try integrityFaults()
        try read { transaction in
            var sums: [Audience: CRDT.Digest] = [:]
            for table in schema.tables { try transaction.check(table, &findings, &sums, progress) }
            try transaction.checkInert(&findings, &sums)
            let kept = Dictionary(uniqueKeysWithValues: try transaction.allDigests().map { ($0.audience, $0.digest) })
            for audience in Set(kept.keys).union(sums.keys).sorted()
            where kept[audience] ?? Digest() != sums[audience] ?? Digest() {
                findings.audiences.append(audience)
            }
            findings.journal = try transaction.brokenRevs()
            // A record that can't be read is named above; what follows from it is anybody's guess.
            guard findings.rows.isEmpty else { return }
            findings.assets = try transaction.assetsAstray()
            findings.postponed = try transaction.postponedAstray()
        }
        return findings
    }
}

extension SQLiteTransaction {
    fileprivate func check(
        _ table: Alliance.Table, _ findings: inout DeepFindings, _ sums: inout [Audience: CRDT.Digest],
        _ progress: (Int) -> Void
    ) throws {
        let secretariat = state.secretariat
        try eachStored(in: table) { key, row, hash in
            findings.checked += 1
            if findings.checked.isMultiple(of: 4096) { progress(findings.checked) }
            guard let row else { return findings.rows.append(key) }
            if row.digestHash != hash { findings.rows.append(key) }
            // The kept digest is the sum of the kept hashes: a changed value is the row's fault, not the digest's.
            sums[table.audience(of: row, secretariat: secretariat), default: Digest()].add(hash)
        }
    }

    fileprivate func checkInert(_ findings: inout DeepFindings, _ sums: inout [Audience: CRDT.Digest]) throws {
        for row in try Row.fetchAll(db, sql: "SELECT state, hash, audience FROM inert_row") {
            findings.checked += 1
            let state: Data = row[0]
            let hash: Data? = row[1]
            for state in try Section.states([UInt8](state)) {
                guard state.isThere == (hash != nil), hash.map({ $0.number == state.digestHash }) ?? true else {
                    findings.rows.append(state.key)
                    continue
                }
                if let hash { sums[try indices.audience(row[2], db), default: Digest()].add(hash.number) }
            }
        }
    }

    fileprivate func allDigests() throws -> [AudienceDigest] {
        try Row.fetchAll(db, sql: "SELECT audience, sum, rows FROM digest").map { row in
            let sum: Data = row[1]
            return AudienceDigest(
                audience: try indices.audience(row[0], db), digest: Digest(sum: sum.number, rows: row[2]))
        }
    }

    /// Revs at which the chain of journal hashes breaks, from the oldest entry that is here to the cursor; a missing
    /// entry is named by the one that should have stood on it.
    fileprivate func brokenRevs() throws -> [UInt64] {
        var broken: [UInt64] = []
        var previous: (rev: UInt64, hash: Hash256)?
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT j.rev, j.hub_time, j.verdict, j.hash, s.header FROM journal j
                LEFT JOIN segment s ON s.replica = j.replica AND s.seq = j.seq ORDER BY j.rev
                """)
        while let row = try rows.next() {
            let (rev, hash, header, verdict) = (
                row.number("rev"), row["hash"] as Data, row["header"] as Data?, row["verdict"] as Data
            )
            guard let hash = Hash256(bytes: hash), let header else {
                broken.append(rev)
                previous = nil
                continue
            }
            if let before = previous ?? (rev == 1 ? (0, .zero) : nil) {
                let expected = JournalEntry.hash(
                    after: before.hash, rev: rev, hubTime: row.number("hub_time"), header: Hash256(of: header),
                    verdict: [UInt8](verdict))
                if before.rev + 1 != rev || expected != hash { broken.append(rev) }
            }
            previous = (rev, hash)
        }
        if let previous, previous.rev != state.cursor.rev || previous.hash != state.journal {
            broken.append(state.cursor.rev)
        }
        return broken
    }
}
