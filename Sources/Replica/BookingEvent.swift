public import Alliance
public import CRDT
import Store
import Sync

/// One thing that happened to a booking, as far as this replica knows.
public struct BookingEvent: Sendable {
    public enum Kind: String, Sendable, CaseIterable {
        /// Taken of one's own points.
        case booked
        case asked
        case approved
        case declined
        case withdrawn
        /// Another booking was made in its place.
        case moved
        case cancelled
        /// Parts that were held are given back, since the whole did not come about or is had elsewhere.
        case released
        /// Ended by who held the points.
        case displaced
        /// The hub found that its points were another's.
        case disputed

        public var phrase: Phrase {
            switch self {
            case .booked: Phrase("预约并确认", "booked and confirmed")
            case .asked: Phrase("提出申请", "asked for")
            case .approved: Phrase("批准", "approved")
            case .declined: Phrase("驳回", "declined")
            case .withdrawn: Phrase("撤回申请", "withdrawn")
            case .moved: Phrase("改期", "moved")
            case .cancelled: Phrase("取消", "cancelled")
            case .released: Phrase("交还已占工位", "given back")
            case .displaced: Phrase("让出", "displaced")
            case .disputed: Phrase("有争议", "disputed")
            }
        }
    }

    public let kind: Kind
    /// When it was written, by its writer's corrected clock, Unix milliseconds.
    public let at: UInt64
    /// Whose act it was.
    public let by: MemberID
    public let reason: String
    /// Whether the hub has it.
    public let isSent: Bool
    /// When the hub took it, Unix milliseconds; `nil` if it has not, or came here in a snapshot.
    public let received: UInt64?
    /// Of a move, the booking in its place.
    public let booking: RowID?
}

extension BookingState {
    /// What happened to the booking, in the order in which it was written; what one transaction did to several of its
    /// parts is one event.
    func history() throws -> [BookingEvent] {
        let successors = try successors()
        var records: [(row: RowState, kind: BookingEvent.Kind, reason: String)] = [
            (booking, asked.isEmpty ? .booked : .asked, "")
        ]
        records += successors.map { ($0, .moved, "") }
        records += asked.compactMap(\.declined).map { ($0, .declined, $0.text(DeclineColumn.reason)) }
        // A node takes back by itself what is left of a booking that was declined: nobody's act.
        let isDeclined = asked.contains { $0.declined != nil }
        records += asked.compactMap(\.withdrawn).map { ($0, .withdrawn, $0.text(WithdrawalColumn.reason)) }
            .filter { !(isDeclined && $0.2.isEmpty) }
        records += uses.filter { $0.rowID(UseColumn.request) != nil }.map { ($0, .approved, "") }
        for use in uses {
            records += try rows(.dispute, DisputeColumn.record, use.key.id).map { ($0, .disputed, "") }
            records += try rows(.cancel, CancelColumn.use, use.key.id).filter {
                try !transaction.ledger.isDisputed($0.key.id)
            }.map { ($0, kind(of: $0, ending: use), $0.text(CancelColumn.reason)) }
        }
        // What a move ends at once is the move.
        return try joined(records.filter { successors.isEmpty || $0.reason != OpenReplica.moveReason })
    }

    private func kind(of cancel: RowState, ending use: RowState) -> BookingEvent.Kind {
        if cancel.key.owner != booking.key.owner { return isGivenUp(use) ? .released : .displaced }
        return state != .cancelled && cancel.text(CancelColumn.reason).isEmpty ? .released : .cancelled
    }

    private func joined(_ records: [(row: RowState, kind: BookingEvent.Kind, reason: String)]) throws -> [BookingEvent]
    {
        var events: [(stamp: Stamp, event: BookingEvent)] = []
        for (row, kind, reason) in records {
            guard let stamp = row.presence?.stamp else { continue }
            if events.contains(where: { $0.stamp == stamp && $0.event.kind == kind }) { continue }
            let event = BookingEvent(
                kind: kind, at: stamp.time.milliseconds, by: row.key.owner, reason: reason,
                isSent: try transaction.isSent(row),
                received: try transaction.place(of: stamp).flatMap { try transaction.journalTime(at: $0.rev) },
                booking: kind == .moved ? row.key.id : nil)
            events.append((stamp, event))
        }
        return events.enumerated().sorted { ($0.element.stamp, $0.offset) < ($1.element.stamp, $1.offset) }
            .map(\.element.event)
    }
}

extension JSON {
    init(_ event: BookingEvent, _ names: Names) {
        self = [
            "kind": .string(event.kind.rawValue), "kindZh": .string(event.kind.phrase.zh), "at": JSON(event.at),
            "by": .string(names.memberName(event.by) ?? ""), "reason": .string(event.reason),
            "sent": .bool(event.isSent), "received": event.received.map { JSON($0) } ?? .null,
            "booking": event.booking.map { JSON($0) } ?? .null,
        ]
    }
}
