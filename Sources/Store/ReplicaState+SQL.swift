import Alliance
import CRDT
import Foundation
import GRDB
import Sync
import Wire

/// The one row of `replica_state`, and the one of `sync_status`.
extension Database {
    func replicaState() throws -> ReplicaState {
        let statement = try RowStatement("SELECT \(Self.stateColumns) FROM replica_state", self)
        guard let state = try statement.first(Self.replicaState) else {
            throw StoreError(.damaged, path: "replica_state", cause: "empty")
        }
        return state
    }

    private static let stateColumns = """
        role, alliance, replica, member, node, secretariat, hub_key, epoch, epoch_replica, hub_url, rev, journal, clock,
        own_seq, own_hash, stands_on_replica, stands_on_seq, stands_on_hash, acknowledged_seq, acknowledged,
        journal_time, token_count, token_random, next_token_count, next_token_random, hub_offset, hub_time, floor,
        backed_up, is_ending, forgotten, collected, may_start_anew
        """

    /// Reads `stateColumns` by position: by name took a sixth of a transaction of one row.
    private static func replicaState(_ row: RowStatement) throws -> ReplicaState {
        func readable<Part>(_ column: Int, _ part: Part?) throws -> Part {
            guard let part else { throw StoreError(.damaged, path: "replica_state", cause: "column \(column)") }
            return part
        }
        func replica(_ column: Int) throws -> ReplicaID { try readable(column, row.replica(column)) }
        func hash(_ column: Int) throws -> Hash256 { try readable(column, Hash256(bytes: row.bytes(column))) }
        var state = ReplicaState(
            role: row.text(0) == "hub" ? .hub : .node, alliance: row.text(1), replica: try replica(2),
            member: try readable(3, row.number(3).map { MemberID(rawValue: $0) }),
            node: try readable(4, row.number(4).map { RowID(rawValue: $0) }),
            secretariat: try readable(5, row.number(5).map { MemberID(rawValue: $0) }), hubKey: [UInt8](row.bytes(6)),
            epoch: Epoch(number: try readable(7, UInt32(exactly: row.integer(7))), replica: try replica(8)),
            hubURL: row.text(9))
        state.cursor = JournalPosition(epoch: state.cursor.epoch, rev: row.unsigned(10))
        state.journal = try hash(11)
        state.clock = HybridClock(last: HybridTime(rawValue: row.unsigned(12)))
        if !row.isNull(13) { state.own = Head(replica: state.replica, seq: row.unsigned(13), hash: try hash(14)) }
        if !row.isNull(16) {
            state.standsOn = Head(replica: try replica(15), seq: row.unsigned(16), hash: try hash(17))
        }
        state.acknowledgedSeq = row.unsigned(18)
        state.acknowledged = HybridTime(rawValue: row.unsigned(19))
        state.journalTime = HybridTime(rawValue: row.unsigned(20))
        state.token = Token(count: row.unsigned(21), random: try replica(22).rawValue)
        if !row.isNull(23) { state.nextToken = Token(count: row.unsigned(23), random: try replica(24).rawValue) }
        state.hubOffset = row.integer(25)
        state.hubTime = row.unsigned(26)
        state.floor = row.unsigned(27)
        state.backedUp = row.unsigned(28)
        state.isEnding = row.integer(29) != 0
        state.forgotten = row.unsigned(30)
        state.collected = row.unsigned(31)
        state.mayStartAnew = row.integer(32) != 0
        return state
    }

    func insert(_ state: ReplicaState, schema: UInt32) throws {
        try execute(
            sql: """
                INSERT INTO replica_state (one, role, alliance, schema, replica, member, node, secretariat, hub_key,
                    hub_url, epoch, epoch_replica, rev, journal, clock, acknowledged_seq, acknowledged, journal_time,
                    token_count, token_random, hub_offset, hub_time, floor, backed_up)
                VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, '', 0, x'', 0, x'', 0, 0, 0, 0, 0, x'', 0, 0, 0, 0)
                """,
            arguments: [
                state.role.rawValue, state.alliance, schema, state.replica.data, Data(state.member.bytes),
                Data(state.node.bytes), Data(state.secretariat.bytes), Data(state.hubKey),
            ])
        try save(state)
    }

