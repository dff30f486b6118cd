public import Alliance
public import CRDT
import Store
public import Sync

/// Bookings: what a school takes of its own at once and finally, and what it asks of others.
extension OpenReplica {
    /// When somebody wants to book, as people type it; China time.
    public enum Time: Sendable {
        /// `2026-11-24 08:00` to `2026-11-24 10:00`.
        case wall(from: String, to: String)
        /// `2026-11-24`, periods `3-4`.
        case periods(date: String, String)

        var json: JSON {
            switch self {
            case .wall(let from, let to): ["from": .string(from), "to": .string(to)]
            case .periods(let date, let periods): ["date": .string(date), "periods": .string(periods)]
            }
        }
    }

    /// What somebody wants to book.
    public struct BookingWish: Sendable {
        /// Name or id of the space.
        public let space: String
        public var time: Time
        public let workstations: Int
        public let purpose: String
        public var className = ""
        public var heads = 0
        /// Staff number, name or id of a teacher; empty for none.
        public var teacher = ""
        /// Whether what others use is waited for (候补) instead of refused.
        public var waits = false
        /// The same key gives the same booking, however often it is sent.
        public var idempotencyKey = ""

        public init(space: String, from: String, to: String, workstations: Int, purpose: String) {
            self.init(space: space, .wall(from: from, to: to), workstations: workstations, purpose: purpose)
        }

        public init(space: String, _ time: Time, workstations: Int, purpose: String) {
            self.space = space
            self.time = time
            self.workstations = workstations
            self.purpose = purpose
        }

        /// All but the key.
        var json: JSON {
            [
                "space": .string(space), "time": time.json, "workstations": JSON(workstations),
                "purpose": .string(purpose), "className": .string(className), "heads": JSON(heads),
                "teacher": .string(teacher), "wait": .bool(waits),
            ]
        }
    }

    /// A wish that was found to be possible: what is written and taken for it.
    struct CheckedBooking {
        let row: RowEdit
        let demands: [LocalLedger.Demand]
    }

    /// Books, or asks where the points are another's.
    public func book(_ wish: BookingWish) throws -> JSON {
        let state = try state()
        let id = bookingID(wish.idempotencyKey, state)
        let command = try KeyedCommand("book", key: wish.idempotencyKey, wish.json)
        guard try !isDone(command, booking: id) else { return try booking(id) }
        let checked = try check(wish, id: id)
        try once(command) { ledger, _ in
            _ = try ledger.take(checked.demands, subject: id, beside: [checked.row])
            return JSON(id)
        }
        return try booking(id)
    }

    /// Whether a booking was made by this command before: here, or in a file that was lost.
    func isDone(_ command: KeyedCommand, booking id: RowID) throws -> Bool {
        try store.read { transaction in
            try command.answer(in: transaction) != nil
                || transaction.row(RowKey(table: .booking, owner: transaction.state.member, id: id)) != nil
        }
    }

    /// The id that a booking with this idempotency key has here, or a series.
    public func bookingID(of key: String, isSeries: Bool = false) throws -> RowID {
        bookingID(isSeries ? Self.seriesKey(key) : key, try state())
    }

    static func seriesKey(_ key: String) -> String { key.isEmpty ? "" : "系列 " + key }

    func bookingID(_ key: String, _ state: ReplicaState) -> RowID {
        key.isEmpty
            ? RowID(rawValue: UUIDv7.make(wall: World.wall))
            : RowID(natural: [.text(key)], table: .booking, owner: state.member)
    }

    /// Checks a wish against everything but the points.
    ///
    /// - Parameters:
    ///   - series: what all of one series have in common.
    ///   - replaces: the booking that it is the move of.
    func check(_ wish: BookingWish, id: RowID, series: RowID? = nil, replaces: RowID? = nil) throws -> CheckedBooking {
        let space = try find(wish.space, in: table("space"))
        let rules = try store.read { try SpaceRules(of: space, in: $0) }
        let (first, last) = try instants(wish.time, rules)
        try checkTime(first, last, rules)
        let count = space[SpaceColumn.mode]?.value == .text("workstation") ? wish.workstations : 1
        let taken = rules.taken(first, last)
        guard (1...space.lanes).contains(count),
            let wanted = Wanted(.lanes, count: count, from: taken.from, to: taken.to)
        else {
            throw CommandError(
                .usage, "workstations",
                Phrase("工位数应为 1 到 \(space.lanes)。", "Workstations: 1 to \(space.lanes)."))
        }
        let capacity = space.integer(SpaceColumn.capacity)
        guard wish.heads <= capacity else {
            throw CommandError(
                .refused, "heads",
                Phrase(
                    "该实训室最多容纳 \(capacity) 人；请分班或另选。",
                    "The space holds \(capacity) people; divide the class or choose another."))
        }
        let asset = AssetID(table: .space, row: space.key.id)
        var demands = [LocalLedger.Demand(wanted, of: asset, waits: wish.waits)]
        var values = try values(
            [
                "purpose=\(wish.purpose)", "class_name=\(wish.className)", "workstations=\(count)",
                "heads=\(wish.heads)",
            ], in: table("booking"))
        if let teacher = try teacher(wish.teacher), let wanted = Wanted(.lanes, count: 1, from: first, to: last) {
            demands.append(LocalLedger.Demand(wanted, of: AssetID(table: .teacher, row: teacher.key.id)))
            values[BookingColumn.teacher] = Value(teacher.key.id)
        }
        values.merge([
            AssetColumn.table: .integer(Int64(asset.table.rawValue)), AssetColumn.row: Value(asset.row),
            BookingColumn.host: Value(space.key.owner), BookingColumn.first: .integer(first),
            BookingColumn.last: .integer(last), BookingColumn.series: Value(series),
            BookingColumn.replaces: Value(replaces),
        ]) { $1 }
        let key = RowKey(table: .booking, owner: try state().member, id: id)
        return CheckedBooking(
            row: RowEdit(key: key, act: .create, values: values.filter { $0.value != .null }), demands: demands)
    }

