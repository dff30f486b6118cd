public import Alliance
public import CRDT
import Store
import Sync

/// Series (系列): the same periods over teaching weeks, answered date by date.
extension OpenReplica {
    /// What somebody wants to book in many weeks.
    public struct SeriesWish: Sendable {
        /// Its time says the periods, or from when to when on each date (`08:00`); a date in it is not read.
        public let booking: BookingWish
        public let hours: Hours
        /// Name of the term; empty for that of today, or else the next.
        public var term = ""
        /// As people type them: `3-16`, `1,3,5`.
        public let weeks: String
        public var parity = Parity.all
        /// 1 for Monday to 7, as people type them: `2` or `2,4`.
        public let weekdays: String

        public enum Parity: String, Sendable { case all, odd, even }

        public enum Hours: Sendable {
            case periods(String)
            case wall(starts: String, ends: String)

            var json: JSON {
                switch self {
                case .periods(let periods): ["periods": .string(periods)]
                case .wall(let starts, let ends): ["starts": .string(starts), "ends": .string(ends)]
                }
            }
        }

        /// All but the key.
        var json: JSON {
            [
                "booking": booking.json, "hours": hours.json, "term": .string(term), "weeks": .string(weeks),
                "parity": .string(parity.rawValue), "weekdays": .string(weekdays),
            ]
        }

        public init(_ booking: BookingWish, weeks: String, weekdays: String, hours: Hours) {
            self.booking = booking
            self.weeks = weeks
            self.weekdays = weekdays
            self.hours = hours
        }
    }

    /// Books each date for itself: what is refused on one date leaves the others as they are.
    ///
    /// With an idempotency key a series that was cut short goes on where it ended.
    public func book(_ wish: SeriesWish) throws -> JSON {
        let state = try state()
        let calendar = try store.read { try AllianceCalendar(in: $0) }
        let (series, term) = try series(wish, state)
        let key = wish.booking.idempotencyKey
        let id = bookingID(Self.seriesKey(key), state)
        // What is wrong with the wish itself is wrong on every date: said once.
        let space = try find(wish.booking.space, in: table("space"))
        let rules = try store.read { try SpaceRules(of: space, in: $0) }
        let command = try KeyedCommand("series", key: key, wish.json)
        _ = try store.write { try command.once(in: $0) { JSON(id) } }
        var dates: [JSON] = []
        for item in series.items(calendar) {
            let head: [String: JSON] = [
                "week": JSON(item.week), "weekday": JSON(item.date.weekday), "date": JSON(item.date),
            ]
            switch item.held {
            case .not(let name):
                dates.append(
                    .object(
                        head.merging(["held": .null, "skipped": .string(name), "booking": .null, "refused": .null]) {
                            $1
                        }))
            case .on(let date), .madeUp(let date, _):
                var one = wish.booking
                one.idempotencyKey = key.isEmpty ? "" : "\(key) \(item.date)"
                let answer = try answer(one, on: date, hours: wish.hours, rules, series: id)
                dates.append(
                    .object(head.merging(["held": JSON(date), "skipped": .null]) { $1 }.merging(answer) { $1 }))
            }
        }
        func count(_ states: String...) -> JSON {
            JSON(dates.count { date in date["booking"]?["state"]?.text.map(states.contains) ?? false })
        }
        return [
            "series": JSON(id), "term": .string(term.name), "dates": .array(dates), "confirmed": count("confirmed"),
            "requested": count("requested", "partly"),
            "refused": JSON(dates.count { ($0["refused"] ?? .null) != .null }),
            "skipped": JSON(dates.count { ($0["skipped"] ?? .null) != .null }),
        ]
    }

    private func answer(
        _ wish: BookingWish, on date: CalendarDate, hours: SeriesWish.Hours, _ rules: SpaceRules, series: RowID
    ) throws -> [String: JSON] {
        var wish = wish
        switch hours {
        case .periods(let periods): wish.time = .periods(date: "\(date)", periods)
        case .wall(let starts, let ends): wish.time = .wall(from: "\(date) \(starts)", to: "\(date) \(ends)")
        }
        do {
            let state = try state()
            let id = bookingID(wish.idempotencyKey, state)
            if try store.read({ try $0.row(RowKey(table: .booking, owner: state.member, id: id)) }) == nil {
                let checked = try check(wish, id: id, series: series)
                try ledger { ledger, _ in _ = try ledger.take(checked.demands, subject: id, beside: [checked.row]) }
            }
            return ["booking": try booking(id), "refused": .null]
        } catch let error as CommandError where error.kind == .refused {
            return ["booking": .null, "refused": error.json["error"] ?? .null]
        }
    }

    // MARK: Terms

    /// The dates that a wish means, and of which term.
    private func series(_ wish: SeriesWish, _ state: ReplicaState) throws -> (Series, Term) {
        let term = try term(wish.term)
        let weekdays = try numbers(wish.weekdays, in: 1...7).numbers
        let weeks = try numbers(wish.weeks, in: 1...term.weeks).numbers.filter { week in
            switch wish.parity {
            case .all: true
            case .odd: week % 2 == 1
            case .even: week % 2 == 0
            }
        }
        guard !weeks.isEmpty else {
            throw CommandError(
                .usage, "weeks", Phrase("第 \(wish.weeks) 周里没有所选的单周或双周。", "There is no such week among \(wish.weeks)."))
        }
        return (Series(term: term, weeks: weeks, weekdays: weekdays), term)
    }

    /// The term of a name; for no name that of today, or else the next, or else the last.
    func term(_ name: String) throws -> Term {
        let all = try store.read { try Term.all(of: $0.state.member, in: $0) }
        let today = ChinaTime.date(of: Int64(World.wall))
        let found =
            name.isEmpty
            ? today.flatMap { today in
                all.last { $0.week(of: today) != nil } ?? all.first { today < $0.monday } ?? all.last
            } : all.first { $0.name == name }
        guard let found else {
            throw CommandError(
                .refused, "no-term",
                Phrase(
                    name.isEmpty
                        ? "还没有学期；请先 add term 或 import term。"
                        : "没有学期 \(name)；有：\(all.map(\.name).joined(separator: "、"))。",
                    name.isEmpty
                        ? "There is no term yet; add term or import term first."
                        : "There is no term \(name); there are: \(all.map(\.name).joined(separator: ", "))."))
        }
        return found
    }
}
