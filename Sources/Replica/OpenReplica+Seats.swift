public import Alliance
public import CRDT
import Store
import Sync

/// Workstations by their number, and spaces by what is free in them.
extension OpenReplica {
    /// One workstation of a space in a time (工位).
    public struct Seat: Hashable, Sendable {
        /// From 1.
        public let number: Int
        public let state: State

        public enum State: Hashable, Sendable {
            case used
            /// Free, and held here: confirmed at once.
            case own
            /// Free in the pool.
            case pool
            /// Free with other members.
            case others
            /// Of nobody yet: the space was made and is not synced.
            case absent
        }
    }

    /// So many spaces one search finds at most.
    public static let foundMax = 60

    /// What somebody looks for.
    public struct SpaceWish: Sendable {
        /// Words of the space's name, its base, place or owner; empty for any.
        public var words = ""
        /// `nil`: whenever.
        public var time: Time?
        public var workstations = 1

        public init() {}
    }

    /// A space that has what somebody looks for.
    public struct FoundSpace: Sendable {
        public let id: RowID
        public let name: String
        public let base: String
        public let owner: String
        public let place: String
        public let workstations: Int
        /// Free in the time, and of these held here; `nil` without a time.
        public let free: Int?
        public let own: Int
        /// The time, Unix milliseconds; 0 without one.
        public let from: Int64
        public let to: Int64
    }

    /// One space, without a time.
    public func space(_ text: String) throws -> FoundSpace {
        let names = try names()
        let row = try find(text, in: table("space"))
        let base = try store.read { transaction in
            try row.rowID(SpaceColumn.base).flatMap { try transaction.rows(in: table("base"), id: $0).first }
        }
        return FoundSpace(
            id: row.key.id, name: row.text(SpaceColumn.name), base: base?.text(BaseColumn.name) ?? "",
            owner: names.memberName(row.key.owner) ?? "", place: row.text(SpaceColumn.place), workstations: row.lanes,
            free: nil, own: 0, from: 0, to: 0)
    }

    /// The workstations of a space in a time.
    public func seats(_ space: String, _ time: Time) throws -> [Seat] {
        let space = try find(space, in: table("space"))
        return try store.read { transaction in
            let (from, to) = try instants(time, SpaceRules(of: space, in: transaction))
            guard from < to else { return [] }
            return try transaction.seats(of: space, from, to)
        }
    }

    /// The lines of a space's day: its periods, or hours where it has no timetable.
    public func lines(_ space: String, on date: CalendarDate) throws -> [WeekView.Line] {
        let space = try find(space, in: table("space"))
        return try store.read { WeekView.lines(try SpaceRules(of: space, in: $0).timetable(on: date)) }
    }

    /// Spaces in which so many workstations are free in a time, one's own member's first, then by name.
    ///
    /// - Parameter count: at most so many.
    public func spaces(_ wish: SpaceWish, count: Int = OpenReplica.foundMax) throws -> [FoundSpace] {
        guard wish.workstations > 0 else {
            throw CommandError(
                .usage, "workstations", Phrase("工位数应为正整数。", "Workstations: a whole number, at least 1."))
        }
        let names = try names()
        let words = wish.words.lowercased().split(whereSeparator: \.isWhitespace)
        return try store.read { transaction in
            let own = transaction.state.member
            let bases = Dictionary(
                try transaction.rows(in: table("base")).map { ($0.key.id, $0.text(BaseColumn.name)) },
                uniquingKeysWith: { first, _ in first })
            let all = try transaction.rows(in: table("space")).map { row in
                (
                    row: row, base: row.rowID(SpaceColumn.base).flatMap { bases[$0] } ?? "",
                    owner: names.memberName(row.key.owner) ?? ""
                )
            }.filter { item in
                let text = [item.row.text(SpaceColumn.name), item.base, item.row.text(SpaceColumn.place), item.owner]
                    .joined(separator: "\n").lowercased()
                return item.row.lanes >= wish.workstations && words.allSatisfy { text.contains($0) }
            }.sorted { left, right in
                let key = { (item: (row: RowState, base: String, owner: String)) in
                    (item.row.key.owner == own ? 0 : 1, item.row.text(SpaceColumn.name), item.row.key)
                }
                return key(left) < key(right)
            }
            var found: [FoundSpace] = []
            for item in all where found.count < count {
                guard let time = try free(item.row, wish, transaction) else { continue }
                found.append(
                    FoundSpace(
                        id: item.row.key.id, name: item.row.text(SpaceColumn.name), base: item.base, owner: item.owner,
                        place: item.row.text(SpaceColumn.place), workstations: item.row.lanes, free: time.free,
                        own: time.own, from: time.from, to: time.to))
            }
            return found
        }
    }

    /// What is free of a space in the time that is wished; `nil` where that is not enough, or it can't be booked then.
    private func free(
        _ space: RowState, _ wish: SpaceWish, _ transaction: SQLiteTransaction
    ) throws -> (free: Int?, own: Int, from: Int64, to: Int64)? {
        guard let time = wish.time else { return (nil, 0, 0, 0) }
        let rules = try SpaceRules(of: space, in: transaction)
        let span: (Int64, Int64)
        do { span = try instants(time, rules) } catch let error as CommandError where error.kind == .refused {
            return nil
        }
        let (from, to) = span
        guard from < to, rules.obstacle(from, to, now: Int64(World.wall)) == nil else { return nil }
        let taken = rules.taken(from, to)
        let states = try transaction.seats(of: space, taken.from, taken.to).map(\.state)
        let free = states.count { $0 != .used && $0 != .absent }
        return free < wish.workstations ? nil : (free, states.count { $0 == .own }, from, to)
    }
}

extension JSON {
    public init(_ space: OpenReplica.FoundSpace) {
        let hasTime = space.free != nil
        self = [
            "id": JSON(space.id), "space": .string(space.name), "base": .string(space.base),
            "owner": .string(space.owner), "place": .string(space.place), "workstations": JSON(space.workstations),
            "free": space.free.map { JSON($0) } ?? .null, "own": hasTime ? JSON(space.own) : .null,
            "from": hasTime ? JSON(space.from) : .null, "to": hasTime ? JSON(space.to) : .null,
        ]
    }
}

extension SQLiteTransaction {
    /// What each workstation of a space is in a time. One that several places hold parts of is another's.
    func seats(of space: RowState, _ from: Int64, _ to: Int64) throws -> [OpenReplica.Seat] {
        let asset = AssetID(table: .space, row: space.key.id)
        return try (0..<UInt16(clamping: space.lanes)).compactMap { lane in
            guard let span = Span(lane: lane, from: from, to: to) else { return nil }
            let state: OpenReplica.Seat.State
            if try !ledger.occupations(of: asset, in: span).isEmpty {
                state = .used
            } else {
                switch try Set(ledger.holdings(of: asset, in: span).map(\.place)) {
                case [.held(self.state.holder)]: state = .own
                case [.pool]: state = .pool
                case []: state = .absent
                default: state = .others
                }
            }
            return OpenReplica.Seat(number: Int(lane) + 1, state: state)
        }
    }
}
