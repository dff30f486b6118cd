public import Alliance
public import CRDT
import Store
public import Sync

/// Bookings: what a school takes of its own at once and finally, and what it asks of others.
extension OpenReplica {
    /// What somebody wants to book.
    public struct BookingWish: Sendable {
        /// Name or id of the space.
        public let space: String
        /// As people type it, `2026-11-24 08:00`, China time.
        public let from: String
        public let to: String
        public let workstations: Int
        public let purpose: String
        public var className = ""
        public var heads = 0
        public var teacher = ""
        /// The same key gives the same booking, however often it is sent.
        public var idempotencyKey = ""

        public init(space: String, from: String, to: String, workstations: Int, purpose: String) {
            self.space = space
            self.from = from
            self.to = to
            self.workstations = workstations
            self.purpose = purpose
        }
    }

    /// Books, or asks where the points are another's.
    public func book(_ wish: BookingWish) throws -> JSON {
        let space = try find(wish.space, in: table("space"))
        let asset = AssetID(table: .space, row: space.key.id)
        let (first, last) = try (instant(wish.from), instant(wish.to))
        guard first < last else {
            throw CommandError(.usage, "inverted", Phrase("结束时间应晚于开始时间。", "It ends before it begins."))
        }
        guard Int64(World.wall) < last else {
            throw CommandError(.refused, "past", Phrase("该时段已经过去。", "That time is over."))
        }
        guard last - first <= 31 * PointBytes.lengthMax else {
            throw CommandError(
                .usage, "too-long", Phrase("一次预约最长 31 天；更长请分次。", "A booking is at most 31 days long; divide it."))
        }
        let count = space[SpaceColumn.mode]?.value == .text("workstation") ? wish.workstations : 1
        guard (1...space.lanes).contains(count), let wanted = Wanted(.lanes, count: count, from: first, to: last) else {
            throw CommandError(
                .usage, "workstations",
                Phrase("工位数应为 1 到 \(space.lanes)。", "Workstations: 1 to \(space.lanes)."))
        }
        let state = try state()
        let id =
            wish.idempotencyKey.isEmpty
            ? RowID(rawValue: UUIDv7.make(wall: World.wall))
            : RowID(natural: [.text(wish.idempotencyKey)], table: .booking, owner: state.member)
        let key = RowKey(table: .booking, owner: state.member, id: id)
        if try store.read({ try $0.row(key) }) != nil { return try booking(id) }
        let texts = try values(
            [
                "purpose=\(wish.purpose)", "class_name=\(wish.className)", "teacher=\(wish.teacher)",
                "workstations=\(count)", "heads=\(wish.heads)",
            ], in: table("booking"))
        let row = RowEdit(
            key: key, act: .create,
            values: texts.merging([
                AssetColumn.table: .integer(Int64(asset.table.rawValue)), AssetColumn.row: Value(asset.row),
                BookingColumn.host: Value(space.key.owner), BookingColumn.first: .integer(first),
                BookingColumn.last: .integer(last),
            ]) { $1 }.filter { $0.value != .null })
        try ledger { ledger, _ in _ = try ledger.take(wanted, of: asset, subject: id, beside: [row]) }
        return try booking(id)
    }

