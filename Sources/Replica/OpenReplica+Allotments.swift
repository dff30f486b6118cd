public import Alliance
public import CRDT
import Store
import Sync

/// Allotments (分配): weekly windows of a term that a holder gives to a member, or opens to all.
extension OpenReplica {
    /// Which windows.
    public struct Windows: Sendable {
        /// Empty for the term of today, or else the next.
        public var term = ""
        public let weekdays: String
        public let hours: SeriesWish.Hours
        /// Empty for all weeks of the term.
        public var weeks = ""
        /// `nil` for all that are free.
        public var workstations: Int?

        public init(weekdays: String, hours: SeriesWish.Hours) {
            self.weekdays = weekdays
            self.hours = hours
        }

        var json: JSON {
            [
                "term": .string(term), "weekdays": .string(weekdays), "hours": hours.json, "weeks": .string(weeks),
                "workstations": workstations.map { JSON($0) } ?? .null,
            ]
        }
    }

    /// Gives free workstations away for a term's windows, in one release; dates on which too few are free are left out
    /// and named.
    ///
    /// - Parameter member: name or id; `nil` for the pool (公共池).
    public func allot(
        _ space: String, _ windows: Windows, to member: String?, idempotencyKey: String = ""
    ) throws -> JSON {
        let to: JSON = member.map { .string($0) } ?? .null
        let command = try KeyedCommand(
            "allot", key: idempotencyKey, ["space": .string(space), "windows": windows.json, "to": to])
        let space = try find(space, in: table("space"))
        let asset = AssetID(table: .space, row: space.key.id)
        let wish = try member.map { MemberID(rawValue: try find($0, in: table("member")).key.id.rawValue) }
        let term = try term(windows.term)
        let weeks =
            windows.weeks.isEmpty ? [Int](1...term.weeks) : try numbers(windows.weeks, in: 1...term.weeks).numbers
        let weekdays = try numbers(windows.weekdays, in: 1...7).numbers
        let (rules, calendar) = try store.read { (try SpaceRules(of: space, in: $0), try AllianceCalendar(in: $0)) }
        let count = windows.workstations ?? space.lanes
        guard (1...space.lanes).contains(count) else {
            throw CommandError(
                .usage, "workstations", Phrase("工位数应为 1 到 \(space.lanes)。", "Workstations: 1 to \(space.lanes)."))
        }
        let note =
            "\(term.name) \(weekdays.map { CalendarDate.weekdayName($0).zh }.joined(separator: "、")) \(windows.hours.text)"
        return try once(command) { ledger, transaction in
            var spans: [Span] = []
            var given: [CalendarDate] = []
            var left: [(date: CalendarDate, reason: String)] = []
            for item in Series(term: term, weeks: weeks, weekdays: weekdays).items(calendar) {
                let date: CalendarDate
                switch item.held {
                case .on(let held), .madeUp(let held, _): date = held
                case .not(let name):
                    left.append((item.date, name))
                    continue
                }
                let (from, to) = try hours(windows.hours, on: date, rules)
                let taken = rules.taken(from, to)
                guard Int64(World.wall) < from,
                    let wanted = Wanted(.lanes, count: count, from: taken.from, to: taken.to)
                else { continue }
                if let pieces = try Ledger.choose(
                    wanted, of: asset, lanes: 0..<UInt16(clamping: space.lanes), in: .held(transaction.state.holder),
                    index: transaction.ledger)
                {
                    spans += pieces.map(\.span)
                    given.append(date)
                } else {
                    left.append((date, "已用或不由本机持有"))
                }
            }
            guard !spans.isEmpty else { throw LedgerRefusal.elsewhere }
            // Windows of neighbouring times share what lies between them.
            try ledger.release(Self.joined(spans), of: asset, wish: wish, note: note)
            return [
                "space": JSON(space.key.id), "member": to, "note": .string(note), "workstations": JSON(count),
                "given": .array(given.map { JSON($0) }),
                "left": .array(left.map { ["date": JSON($0.date), "reason": .string($0.reason)] }),
            ]
        }
    }

    private func hours(_ hours: SeriesWish.Hours, on date: CalendarDate, _ rules: SpaceRules) throws -> (Int64, Int64) {
        switch hours {
        case .periods(let text): return try instants(date, periods: text, rules)
        case .wall(let starts, let ends): return (try instant("\(date) \(starts)"), try instant("\(date) \(ends)"))
        }
    }

