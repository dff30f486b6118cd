import Alliance
import CRDT
import Foundation
import GRDB
import Sync
import Wire

/// The one row of `replica_state`, and the one of `sync_status`.
extension Database {
    func replicaState() throws -> ReplicaState {
        guard let row = try Row.fetchOne(cachedStatement(sql: "SELECT * FROM replica_state")) else {
            throw StoreError(.damaged, path: "replica_state", cause: "empty")
        }
        func id<ID: Identifier128>(_ column: String) throws -> ID {
            let data: Data = row[column]
            guard let id = ID(bytes: data) else { throw StoreError(.damaged, path: "replica_state", cause: column) }
            return id
        }
        func replica(_ column: String) throws -> ReplicaID {
            let data: Data = row[column]
            guard let id = ReplicaID(data: data) else {
                throw StoreError(.damaged, path: "replica_state", cause: column)
            }
            return id
        }
        func hash(_ column: String) throws -> Hash256 {
            let data: Data = row[column]
            guard let hash = Hash256(bytes: data) else {
                throw StoreError(.damaged, path: "replica_state", cause: column)
            }
            return hash
        }
        let hubKey: Data = row["hub_key"]
        let role: String = row["role"]
        var state = ReplicaState(
            role: role == "hub" ? .hub : .node, alliance: row["alliance"], replica: try replica("replica"),
            member: try id("member"), node: try id("node"), secretariat: try id("secretariat"), hubKey: [UInt8](hubKey),
            epoch: Epoch(number: row["epoch"], replica: try replica("epoch_replica")), hubURL: row["hub_url"])
        state.cursor = JournalPosition(epoch: state.cursor.epoch, rev: row.number("rev"))
        state.journal = try hash("journal")
        state.clock = HybridClock(last: HybridTime(rawValue: row.number("clock")))
        if row["own_seq"] != nil {
            state.own = Head(replica: state.replica, seq: row.number("own_seq"), hash: try hash("own_hash"))
        }
        if row["stands_on_seq"] != nil {
            state.standsOn = Head(
                replica: try replica("stands_on_replica"), seq: row.number("stands_on_seq"),
                hash: try hash("stands_on_hash"))
        }
        state.acknowledgedSeq = row.number("acknowledged_seq")
        state.acknowledged = HybridTime(rawValue: row.number("acknowledged"))
        state.journalTime = HybridTime(rawValue: row.number("journal_time"))
        state.token = Token(count: row.number("token_count"), random: try replica("token_random").rawValue)
        if row["next_token_count"] != nil {
            state.nextToken = Token(
                count: row.number("next_token_count"), random: try replica("next_token_random").rawValue)
        }
        state.hubOffset = row["hub_offset"]
        state.hubTime = row.number("hub_time")
        state.floor = row.number("floor")
        state.backedUp = row.number("backed_up")
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

    func save(_ state: ReplicaState) throws {
        try cachedStatement(
            sql: """
                UPDATE replica_state SET alliance = ?, replica = ?, hub_key = ?, hub_url = ?, epoch = ?,
                    epoch_replica = ?, rev = ?, journal = ?, clock = ?, own_seq = ?, own_hash = ?,
                    stands_on_replica = ?, stands_on_seq = ?, stands_on_hash = ?, acknowledged_seq = ?,
                    acknowledged = ?, journal_time = ?, token_count = ?, token_random = ?, next_token_count = ?,
                    next_token_random = ?, hub_offset = ?, hub_time = ?, floor = ?, backed_up = ?
                """
        ).execute(arguments: [
            state.alliance, state.replica.data, Data(state.hubKey), state.hubURL, state.cursor.epoch.number,
            state.cursor.epoch.replica.data, state.cursor.rev.signed, Data(state.journal.bytes),
            state.clock.last.rawValue.signed, state.own?.seq.signed, state.own.map { Data($0.hash.bytes) },
            state.standsOn?.replica.data, state.standsOn?.seq.signed, state.standsOn.map { Data($0.hash.bytes) },
            state.acknowledgedSeq.signed, state.acknowledged.rawValue.signed, state.journalTime.rawValue.signed,
            state.token.count.signed, ReplicaID(rawValue: state.token.random).data, state.nextToken?.count.signed,
            state.nextToken.map { ReplicaID(rawValue: $0.random).data }, state.hubOffset, state.hubTime.signed,
            state.floor.signed, state.backedUp.signed,
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
