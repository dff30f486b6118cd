public import Alliance
public import CRDT
import Store
import Sync

/// The week of a space as a page or a terminal draws it.
extension OpenReplica {
    /// - Parameters:
    ///   - space: name or id.
    ///   - date: any day of the week, as people type it; empty for today.
    public func week(_ space: String, of date: String) throws -> WeekView {
        let space = try find(space, in: table("space"))
        let now = Int64(World.wall)
        let day = date.isEmpty ? ChinaTime.date(of: now) : try self.date(date)
        guard let day, let monday = day.monday, monday.adding(days: 7) != nil else {
            throw CommandError(.usage, "time", Phrase("日期超出日历范围。", "That date is beyond the calendar."))
        }
        let names = try names()
        return try store.read { transaction in
            try WeekBuilder(replica: self, transaction, names, space: space, monday: monday, now: now).view()
        }
    }

    /// The week as JSON: all that a page needs to draw it.
    public func calendar(_ space: String, week date: String) throws -> JSON { JSON(try week(space, of: date)) }
}

/// Puts a week together from one transaction.
private struct WeekBuilder {
    let replica: OpenReplica
    let transaction: SQLiteTransaction
    let names: Names
    let space: RowState
    let asset: AssetID
    let rules: SpaceRules
    let monday: CalendarDate
    let now: Int64
    let lines: [WeekView.Line]

    init(
        replica: OpenReplica, _ transaction: SQLiteTransaction, _ names: Names, space: RowState, monday: CalendarDate,
        now: Int64
    ) throws {
        self.replica = replica
        self.transaction = transaction
        self.names = names
        self.space = space
        asset = AssetID(table: .space, row: space.key.id)
        rules = try SpaceRules(of: space, in: transaction)
        self.monday = monday
        self.now = now
        // A timetable that begins within the week counts from the next week's lines on.
        let first = (0..<7).lazy.compactMap { monday.adding(days: $0) }.compactMap { [rules] in rules.timetable(on: $0)
        }.first
        lines = WeekView.lines(first)
    }

    func view() throws -> WeekView {
        let state = transaction.state
        let days = try (0..<7).compactMap { try monday.adding(days: $0).map(day) }
        let term = try Term.all(of: state.member, in: transaction).last { $0.week(of: monday) != nil }
        let base = try space.rowID(SpaceColumn.base).flatMap {
            try transaction.rows(in: replica.table("base"), id: $0).first
        }
        let success = transaction.status.lastSuccess
        let blocks = try closures() + uses() + unconfirmed()
        return WeekView(
            space: WeekView.Space(
                id: space.key.id, name: space.text(SpaceColumn.name), base: base?.text(BaseColumn.name) ?? "",
                owner: names.memberName(space.key.owner) ?? "", place: space.text(SpaceColumn.place),
                workstations: space.lanes, aheadDays: rules.policy.aheadDays, needsApproval: rules.policy.needsApproval),
            monday: monday, term: term?.name, teachingWeek: term?.week(of: monday), now: now,
            asOf: success == 0 ? nil : Int64(success), lines: lines, days: days,
            blocks: blocks.sorted {
                ($0.day, $0.from, $0.to, $0.state.rawValue) < ($1.day, $1.from, $1.to, $1.state.rawValue)
            },
            allotment: try allotment(days))
    }

    // MARK: Cells

    private func day(_ date: CalendarDate) throws -> WeekView.Day {
        let cells = try lines.map { line in
            try cell(ChinaTime.instant(date, line.starts), ChinaTime.instant(date, line.ends))
        }
        var windows: [ClosedRange<Int>] = []
        // What one's own bookings use is one's window still.
        for (index, cell) in cells.enumerated() where try cell.own > 0 || isHeld(cell) {
            if let last = windows.last, last.upperBound == index - 1 {
                windows[windows.count - 1] = last.lowerBound...index
            } else {
                windows.append(index...index)
            }
        }
        let day = rules.calendar[date]
        return WeekView.Day(
            date: date, isToday: ChinaTime.date(of: now) == date, name: day?.name ?? "",
            follows: rules.calendar.followed(on: date), isClosed: rules.windows(on: date).isEmpty, cells: cells,
            windows: windows)
    }

    private func cell(_ from: Int64, _ to: Int64) throws -> WeekView.Cell {
        let seats = try transaction.seats(of: space, from, to).map(\.state)
        return WeekView.Cell(
            from: from, to: to, used: seats.count { $0 == .used }, own: seats.count { $0 == .own },
            pool: seats.count { $0 == .pool }, others: seats.count { $0 == .others },
            isOpen: rules.isOpen(from, to) && rules.closure(from, to) == nil, isPast: to <= now)
    }

    private func isHeld(_ cell: WeekView.Cell) throws -> Bool {
        try (0..<UInt16(clamping: space.lanes)).contains { lane in
            guard let span = Span(lane: lane, from: cell.from, to: cell.to) else { return false }
            return try transaction.ledger.holdings(of: asset, in: span).contains {
                $0.place == .held(transaction.state.holder)
            }
        }
    }

    private func allotment(_ days: [WeekView.Day]) throws -> WeekView.Allotment {
        let held = days.flatMap { day in day.windows.flatMap { $0.map { day.cells[$0] } } }
        return WeekView.Allotment(held: held.count, used: held.count { $0.used > 0 })
    }

    // MARK: Blocks

    /// A range as blocks, one for each day that it touches.
    private func place(_ from: Int64, _ to: Int64, _ block: (Int, ClosedRange<Int>?, Int64, Int64) -> WeekView.Block)
        -> [WeekView.Block]
    {
        let start = ChinaTime.instant(monday, .midnight)
        let (from, to) = (max(from, start), min(to, start + 7 * 86_400_000))
        return ChinaTime.days(from, to).map { part in
            block(
                monday.distance(to: part.date), WeekView.lines(lines, from: part.from, to: part.to),
                max(from, ChinaTime.instant(part.date, part.from)), min(to, ChinaTime.instant(part.date, part.to)))
        }
    }