    private func checkTime(_ first: Int64, _ last: Int64, _ rules: SpaceRules) throws {
        guard first < last else {
            throw CommandError(.usage, "inverted", Phrase("结束时间应晚于开始时间。", "It ends before it begins."))
        }
        let now = Int64(World.wall)
        if now < last, last - first > 31 * PointBytes.lengthMax {
            throw CommandError(
                .usage, "too-long", Phrase("一次预约最长 31 天；更长请分次。", "A booking is at most 31 days long; divide it."))
        }
        if let obstacle = rules.obstacle(first, last, now: now) {
            throw CommandError(.refused, obstacle.code, obstacle.phrase)
        }
    }

    /// The teacher of a staff number, an id, or of a name that one of the own member's teachers bears; `nil` for no text.
    private func teacher(_ text: String) throws -> RowState? {
        guard !text.isEmpty else { return nil }
        let table = try table("teacher")
        let member = try state().member
        let named = try list(table).filter { $0.key.owner == member && $0.text(TeacherColumn.name) == text }
        if named.count == 1 { return named[0] }
        return try find(text, in: table)
    }

    // MARK: Times

    func instant(_ text: String) throws -> Int64 {
        do { return try ChinaTime.instant(typed: text) } catch {
            throw CommandError(.usage, "time", error.phrase)
        }
    }

    func date(_ text: String) throws -> CalendarDate {
        do { return try CalendarDate.typed(text) } catch { throw CommandError(.usage, "time", error.phrase) }
    }

    func numbers(_ text: String, in range: ClosedRange<Int>) throws -> NumberList {
        do { return try NumberList(typed: text, in: range) } catch {
            throw CommandError(.usage, "numbers", error.phrase)
        }
    }

    /// The instants of a time that somebody typed, by the timetable that holds for a space.
    func instants(_ time: Time, _ rules: SpaceRules) throws -> (Int64, Int64) {
        switch time {
        case .wall(let from, let to): return (try instant(from), try instant(to))
        case .periods(let date, let periods):
            let date = try self.date(date)
            return try instants(date, periods: periods, rules)
        }
    }

    func instants(_ date: CalendarDate, periods text: String, _ rules: SpaceRules) throws -> (Int64, Int64) {
        let periods: ClosedRange<Int>
        do { periods = try numbers(text, in: 1...40).range(text) } catch let error as ValueProblem {
            throw CommandError(.usage, "numbers", error.phrase)
        }
        guard let timetable = rules.timetable(on: date) else {
            throw CommandError(
                .refused, "no-timetable",
                Phrase(
                    "\(date) 没有可用的节次表；请改用 --from/--to，或由场地单位先录入节次表。",
                    "There is no timetable for \(date); use --from/--to, or let the owner enter one."))
        }
        guard let times = timetable.times(periods) else {
            let there = timetable.periods.map(\.number)
            throw CommandError(
                .refused, "no-such-period",
                Phrase(
                    "节次表里没有第 \(text) 节；有第 \(there.first ?? 0) 至 \(there.last ?? 0) 节。",
                    "There is no period \(text); there are \(there.first ?? 0) to \(there.last ?? 0)."))
        }
        return (ChinaTime.instant(date, times.starts), ChinaTime.instant(date, times.ends))
    }

    // MARK: Writing

    /// Carries a command on the ledger out as one transaction, unless it was carried out before.
    /// - Returns: its answer, now or then.
    @discardableResult
    func once(_ command: KeyedCommand, _ act: (LocalLedger, SQLiteTransaction) throws -> JSON) throws -> JSON {
        try ledger { ledger, transaction in try command.once(in: transaction) { try act(ledger, transaction) } }
    }

    /// Runs one act on the ledger as one transaction.
    func ledger<Result>(_ act: (LocalLedger, SQLiteTransaction) throws -> Result) throws -> Result {
        do {
            return try store.write { transaction in
                try act(LocalLedger(transaction, key: key, surroundings: World.surroundings), transaction)
            }
        } catch let refusal as LedgerRefusal {
            throw CommandError(refusal)
        }
    }
}
