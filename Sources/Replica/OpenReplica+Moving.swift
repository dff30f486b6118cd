public import Alliance
public import CRDT
import Store
import Sync

/// Moves (改期): the new time is had before the old one is lost.
extension OpenReplica {
    /// What can't be confirmed here in one step.
    private struct NotHere: Error {}

    /// Why what was moved at once ended.
    static let moveReason = "改期 moved"

    /// Moves one's own booking to another time, or to another space.
    ///
    /// Where this replica holds both, the old one ends and the new one stands in one transaction, so that they may
    /// overlap. Else the new one is asked for, and the old one stays until it is confirmed. What was declined, or ended
    /// by its holder, moves to another time too: there is nothing of it to be lost.
    /// - Parameter space: name or id; `nil` for the same.
    public func move(_ text: String, to time: Time, space: String? = nil, idempotencyKey: String = "") throws -> JSON {
        let old = try find(text, in: table("booking"))
        let state = try state()
        guard old.key.owner == state.member else {
            throw CommandError(
                .refused, "not-yours",
                Phrase("这是其他单位的预约，只能由该单位改期；未作改动。", "This is another member's booking; only that member can move it."))
        }
        let id = bookingID(idempotencyKey, state)
        let command = try KeyedCommand(
            "move", key: idempotencyKey,
            ["booking": .string(text), "time": time.json, "space": space.map { .string($0) } ?? .null])
        guard try !isDone(command, booking: id) else { return try booking(id) }
        var wish = BookingWish(
            space: space ?? old.asset.map { "\($0.row)" } ?? "", time,
            workstations: Int(old.integer(BookingColumn.workstations)), purpose: old.text(BookingColumn.purpose))
        wish.className = old.text(BookingColumn.className)
        wish.heads = Int(old.integer(BookingColumn.heads))
        wish.teacher = old.rowID(BookingColumn.teacher).map { "\($0)" } ?? ""
        let checked = try check(wish, id: id, series: old.rowID(BookingColumn.series), replaces: old.key.id)
        try ledger { _, transaction in
            let was = try BookingState(of: old, transaction)
            let movable: [BookingState.State] = [.confirmed, .requested, .partly, .declined, .displaced]
            guard movable.contains(was.state) else { throw LedgerRefusal.over }
        }
        do {
            try once(command) { ledger, transaction in
                let was = try BookingState(of: old, transaction)
                for request in was.open { try ledger.withdraw(request, because: Self.moveReason) }
                for use in was.live {
                    do { try ledger.cancel(use, reason: Self.moveReason) } catch LedgerRefusal.elsewhere {
                        throw NotHere()
                    }
                }
                let outcome = try ledger.take(checked.demands, subject: id, beside: [checked.row])
                guard case .confirmed = outcome else { throw NotHere() }
                return JSON(id)
            }
        } catch is NotHere {
            try once(command) { ledger, _ in
                _ = try ledger.take(checked.demands, subject: id, beside: [checked.row])
                _ = try ledger.tidy()
                return JSON(id)
            }
        }
        return try booking(id)
    }
}
