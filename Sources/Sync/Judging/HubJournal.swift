import Alliance
import CRDT
import Crypto
import Wire

/// The hub's end of the journal: what is appended gets the next rev and the next hash.
struct HubJournal {
    private let transaction: any ReplicaTransaction
    private let key: Curve25519.Signing.PrivateKey
    private let surroundings: Surroundings

    init(_ transaction: any ReplicaTransaction, key: Curve25519.Signing.PrivateKey, surroundings: Surroundings) {
        self.transaction = transaction
        self.key = key
        self.surroundings = surroundings
    }

    /// Appends a segment with its verdict.
    /// - Parameter lastTime: the largest accepted time of the replica, this segment included.
    func append(_ segment: Segment, verdict: Verdict, detail: VerdictDetail?, lastTime: HybridTime) throws {
        let state = transaction.state
        let rev = state.cursor.rev + 1
        // Wall time labels; it is kept from running backwards so that readers can rely on its order.
        let hubTime = max(surroundings.wall, state.hubTime)
        let hash = JournalEntry.hash(
            after: state.journal, rev: rev, hubTime: hubTime, header: segment.hash, verdict: verdict.bytes)
        try transaction.save(segment)
        try transaction.append(
            JournalEntry(rev: rev, hubTime: hubTime, segment: segment, verdict: verdict, hash: hash, detail: detail))
        try transaction.setReplicaHead(.init(head: segment.head, lastTime: lastTime, rev: rev))
        transaction.state.cursor = JournalPosition(epoch: state.cursor.epoch, rev: rev)
        transaction.state.journal = hash
        transaction.state.hubTime = hubTime
        transaction.state.journalTime = max(transaction.state.journalTime, lastTime)
        transaction.state.clock.witness(lastTime)
    }

    /// Cuts and journals a transaction of the hub's own, whose rows have been stored.
    func appendOwn(_ changes: [RowState], time: HybridTime) throws {
        let state = transaction.state
        let changes = try changes + registration(Stamp(time: time, replica: state.replica), beside: changes)
        var rows: [Audience: [RowState]] = [:]
        for change in changes {
            rows[try transaction.audience(ofChange: change), default: []].append(change)
        }
        let pending = PendingTransaction(
            time: time, seen: state.cursor, changes: rows.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        let place = Segment.Place(
            replica: state.replica, last: state.own, standsOn: state.standsOn, schema: transaction.schema.version)
        let segment = try Segment.cut([pending], at: place, key: key)
        transaction.state.own = segment.head
        transaction.state.acknowledged = max(state.acknowledged, time)
        try append(segment, verdict: .accepted, detail: nil, lastTime: time)
    }

    /// A replica that an epoch began with enters the register with its first transaction, and the one before ends.
    private func registration(_ stamp: Stamp, beside changes: [RowState]) throws -> [RowState] {
        let state = transaction.state
        let key = Register.replicaKey(state.replica, state.secretariat)
        guard state.own == nil, let former = state.standsOn, try transaction.row(key) == nil,
            !changes.contains(where: { $0.key == key })
        else { return [] }
        let rows = [
            Register.registration(
                of: state.replica, node: state.node, standsOn: former.replica, at: surroundings.wall,
                state.secretariat, stamp),
            Register.ending(of: former.replica, at: surroundings.wall, state.secretariat, stamp),
        ]
        for row in rows {
            let stored = try transaction.stored(row.key)
            try transaction.put(stored?.state.merged(with: row) ?? row, over: stored, audience: .alliance)
        }
        return rows
    }

    /// Stores and journals rows of the hub's own.
    /// - Parameter former: their time, where they were written before; else the next.
    func write(at former: HybridTime? = nil, _ changes: (Stamp) -> [RowState]) throws {
        let time = former ?? transaction.state.clock.next(wall: surroundings.wall)
        let rows = changes(Stamp(time: time, replica: transaction.state.replica))
        guard !rows.isEmpty else { return }
        for change in rows {
            let stored = try transaction.stored(change.key)
            let row = stored?.state.merged(with: change) ?? change
            try transaction.put(row, over: stored, audience: transaction.audience(of: row))
        }
        try appendOwn(rows, time: time)
    }
}
