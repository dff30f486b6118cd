import Alliance
import CRDT
import Store
import Sync

/// What became of a booking: computed from the records, never stored.
struct BookingState {
    enum State: String {
        case confirmed, requested, partly, declined, cancelled, moved, displaced, withdrawn, disputed

        var phrase: Phrase {
            switch self {
            case .confirmed: Phrase("已确认", "confirmed")
            case .requested: Phrase("待批复", "waiting for a decision")
            case .partly: Phrase("部分已占，其余待批复", "partly held, the rest waits for a decision")
            case .declined: Phrase("已驳回", "declined")
            case .cancelled: Phrase("已取消", "cancelled")
            case .moved: Phrase("已改期", "moved")
            case .displaced: Phrase("已被让出", "displaced")
            case .withdrawn: Phrase("已撤回", "withdrawn")
            case .disputed: Phrase("有争议", "disputed")
            }
        }
    }

    private(set) var state = State.cancelled
    /// Whether the hub has all of its records.
    private(set) var isSent = true
    private(set) var live: [RowID] = []
    /// Its requests, and of them those that nobody has answered or withdrawn.
    private(set) var requests: [RowID] = []
    private(set) var open: [RowID] = []
    /// Whether what is open waits for points that others use.
    private(set) var waits = false
    private(set) var reason = ""
    /// Who declined or ended it; `nil` unless somebody else did.
    private(set) var by: MemberID?
    /// Other times that were said when it was declined; some may have been taken since.
    private var offered: [Span] = []

    struct Asked {
        let row: RowState
        let declined: RowState?
        let withdrawn: RowState?
        let isUsed: Bool

        var isOpen: Bool { declined == nil && withdrawn == nil && !isUsed }
    }

    let booking: RowState
    private(set) var uses: [RowState] = []
    private(set) var asked: [Asked] = []
    let transaction: SQLiteTransaction

    /// - Parameter booking: its row.
    init(of booking: RowState, _ transaction: SQLiteTransaction) throws {
        self.booking = booking
        self.transaction = transaction
        let ledger = transaction.ledger
        uses = try rows(.use, UseColumn.subject, booking.key.id)
        live = try uses.compactMap(\.use).filter { try Ledger.isLive($0, in: ledger) }.map(\.id)
        asked = try rows(.request, RequestColumn.subject, booking.key.id).map(asked)
        requests = asked.map(\.row.key.id)
        open = asked.filter(\.isOpen).map(\.row.key.id)
        waits = asked.contains { $0.isOpen && $0.row.request?.waits ?? false }
        try decide()
        isSent = try (uses + asked.map(\.row)).allSatisfy(transaction.isSent)
    }

    func rows(_ name: TableID, _ column: ColumnID, _ id: RowID) throws -> [RowState] {
        guard let table = transaction.schema[name], let column = table.column(column) else { return [] }
        return try transaction.rows(in: table, where: column, is: .bytes(id.bytes))
    }

    private func asked(_ row: RowState) throws -> Asked {
        Asked(
            row: row, declined: try rows(.decline, DeclineColumn.request, row.key.id).first,
            withdrawn: try rows(.withdrawal, WithdrawalColumn.request, row.key.id).first,
            isUsed: try !rows(.use, UseColumn.request, row.key.id).isEmpty)
    }

    private mutating func decide() throws {
        if let declined = asked.compactMap(\.declined).first {
            state = .declined
            reason = declined.text(DeclineColumn.reason)
            by = declined.key.owner
            offered = declined.bytes(DeclineColumn.alternatives).flatMap(PointBytes.spans) ?? []
        } else if let cancel = try displacement() {
            state = .displaced
            reason = cancel.text(CancelColumn.reason)
            by = cancel.key.owner
        } else if let withdrawn = asked.compactMap(\.withdrawn).first {
            state = .withdrawn
            reason = withdrawn.text(WithdrawalColumn.reason)
        } else if !open.isEmpty {
            state = live.isEmpty ? .requested : .partly
        } else if !live.isEmpty {
            state = .confirmed
        } else if try uses.contains(where: { try transaction.ledger.isDisputed($0.key.id) }) {
            state = .disputed
        } else {
            state = try successors().isEmpty ? .cancelled : .moved
            reason =
                try uses.compactMap { try rows(.cancel, CancelColumn.use, $0.key.id).first?.text(CancelColumn.reason) }
                .first { !$0.isEmpty } ?? ""
        }
    }

    /// The cancel by another member of a part that was not given up.
    private func displacement() throws -> RowState? {
        for use in uses where !isGivenUp(use) {
            let cancel = try rows(.cancel, CancelColumn.use, use.key.id).first {
                try $0.key.owner != booking.key.owner && !transaction.ledger.isDisputed($0.key.id)
            }
            if let cancel { return cancel }
        }
        return nil
    }

    /// Whether the request that a use answers was taken back.
    func isGivenUp(_ use: RowState) -> Bool {
        use.rowID(UseColumn.request).map { request in
            asked.contains { $0.row.key.id == request && $0.withdrawn != nil }
        } ?? false
    }
}

extension BookingState {
    /// Up to three other times for a booking of this member's that was declined or ended by its holder, as far as this
    /// replica knows now; none once it is over or has another time.
    /// - Parameter now: Unix milliseconds.
    func alternatives(now: Int64) throws -> [WeekView.Alternative] {
        guard [.declined, .displaced].contains(state), booking.key.owner == transaction.state.member,
            now < booking.integer(BookingColumn.last), try successors().isEmpty, let asset = booking.asset,
            let table = transaction.schema[.space], let space = try transaction.rows(in: table, id: asset.row).first
        else { return [] }
        let taken = try SpaceRules(of: space, in: transaction)
            .taken(booking.integer(BookingColumn.first), booking.integer(BookingColumn.last))
        let count = Int(booking.integer(BookingColumn.workstations))
        guard let wanted = Wanted(.lanes, count: count, from: taken.from, to: taken.to) else { return [] }
        return try Alternatives(transaction).find(
            wanted, of: asset, lanes: transaction.ledger.lanes(of: asset), asker: transaction.state.holder, now: now,
            offered: offered,
            teacher: booking.rowID(BookingColumn.teacher).map { AssetID(table: .teacher, row: $0) })
    }

    /// The bookings of the same member that were made in its place.
    func successors() throws -> [RowState] {
        try rows(.booking, BookingColumn.replaces, booking.key.id).filter { $0.key.owner == booking.key.owner }
    }
}

extension SQLiteTransaction {
    /// Whether the hub has a record, as far as this replica knows; another replica's came from there.
    func isSent(_ row: RowState) throws -> Bool {
        guard let stamp = row.presence?.stamp, stamp.replica == state.replica else { return true }
        // One that was stamped ahead of time is acknowledged, and not counted among those.
        return try stamp.time <= state.acknowledged || !isPending(stamp.time)
    }
}
