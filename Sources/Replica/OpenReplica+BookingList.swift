public import Alliance
public import CRDT
import Store
import Sync

/// The bookings that there are, and what became of each.
extension OpenReplica {
    /// The bookings that this replica knows, with what became of each and how, by time.
    ///
    /// - Parameter series: only those of one series; `nil` for all.
    public func bookings(series: RowID? = nil) throws -> JSON {
        let names = try names()
        let table = try table("booking")
        let column = try column("series", in: table)
        return try store.read { transaction in
            let rows =
                try series.map { try transaction.rows(in: table, where: column, is: .bytes($0.bytes)) }
                ?? transaction.rows(in: table)
            return .array(
                try rows.sorted {
                    ($0.integer(BookingColumn.first), $0.key) < ($1.integer(BookingColumn.first), $1.key)
                }.map { try whole($0, transaction, names) })
        }
    }

    /// The bookings of this member that some account made: those that are named, the dates of the series that are named,
    /// and what these were moved to. What another member calls a move of them is none.
    /// - Parameter subjects: ids of bookings and of series.
    public func bookings(made subjects: Set<RowID>) throws -> Set<RowID> {
        let table = try table("booking")
        return try store.read { transaction in
            let own = [RowFilter.Match.owned([transaction.state.member])]
            func ids(_ ways: [RowFilter.Match]) throws -> [RowID] {
                try transaction.ids(of: table, RowFilter(all: [ways, own]))
            }
            let named = Array(subjects)
            let values = named.map { Value.bytes($0.bytes) }
            var found = Set(try ids([.isRow(named), .isOne(BookingColumn.series, of: values)]))
            var latest = Array(found)
            while !latest.isEmpty {
                let next = try ids([.isOne(BookingColumn.replaces, of: latest.map { .bytes($0.bytes) })])
                latest = next.filter { found.insert($0).inserted }
            }
            return found
        }
    }

    /// Bookings of this member that end after a moment, by time.
    /// - Parameter among: only these; `nil` for all.
    public func ownBookings(after moment: Int64, among: Set<RowID>?) throws -> [JSON] {
        let names = try names()
        let table = try table("booking")
        return try store.read { transaction in
            let filter = RowFilter(
                all: [[.moreThan(BookingColumn.last, moment)], [.owned([transaction.state.member])]]
                    + (among.map { [[.isRow(Array($0))]] } ?? []),
                order: .init(BookingColumn.first, isDescending: false))
            return try transaction.page(of: table, filter, from: 0, count: .max).rows.map {
                try json($0, transaction, names)
            }
        }
    }

    /// Bookings that have not ended by a moment, the next first; or those that had, the last first: a page of them.
    /// - Parameters:
    ///   - now: Unix milliseconds.
    ///   - among: only these; `nil` for all.
    ///   - count: at most so many.
    /// - Returns: them, and how many there are on all pages.
    public func bookings(
        endedBy now: Int64, isOver: Bool, among: Set<RowID>? = nil, from offset: Int, count: Int
    ) throws -> (list: [JSON], total: Int) {
        let names = try names()
        let table = try table("booking")
        return try store.read { transaction in
            let page = try transaction.page(
                of: table,
                RowFilter(
                    all: [[isOver ? .atMost(BookingColumn.last, now) : .moreThan(BookingColumn.last, now)]]
                        + (among.map { [[.isRow(Array($0))]] } ?? []),
                    order: .init(BookingColumn.first, isDescending: isOver)), from: offset, count: count)
            return (try page.rows.map { try json($0, transaction, names) }, page.total)
        }
    }

    /// The bookings that lie within a time at least partly, by time.
    public func bookings(within range: Range<Int64>) throws -> [JSON] {
        let names = try names()
        let table = try table("booking")
        return try store.read { transaction in
            try transaction.page(
                of: table,
                RowFilter(
                    all: [
                        [.moreThan(BookingColumn.last, range.lowerBound)],
                        [.atMost(BookingColumn.first, range.upperBound - 1)],
                    ], order: .init(BookingColumn.first, isDescending: false)), from: 0, count: .max
            ).rows.map { try json($0, transaction, names) }
        }
    }

    /// One booking, with what happened to it.
    public func booking(_ id: RowID) throws -> JSON {
        let names = try names()
        return try store.read { transaction in
            guard let row = try transaction.rows(in: table("booking"), id: id).first else {
                throw CommandError(
                    .refused, "no-such-booking", Phrase("没有编号为 \(id) 的预约。", "There is no booking \(id)."))
            }
            return try whole(row, transaction, names)
        }
    }