    private func closures() -> [WeekView.Block] {
        rules.closures.flatMap { closure in
            place(closure.from, closure.to) { day, lines, from, to in
                WeekView.Block(
                    day: day, lines: lines, from: from, to: to, state: .closed, booking: nil, title: closure.kind.zh,
                    reason: closure.reason)
            }
        }
    }

    /// What is used: each use once, however many workstations it has.
    private func uses() throws -> [WeekView.Block] {
        let start = ChinaTime.instant(monday, .midnight)
        var found: [RowID: (from: Int64, to: Int64, lanes: Set<UInt16>)] = [:]
        for lane in 0..<UInt16(clamping: space.lanes) {
            guard let span = Span(lane: lane, from: start, to: start + 7 * 86_400_000) else { continue }
            for occupation in try transaction.ledger.occupations(of: asset, in: span) {
                let piece = occupation.piece.span
                let known = found[occupation.use] ?? (piece.from, piece.to, [])
                found[occupation.use] = (
                    min(known.from, piece.from), max(known.to, piece.to), known.lanes.union([lane])
                )
            }
        }
        var bookings: [RowID: (booking: RowState?, member: MemberID?, from: Int64, to: Int64, lanes: Set<UInt16>)] = [:]
        for (use, points) in found {
            let row = try transaction.rows(in: replica.table("use"), id: use).first
            let subject = row?.rowID(UseColumn.subject)
            let booking = try subject.flatMap { try transaction.rows(in: replica.table("booking"), id: $0).first }
            let known = bookings[subject ?? use]
            bookings[subject ?? use] = (
                booking, row?.member(UseColumn.member), min(known?.from ?? points.from, points.from),
                max(known?.to ?? points.to, points.to), (known?.lanes ?? []).union(points.lanes)
            )
        }
        return try bookings.values.flatMap { item -> [WeekView.Block] in
            if let booking = item.booking, booking.key.owner == transaction.state.member {
                return try blocks(of: booking, seats: Self.numbers(item.lanes))
            }
            return place(
                item.booking?.integer(BookingColumn.first) ?? item.from,
                item.booking?.integer(BookingColumn.last) ?? item.to
            ) { day, lines, from, to in
                WeekView.Block(
                    day: day, lines: lines, from: from, to: to, state: .busyElsewhere, booking: item.booking?.key.id,
                    title: item.booking?.text(BookingColumn.purpose) ?? "",
                    className: item.booking?.text(BookingColumn.className) ?? "",
                    heads: Int(item.booking?.integer(BookingColumn.heads) ?? 0), workstations: item.lanes.count,
                    seats: Self.numbers(item.lanes), member: item.member.flatMap { names.memberName($0) } ?? "")
            }
        }
    }

    private static func numbers(_ lanes: Set<UInt16>) -> [Int] { lanes.sorted().map { Int($0) + 1 } }

    /// One's own bookings that use nothing: asked for, declined, displaced.
    private func unconfirmed() throws -> [WeekView.Block] {
        let start = ChinaTime.instant(monday, .midnight)
        let table = try replica.table("booking")
        let rows = try transaction.rows(in: table, where: try replica.column("asset", in: table), is: Value(asset.row))
        return try rows.filter {
            $0.key.owner == transaction.state.member && $0.integer(BookingColumn.first) < start + 7 * 86_400_000
                && start < $0.integer(BookingColumn.last)
        }.filter { try BookingState(of: $0, transaction).live.isEmpty }.flatMap { try blocks(of: $0, seats: []) }
    }

    private func blocks(of booking: RowState, seats: [Int]) throws -> [WeekView.Block] {
        let outcome = try BookingState(of: booking, transaction)
        let state: WeekView.Block.State
        switch outcome.state {
        case .confirmed: state = outcome.isSent ? .confirmed : .confirmedUnsent
        case .requested, .partly: state = outcome.isSent ? .waiting : .waitingUnsent
        case .declined, .disputed: state = .declined
        case .displaced: state = .displaced
        case .cancelled, .moved, .withdrawn: return []
        }
        // What was declined and has another time since wants nothing any more.
        if state == .declined || state == .displaced, try !outcome.successors().isEmpty { return [] }
        let teacher = try replica.teacherName(booking, transaction)
        let alternatives = try outcome.alternatives(now: now)
        let queue = try outcome.open.first.flatMap(queue)
        return place(booking.integer(BookingColumn.first), booking.integer(BookingColumn.last)) {
            day, lines, from, to in
            WeekView.Block(
                day: day, lines: lines, from: from, to: to, state: state, booking: booking.key.id,
                title: booking.text(BookingColumn.purpose), className: booking.text(BookingColumn.className),
                teacher: teacher, heads: Int(booking.integer(BookingColumn.heads)),
                workstations: Int(booking.integer(BookingColumn.workstations)), seats: seats,
                member: names.memberName(booking.key.owner) ?? "", reason: outcome.reason, queue: queue,
                alternatives: alternatives)
        }
    }

    /// The place of a request among the open ones that want some of the same time.
    private func queue(_ request: RowID) throws -> Int? {
        guard let row = try transaction.ledger.request(request), let wanted = row.request?.wanted, let asset = row.asset
        else { return nil }
        return try transaction.ledger.openRequests(of: asset).count { other in
            guard let others = other.request?.wanted, others.from < wanted.to, wanted.from < others.to else {
                return false
            }
            return (OpenReplica.came(other), other.key) < (OpenReplica.came(row), row.key)
        } + 1
    }
}