    func instant(_ text: String) throws -> Int64 {
        do { return try ChinaTime.instant(typed: text) } catch {
            throw CommandError(.usage, "time", error.phrase)
        }
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

    // MARK: What there is

    /// The bookings that this replica knows, with what became of each, by time.
    public func bookings() throws -> JSON {
        let names = try names()
        return try store.read { transaction in
            let rows = try transaction.rows(in: table("booking")).sorted {
                ($0.integer(BookingColumn.first), $0.key) < ($1.integer(BookingColumn.first), $1.key)
            }
            return .array(try rows.map { try json($0, transaction, names) })
        }
    }

    /// One booking.
    public func booking(_ id: RowID) throws -> JSON {
        let names = try names()
        return try store.read { transaction in
            guard let row = try transaction.rows(in: table("booking"), id: id).first else {
                throw CommandError(
                    .refused, "no-such-booking", Phrase("没有编号为 \(id) 的预约。", "There is no booking \(id)."))
            }
            return try json(row, transaction, names)
        }
    }

    private func json(_ row: RowState, _ transaction: SQLiteTransaction, _ names: Names) throws -> JSON {
        let space = try row.asset.flatMap { try transaction.rows(in: table("space"), id: $0.row).first }
        let outcome = try BookingState(of: row.key.id, transaction)
        return [
            "id": JSON(row.key.id), "space": .string(space?.text(SpaceColumn.name) ?? ""),
            "host": .string(row.member(BookingColumn.host).flatMap { names.memberName($0) } ?? ""),
            "member": .string(names.memberName(row.key.owner) ?? ""),
            "from": JSON(row.integer(BookingColumn.first)), "to": JSON(row.integer(BookingColumn.last)),
            "workstations": JSON(row.integer(BookingColumn.workstations)),
            "purpose": .string(row.text(BookingColumn.purpose)),
            "className": .string(row.text(BookingColumn.className)),
            "heads": JSON(row.integer(BookingColumn.heads)), "teacher": .string(row.text(BookingColumn.teacher)),
            "state": .string(outcome.state.rawValue), "stateZh": .string(outcome.state.phrase.zh),
            "sent": .bool(outcome.isSent), "reason": .string(outcome.reason),
            "request": outcome.request.map { JSON($0) } ?? .null,
            "alternatives": .array(
                outcome.alternatives.map { ["from": JSON($0.from), "to": JSON($0.to)] }),
        ]
    }

    /// Ends a booking, or takes back what was asked for it.
    public func cancelBooking(_ text: String, because reason: String) throws -> JSON {
        let row = try find(text, in: table("booking"))
        try ledger { ledger, transaction in
            let state = try BookingState(of: row.key.id, transaction)
            guard [.confirmed, .requested, .partly].contains(state.state) else { throw LedgerRefusal.over }
            if let request = state.request, state.isOpen { try ledger.withdraw(request, because: reason) }
            for use in state.live {
                do { try ledger.cancel(use, reason: reason) } catch LedgerRefusal.elsewhere where state.request != nil {
                    // Its holder ends it once it hears that it is no longer wanted.
                    if let request = state.request { try ledger.withdraw(request, because: reason) }
                }
            }
        }
        return try booking(row.key.id)
    }

    /// Requests for what this replica holds that nobody has answered.
    public func requests() throws -> JSON {
        let names = try names()
        return try store.read { transaction in
            let own = transaction.state
            let assets = try transaction.ledger.unsettled()
            let open = try assets.flatMap { try transaction.ledger.openRequests(of: $0) }
            return .array(
                try open.compactMap { row -> JSON? in
                    guard let request = row.request else { return nil }
                    let space = try transaction.rows(in: table("space"), id: request.asset.row).first
                    let holdings = try transaction.ledger.holdings(of: request.asset)
                    return [
                        "id": JSON(row.key.id), "member": .string(names.memberName(row.key.owner) ?? ""),
                        "space": .string(space?.text(SpaceColumn.name) ?? ""), "count": JSON(request.wanted.count),
                        "from": JSON(request.wanted.from), "to": JSON(request.wanted.to),
                        "own": .bool(row.key.owner == own.member),
                        "mine": .bool(holdings.contains { $0.place == .held(own.replica) }),
                    ]
                })
        }
    }
}

/// What became of a booking: computed from the records, never stored.
struct BookingState {
    enum State: String {
        case confirmed, requested, partly, declined, cancelled, withdrawn, disputed

        var phrase: Phrase {
            switch self {
            case .confirmed: Phrase("已确认", "confirmed")
            case .requested: Phrase("待批复", "waiting for a decision")
            case .partly: Phrase("部分已占，其余待批复", "partly held, the rest waits for a decision")
            case .declined: Phrase("已驳回", "declined")
            case .cancelled: Phrase("已取消", "cancelled")
            case .withdrawn: Phrase("已撤回", "withdrawn")
            case .disputed: Phrase("有争议", "disputed")
            }
        }
    }

    private(set) var state = State.cancelled
    /// Whether the hub has all of its records.
    private(set) var isSent = true
    private(set) var live: [RowID] = []
    private(set) var request: RowID?
    private(set) var isOpen = false
    private(set) var reason = ""
    private(set) var alternatives: [Span] = []