    /// Writes what has changed: mostly the clock alone.
    func save(_ state: ReplicaState, over saved: ReplicaState) throws {
        var ticked = saved
        ticked.clock = state.clock
        guard ticked == state else { return try save(state) }
        let statement = try RowStatement("UPDATE replica_state SET clock = ?", self)
        statement.bind(1, state.clock.last.rawValue.signed)
        try statement.run()
    }

    private func save(_ state: ReplicaState) throws {
        try cachedStatement(
            sql: """
                UPDATE replica_state SET alliance = ?, replica = ?, hub_key = ?, hub_url = ?, epoch = ?,
                    epoch_replica = ?, rev = ?, journal = ?, clock = ?, own_seq = ?, own_hash = ?,
                    stands_on_replica = ?, stands_on_seq = ?, stands_on_hash = ?, acknowledged_seq = ?,
                    acknowledged = ?, journal_time = ?, token_count = ?, token_random = ?, next_token_count = ?,
                    next_token_random = ?, hub_offset = ?, hub_time = ?, floor = ?, backed_up = ?,
                    is_ending = ?, forgotten = ?, collected = ?, may_start_anew = ?
                """
        ).execute(arguments: [
            state.alliance, state.replica.data, Data(state.hubKey), state.hubURL, state.cursor.epoch.number,
            state.cursor.epoch.replica.data, state.cursor.rev.signed, Data(state.journal.bytes),
            state.clock.last.rawValue.signed, state.own?.seq.signed, state.own.map { Data($0.hash.bytes) },
            state.standsOn?.replica.data, state.standsOn?.seq.signed, state.standsOn.map { Data($0.hash.bytes) },
            state.acknowledgedSeq.signed, state.acknowledged.rawValue.signed, state.journalTime.rawValue.signed,
            state.token.count.signed, ReplicaID(rawValue: state.token.random).data, state.nextToken?.count.signed,
            state.nextToken.map { ReplicaID(rawValue: $0.random).data }, state.hubOffset, state.hubTime.signed,
            state.floor.signed, state.backedUp.signed, state.isEnding,
            state.forgotten.signed, state.collected.signed, state.mayStartAnew,
        ])
    }

    func syncStatus() throws -> SyncStatus {
        var status = SyncStatus()
        guard let row = try Row.fetchOne(cachedStatement(sql: "SELECT * FROM sync_status")) else { return status }
        status.lastSuccess = row.number("last_success")
        status.lastAttempt = row.number("last_attempt")
        status.failingSince = row.number("failing_since")
        status.failureZh = row["failure_zh"]
        status.failureEn = row["failure_en"]
        status.provedAt = row.number("proved_at")
        status.provedRev = row.number("proved_rev")
        status.hubHead = row.number("hub_head")
        return status
    }

    func save(_ status: SyncStatus) throws {
        try cachedStatement(
            sql: """
                UPDATE sync_status SET last_success = ?, last_attempt = ?, failing_since = ?, failure_zh = ?,
                    failure_en = ?, proved_at = ?, proved_rev = ?, hub_head = ?
                """
        ).execute(arguments: [
            status.lastSuccess.signed, status.lastAttempt.signed, status.failingSince.signed, status.failureZh,
            status.failureEn, status.provedAt.signed, status.provedRev.signed, status.hubHead.signed,
        ])
    }
}

extension RowStatement {
    /// An INTEGER that is never negative.
    func unsigned(_ column: Int) -> UInt64 { UInt64(clamping: integer(column)) }

    /// 8 bytes as a replica, most significant first; `nil` if there are not 8.
    func replica(_ column: Int) -> ReplicaID? {
        let bytes = bytes(column)
        return bytes.count == 8 ? ReplicaID(rawValue: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))) : nil
    }
}

extension Row {
    /// An INTEGER that is never negative.
    func number(_ column: String) -> UInt64 {
        let value: Int64 = self[column]
        return UInt64(clamping: value)
    }
}

extension UInt64 {
    /// As SQLite stores it. Numbers of the protocol are bounded below 2^63 where they are read.
    var signed: Int64 { Int64(clamping: self) }
}