    /// The same points without overlaps, in order.
    private static func joined(_ spans: [Span]) -> [Span] {
        spans.sorted().reduce(into: []) { joined, next in
            guard let last = joined.last, last.lane == next.lane, next.from <= last.to else {
                return joined.append(next)
            }
            guard let span = Span(lane: last.lane, from: last.from, to: max(last.to, next.to)) else { return }
            joined[joined.count - 1] = span
        }
    }

    // MARK: What there is

    /// What holders gave away, with how much of it is used, in minutes of one workstation: what is this member's, and
    /// what this member gave or was given.
    public func allotments() throws -> JSON {
        let names = try names()
        return try store.read { transaction in
            let state = transaction.state
            return .array(
                try transaction.rows(in: table("release")).compactMap { row -> JSON? in
                    guard let release = row.release, release.asset.table == .space,
                        let space = try transaction.rows(in: table("space"), id: release.asset.row).first,
                        [row.key.owner, space.key.owner].contains(state.member) || release.wish == state.member
                            || release.wish == nil
                    else { return nil }
                    return try json(row, release, space, names, transaction)
                })
        }
    }

    private func json(
        _ row: RowState, _ release: Release, _ space: RowState, _ names: Names, _ transaction: SQLiteTransaction
    ) throws -> JSON {
        let minute: Int64 = 60_000
        var (given, used, past, back) = (Int64(0), Int64(0), Int64(0), Int64(0))
        let now = Int64(World.wall)
        for span in release.pieces.map(\.span) {
            given += (span.to - span.from) / minute
            let taken = try transaction.ledger.occupations(of: release.asset, in: span).compactMap {
                $0.piece.span.intersection(span)
            }
            used += taken.reduce(0) { $0 + ($1.to - $1.from) / minute }
            let free = span.subtracting(taken)
            past += free.compactMap { Span(lane: $0.lane, from: $0.from, to: min($0.to, now)) }
                .reduce(0) { $0 + ($1.to - $1.from) / minute }
            back += try free.flatMap { try transaction.ledger.holdings(of: release.asset, in: $0) }
                .filter { try isBack($0, release, transaction) }
                .compactMap { $0.span.intersection(span) }.reduce(0) { $0 + ($1.to - $1.from) / minute }
        }
        return [
            "id": JSON(row.key.id), "space": .string(space.text(SpaceColumn.name)),
            "from": .string(names.memberName(row.key.owner) ?? ""),
            "to": release.wish.map { .string(names.memberName($0) ?? "") } ?? .null,
            "note": .string(row.text(ReleaseColumn.note)), "given": JSON(given), "used": JSON(used),
            "unused": JSON(given - used - back), "passed": JSON(past), "back": JSON(back),
            "first": JSON(release.pieces.map(\.span.from).min() ?? 0),
            "last": JSON(release.pieces.map(\.span.to).max() ?? 0),
        ]
    }

    /// Whether points are with the member again that had given them.
    private func isBack(_ holding: Holding, _ release: Release, _ transaction: SQLiteTransaction) throws -> Bool {
        let register = Register(transaction)
        let giver = try register.member(of: release.author)
        switch holding.place {
        case .held(let replica):
            return try holding.grant != release.pieces.first?.grant && register.member(of: replica) == giver
        case .wished(let member): return member == giver
        case .pool, .burnt: return false
        }
    }

    /// Gives back what is unused and still to come of what was given to this member: to who gave it.
    public func giveBack(_ allotment: String) throws -> JSON {
        let row = try find(allotment, in: table("release"))
        guard let release = row.release else { throw CommandError(LedgerRefusal.elsewhere) }
        let now = Int64(World.wall)
        var minutes: Int64 = 0
        try ledger { ledger, transaction in
            let free = try release.pieces.compactMap {
                Span(lane: $0.span.lane, from: max($0.span.from, now), to: $0.span.to)
            }.flatMap {
                try Ledger.free($0, of: release.asset, in: .held(transaction.state.holder), index: transaction.ledger)
            }.map(\.span)
            guard !free.isEmpty else { throw LedgerRefusal.elsewhere }
            minutes = free.reduce(0) { $0 + ($1.to - $1.from) / 60_000 }
            try ledger.release(free.sorted(), of: release.asset, wish: row.key.owner, note: "退回 given back")
        }
        return ["id": JSON(row.key.id), "back": JSON(minutes)]
    }
}

extension OpenReplica.SeriesWish.Hours {
    /// For people.
    var text: String {
        switch self {
        case .periods(let periods): "第 \(periods) 节"
        case .wall(let starts, let ends): "\(starts)–\(ends)"
        }
    }
}