    /// A booking with what happened to it.
    private func whole(_ row: RowState, _ transaction: SQLiteTransaction, _ names: Names) throws -> JSON {
        let outcome = try BookingState(of: row, transaction)
        guard case .object(var members) = try json(outcome, names) else { return .null }
        members["history"] = .array(try outcome.history().map { JSON($0, names) })
        return .object(members)
    }

    /// What another member's booking, ended by who held the points, is told to its member: who, and why.
    func json(_ row: RowState, _ transaction: SQLiteTransaction, _ names: Names) throws -> JSON {
        try json(BookingState(of: row, transaction), names)
    }

    private func json(_ outcome: BookingState, _ names: Names) throws -> JSON {
        let (row, transaction) = (outcome.booking, outcome.transaction)
        let space = try row.asset.flatMap { try transaction.rows(in: table("space"), id: $0.row).first }
        return [
            "id": JSON(row.key.id), "space": .string(space?.text(SpaceColumn.name) ?? ""),
            "spaceId": row.asset.map { JSON($0.row) } ?? .null,
            "host": .string(row.member(BookingColumn.host).flatMap { names.memberName($0) } ?? ""),
            "member": .string(names.memberName(row.key.owner) ?? ""),
            "from": JSON(row.integer(BookingColumn.first)), "to": JSON(row.integer(BookingColumn.last)),
            "workstations": JSON(row.integer(BookingColumn.workstations)),
            "purpose": .string(row.text(BookingColumn.purpose)),
            "className": .string(row.text(BookingColumn.className)),
            "heads": JSON(row.integer(BookingColumn.heads)),
            "teacher": .string(try teacherName(row, transaction)),
            "series": row.rowID(BookingColumn.series).map { JSON($0) } ?? .null,
            "replaces": row.rowID(BookingColumn.replaces).map { JSON($0) } ?? .null,
            "state": .string(outcome.state.rawValue), "stateZh": .string(outcome.state.phrase.zh),
            "waits": .bool(outcome.waits), "sent": .bool(outcome.isSent), "reason": .string(outcome.reason),
            "by": outcome.by.map { .string(names.memberName($0) ?? "") } ?? .null,
            "request": outcome.requests.first.map { JSON($0) } ?? .null,
            "alternatives": .array(try outcome.alternatives(now: Int64(World.wall)).map { JSON($0) }),
        ]
    }

    func teacherName(_ booking: RowState, _ transaction: SQLiteTransaction) throws -> String {
        guard let id = booking.rowID(BookingColumn.teacher),
            let teacher = try transaction.rows(in: table("teacher"), id: id).first
        else { return "" }
        return teacher.text(TeacherColumn.name)
    }

    /// Ends a booking, or takes back what was asked for it.
    ///
    /// A holder may end another member's booking on its own points, with a reason: that member is told.
    public func cancelBooking(
        _ text: String, because reason: String, idempotencyKey: String = ""
    ) throws -> JSON {
        let row = try find(text, in: table("booking"))
        let isOwn = try row.key.owner == state().member
        guard isOwn || !reason.isEmpty else {
            throw CommandError(
                .usage, "reason",
                Phrase(
                    "这是其他单位的预约：请用 --reason 写明让出的理由，对方会看到。",
                    "This is another member's booking: give a reason (--reason), which that member will see."))
        }
        let command = try KeyedCommand(
            "cancel", key: idempotencyKey, ["booking": .string(text), "reason": .string(reason)])
        try once(command) { ledger, transaction in
            let state = try BookingState(of: row, transaction)
            guard [.confirmed, .requested, .partly].contains(state.state) else { throw LedgerRefusal.over }
            try Self.end(state, isOwn: isOwn, because: reason, ledger)
            try ledger.answerWaiting()
            return JSON(row.key.id)
        }
        return try booking(row.key.id)
    }

    /// Ends all that there is of a booking; what others hold ends when they hear that it is no longer wanted.
    static func end(_ state: BookingState, isOwn: Bool, because reason: String, _ ledger: LocalLedger) throws {
        if isOwn { for request in state.open { try ledger.withdraw(request, because: reason) } }
        var ended = isOwn && !state.open.isEmpty
        for use in state.live {
            do {
                try ledger.cancel(use, reason: reason)
                ended = true
            } catch LedgerRefusal.elsewhere {
                // A holder that ends another's booking ends its own part; the rest its member gives back.
                if isOwn, try ledger.withdrawRequest(of: use, because: reason) { ended = true }
            }
        }
        guard ended else { throw LedgerRefusal.elsewhere }
    }
}
