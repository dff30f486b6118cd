public import CRDT

/// Rows of the tables of time as values; `nil` for a row that says nothing which can hold, such as an end before its
/// beginning.
extension RowState {
    private func cellText(_ column: ColumnID) -> String? {
        guard case .text(let text)? = self[column]?.value else { return nil }
        return text
    }

    private func number(_ column: ColumnID) -> Int? {
        guard case .integer(let number)? = self[column]?.value else { return nil }
        return Int(clamping: number)
    }

    private func time(_ column: ColumnID) -> WallTime? { cellText(column).flatMap { WallTime($0) } }
    private func date(_ column: ColumnID) -> CalendarDate? { cellText(column).flatMap { CalendarDate($0) } }

    public var period: Timetable.Period? {
        guard let number = number(PeriodColumn.number), let starts = time(PeriodColumn.starts),
            let ends = time(PeriodColumn.ends)
        else { return nil }
        return Timetable.Period(
            number: number, starts: starts, ends: ends, breakAfter: cellText(PeriodColumn.breakAfter) ?? "")
    }

    /// - Parameter periods: rows of `period` that name this timetable.
    public func timetable(_ periods: [RowState]) -> Timetable? {
        guard let from = date(TimetableColumn.validFrom) else { return nil }
        return Timetable(
            campus: cellText(TimetableColumn.campus) ?? "", validFrom: from, validTo: date(TimetableColumn.validTo),
            periods: periods.compactMap(\.period))
    }

    public var term: Term? {
        guard let first = date(TermColumn.firstMonday), let weeks = number(TermColumn.weeks) else { return nil }
        return Term(name: cellText(TermColumn.name) ?? "", firstWeek: first, weeks: weeks)
    }

    public var calendarDay: (date: CalendarDate, day: AllianceCalendar.Day)? {
        guard let date = date(CalendarDayColumn.date) else { return nil }
        return (
            date,
            AllianceCalendar.Day(
                name: cellText(CalendarDayColumn.name) ?? "", isOff: number(CalendarDayColumn.holiday) == 1,
                follows: self.date(CalendarDayColumn.follows))
        )
    }

    public var opening: OpeningRule? {
        guard let weekday = number(OpeningColumn.weekday) else { return nil }
        let hours: OpeningRule.Hours
        if let from = time(OpeningColumn.starts), let to = time(OpeningColumn.ends) {
            hours = .wall(from: from, to: to)
        } else if let first = number(OpeningColumn.firstPeriod) {
            let last = number(OpeningColumn.lastPeriod) ?? first
            guard first <= last else { return nil }
            hours = .periods(first...last)
        } else {
            return nil
        }
        return OpeningRule(space: rowID(OpeningColumn.space), weekday: weekday, hours: hours)
    }

    /// - Parameter kinds: the titles of the kinds, as the table declares them.
    public func closure(_ kinds: [ColumnType.Choice]) -> Closure? {
        guard case .integer(let from)? = self[ClosureColumn.first]?.value,
            case .integer(let to)? = self[ClosureColumn.last]?.value, from < to
        else { return nil }
        let kind = cellText(ClosureColumn.kind) ?? ""
        return Closure(
            space: rowID(ClosureColumn.space), from: from, to: to,
            kind: kinds.first { $0.code == kind }?.title ?? Phrase(kind, kind),
            reason: cellText(ClosureColumn.reason) ?? "")
    }

    public var policy: BookingPolicy {
        var policy = BookingPolicy()
        policy.campus = cellText(PolicyColumn.campus) ?? ""
        policy.noticeHours = number(PolicyColumn.notice)
        policy.aheadDays = number(PolicyColumn.ahead)
        policy.longestMinutes = number(PolicyColumn.longest)
        policy.before = number(PolicyColumn.before) ?? 0
        policy.after = number(PolicyColumn.after) ?? 0
        policy.needsApproval = number(PolicyColumn.approval) == 1
        policy.respondByHours = number(PolicyColumn.respondBy)
        return policy
    }
}