    init(of subject: RowID, _ transaction: SQLiteTransaction) throws {
        func rows(_ name: TableID, _ column: ColumnID, _ id: RowID) throws -> [RowState] {
            guard let table = transaction.schema[name], let column = table.column(column) else { return [] }
            return try transaction.rows(in: table, where: column, is: .bytes(id.bytes))
        }
        let ledger = transaction.ledger
        let uses = try rows(.use, UseColumn.subject, subject)
        live = try uses.compactMap(\.use).filter { try Ledger.isLive($0, in: ledger) }.map(\.id)
        let isDisputed = try uses.contains { try ledger.isDisputed($0.key.id) }
        let asked = try rows(.request, RequestColumn.subject, subject)
        let answer = try asked.first.map { row in
            (
                declined: try rows(.decline, DeclineColumn.request, row.key.id).first,
                withdrawn: try rows(.withdrawal, WithdrawalColumn.request, row.key.id).first,
                used: try rows(.use, UseColumn.request, row.key.id).first
            )
        }
        request = asked.first?.key.id
        isOpen = answer.map { $0.declined == nil && $0.withdrawn == nil && $0.used == nil } ?? false
        if let declined = answer?.declined {
            state = .declined
            reason = declined.text(DeclineColumn.reason)
            alternatives = declined.bytes(DeclineColumn.alternatives).flatMap(PointBytes.spans) ?? []
        } else if answer?.withdrawn != nil {
            state = .withdrawn
        } else if isOpen {
            state = live.isEmpty ? .requested : .partly
        } else if !live.isEmpty {
            state = .confirmed
        } else if isDisputed {
            state = .disputed
        } else {
            reason =
                try uses.first.flatMap { try rows(.cancel, CancelColumn.use, $0.key.id).first }?
                .text(CancelColumn.reason) ?? ""
        }
        let acknowledged = transaction.state.acknowledged
        isSent = try (uses + asked).allSatisfy { row in
            guard let stamp = row.presence?.stamp, stamp.replica == transaction.state.replica else { return true }
            // One that was stamped ahead of time is acknowledged, and not counted among those.
            return try stamp.time <= acknowledged || !transaction.outboxTimes().contains(stamp.time)
        }
    }
}

extension CommandError {
    init(_ refusal: LedgerRefusal) {
        switch refusal {
        case .absent:
            self.init(
                .refused, "absent",
                Phrase(
                    "这里还没有可用的时段或名额：新建后要同步一次才能使用。",
                    "There is nothing to be had here yet: what is new can be used after one sync."))
        case .taken(let others):
            self.init(
                .refused, "taken", Phrase("该时段已被占用，未作改动。", "That is taken; nothing was changed."),
                details: others.map { ["from": JSON($0.from), "to": JSON($0.to)] })
        case .elsewhere:
            self.init(
                .refused, "elsewhere",
                Phrase("这些时段或名额现在不由本机持有，未作改动。", "This replica does not hold these points now; nothing was changed."))
        case .tooFew(let count):
            self.init(
                .refused, "too-few",
                Phrase("可用的只有 \(count) 个，未作改动。", "Only \(count) are free; nothing was changed."))
        case .noSuchUse:
            self.init(.refused, "no-such-use", Phrase("没有这项占用。", "There is no such use."))
        case .over:
            self.init(.refused, "over", Phrase("它已经结束，无需再取消。", "It is over already."))
        case .noSuchRequest:
            self.init(
                .refused, "no-such-request", Phrase("没有这项待批复的申请。", "There is no such request to be answered."))
        }
    }
}

extension OpenReplica {
    /// Answers a request from this replica's own holding.
    public func approve(_ request: String) throws -> JSON {
        let id = try requestID(request)
        let use = try ledger { ledger, _ in try ledger.approve(id) }
        return ["request": JSON(id), "use": JSON(use)]
    }

    /// Says no, with a reason; other times are added by itself.
    public func decline(_ request: String, because reason: String) throws -> JSON {
        let id = try requestID(request)
        guard !reason.isEmpty else {
            throw CommandError(.usage, "reason", Phrase("请写明驳回的理由。", "Give a reason."))
        }
        try ledger { ledger, _ in try ledger.decline(id, because: reason) }
        return ["request": JSON(id)]
    }

    private func requestID(_ text: String) throws -> RowID { try find(text, in: table("request")).key.id }
}
