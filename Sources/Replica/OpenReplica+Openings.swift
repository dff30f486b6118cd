public import Alliance
public import CRDT
import Store
import Sync

/// When a base, or one of its spaces, is open (开放规则), as a week of periods.
public struct WeekOpening: Hashable, Sendable {
    /// By weekday from 1, 8 for holidays: the periods that are open.
    public var periods: [Int: Set<Int>] = [:]
    /// What is said by times of day instead: each with its row.
    public internal(set) var hours: [Hours] = []

    public struct Hours: Hashable, Sendable {
        public let id: RowID
        public let weekday: Int
        public let from: WallTime
        public let to: WallTime
    }

    public init() {}

    /// Whether nothing is said: the base's rules hold then, or it is always open.
    public var isEmpty: Bool { hours.isEmpty && periods.values.allSatisfy(\.isEmpty) }

    /// The periods in one line, the same for the same periods: `1:1-4,6;3:2`.
    public var mark: String {
        periods.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }.map { day, numbers in
            "\(day):"
                + Self.runs(numbers).map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
                .joined(separator: ",")
        }.joined(separator: ";")
    }

    /// Numbers as runs without a gap, ascending.
    static func runs(_ numbers: Set<Int>) -> [ClosedRange<Int>] {
        numbers.sorted().reduce(into: []) { runs, number in
            if let last = runs.last, last.upperBound + 1 == number {
                runs[runs.count - 1] = last.lowerBound...number
            } else {
                runs.append(number...number)
            }
        }
    }
}

extension OpenReplica {
    /// What is said of a base, or of one space of it.
    /// - Parameter space: `nil` for what holds in all spaces of the base without rules of their own.
    public func opening(of base: RowID, space: RowID?) throws -> WeekOpening {
        let table = try table("opening")
        return try store.read { transaction in
            var week = WeekOpening()
            for row in try rules(base, space, table, transaction) {
                guard let rule = row.opening else { continue }
                switch rule.hours {
                case .periods(let numbers): week.periods[rule.weekday, default: []].formUnion(numbers)
                case .wall(let from, let to):
                    week.hours.append(.init(id: row.key.id, weekday: rule.weekday, from: from, to: to))
                }
            }
            week.hours.sort { ($0.weekday, $0.from) < ($1.weekday, $1.from) }
            return week
        }
    }

    /// The timetable that a base goes by today, by the campus that its policy names; `nil` without one.
    public func timetable(of base: RowID, on date: CalendarDate) throws -> Timetable? {
        try store.read { transaction in
            let spaces = try transaction.rows(
                in: table("space"), where: column("base", in: table("space")), is: .bytes(base.bytes))
            return try spaces.first.flatMap { try SpaceRules(of: $0, in: transaction).timetable(on: date) }
        }
    }

    /// Says anew by which periods a base or a space is open; what is said by times of day stays.
    ///
    /// Rows that say the same already stay as they are.
    /// - Parameters:
    ///   - periods: by weekday from 1, 8 for holidays.
    ///   - shown: the mark of what the person was shown; where it is another by now, nothing is written.
    /// - Throws: `stale`; `empty` where nothing at all would be left, which means open at all hours.
    public func setOpening(
        of base: RowID, space: RowID?, periods: [Int: Set<Int>], shown: String
    ) throws {
        let now = try opening(of: base, space: space)
        guard now.mark == shown else {
            throw CommandError(
                .refused, "stale",
                Phrase(
                    "开放规则在显示之后已被改动，没有写入。下面勾选的是您填的；现在的规则：\(now.mark.isEmpty ? "无" : now.mark)（星期:节次）。核对后再保存就以您填的为准。",
                    "The rules have changed since they were shown; nothing was written. What you chose is below; the rules are now: \(now.mark.isEmpty ? "none" : now.mark) (weekday:periods). Save again to have yours."
                ))
        }
        guard !periods.values.allSatisfy(\.isEmpty) || !now.hours.isEmpty else {
            throw CommandError(
                .refused, "empty",
                Phrase(
                    "没有勾选任何时段，没有写入：没有规则就是全天开放。要停用请用“停用”；确要全天开放请用“删去全部规则”。",
                    "Nothing is ticked, and nothing was written: without rules it is open at all hours. To close it use Closures; for all hours take all rules away."
                ))
        }
        try write(base, space) { rule in
            guard let rule = rule.opening, case .periods(let run) = rule.hours else { return true }
            return WeekOpening.runs(periods[rule.weekday] ?? []).contains(run)
        } adding: { kept in
            periods.flatMap { day, numbers in
                WeekOpening.runs(numbers).filter {
                    !kept.contains(OpeningRule(space: space, weekday: day, hours: .periods($0)))
                }
                .map {
                    [
                        OpeningColumn.weekday: .integer(Int64(day)),
                        OpeningColumn.firstPeriod: .integer(Int64($0.lowerBound)),
                        OpeningColumn.lastPeriod: .integer(Int64($0.upperBound)),
                    ]
                }
            }
        }
    }

    /// Takes all rules of a base or a space away: then the base's hold, or it is open at all hours.
    public func clearOpening(of base: RowID, space: RowID?) throws {
        try write(base, space, keeping: { _ in false }, adding: { _ in [] })
    }

    private func rules(
        _ base: RowID, _ space: RowID?, _ table: Alliance.Table, _ transaction: SQLiteTransaction
    ) throws -> [RowState] {
        let own = transaction.state.member
        return try transaction.rows(in: table, where: column("base", in: table), is: .bytes(base.bytes)).filter {
            $0.key.owner == own && $0.rowID(OpeningColumn.space) == space
        }
    }

    private func write(
        _ base: RowID, _ space: RowID?, keeping keep: (RowState) -> Bool,
        adding: (Set<OpeningRule>) -> [[ColumnID: Value]]
    ) throws {
        let table = try table("opening")
        try store.write { transaction in
            let standing = try rules(base, space, table, transaction)
            var kept: Set<OpeningRule> = []
            var edits: [RowEdit] = []
            for row in standing {
                // Of two rows that say the same one is enough.
                if keep(row), row.opening.map({ kept.insert($0).inserted }) ?? false { continue }
                edits.append(RowEdit(key: row.key, act: .delete))
            }
            for values in adding(kept) {
                var values = values
                values[OpeningColumn.base] = .bytes(base.bytes)
                if let space { values[OpeningColumn.space] = .bytes(space.bytes) }
                let key = Self.newKey(values, in: table, state: transaction.state) { _ in false }
                edits.append(RowEdit(key: key, act: .create, values: values))
            }
            guard !edits.isEmpty else { return }
            try LocalWriter(transaction, key: key, surroundings: World.surroundings).commit(edits)
        }
    }
}
