public import Alliance
public import CRDT

extension SpaceRules {
    /// The rules of a space as the rows of a replica have them.
    public init(of space: RowState, in transaction: any ReplicaTransaction) throws {
        let host = try Host(of: space, transaction)
        var kinds: [ColumnType.Choice] = []
        if case .choice(let choices)? = transaction.schema[.closure]?.column(ClosureColumn.kind)?.type {
            kinds = choices
        }
        self.init(
            space: space.key.id, timetables: try Self.timetables(of: host.owner, in: transaction),
            openings: try host.rows(.opening).compactMap(\.opening),
            closures: try host.rows(.closure).compactMap { $0.closure(kinds) }, policy: try host.policy,
            calendar: try .init(in: transaction))
    }

    private static func timetables(of owner: MemberID, in transaction: any ReplicaTransaction) throws -> [Timetable] {
        guard let table = transaction.schema[.timetable], let periods = transaction.schema[.period],
            let column = periods.column(PeriodColumn.timetable)
        else { return [] }
        return try transaction.rows(in: table).filter { $0.key.owner == owner }.compactMap { row in
            row.timetable(
                try transaction.rows(in: periods, where: column, is: .bytes(row.key.id.bytes)).filter {
                    $0.key.owner == owner
                })
        }
    }
}

extension AllianceCalendar {
    public init(in transaction: any ReplicaTransaction) throws {
        let days =
            try transaction.schema[.calendarDay].map { try transaction.rows(in: $0).compactMap(\.calendarDay) } ?? []
        self.init(Dictionary(days.map { ($0.date, $0.day) }, uniquingKeysWith: { first, _ in first }))
    }
}

extension Term {
    /// The terms that a member goes by: its own, and of names that it has not, the secretariat's. By their first Monday.
    public static func all(of member: MemberID, in transaction: any ReplicaTransaction) throws -> [Term] {
        guard let table = transaction.schema[.term] else { return [] }
        let rows = try transaction.rows(in: table)
        let own = rows.filter { $0.key.owner == member }.compactMap(\.term)
        let common = rows.filter { $0.key.owner == transaction.state.secretariat }.compactMap(\.term)
        let names = Set(own.map(\.name))
        return (own + common.filter { !names.contains($0.name) }).sorted { $0.monday < $1.monday }
    }
}

extension BookingPolicy {
    /// What the base of a space asks of bookings.
    public init(of space: RowState, in transaction: any ReplicaTransaction) throws {
        self = try Host(of: space, transaction).policy
    }
}

/// The base of a space, and what its owner says of it: nobody else's rows count.
private struct Host {
    let base: RowID?
    let owner: MemberID
    private let transaction: any ReplicaTransaction

    init(of space: RowState, _ transaction: any ReplicaTransaction) throws {
        self.transaction = transaction
        base = space.rowID(SpaceColumn.base)
        let row = try base.flatMap { id in
            try transaction.schema[.base].flatMap { try transaction.rows(in: $0, id: id).first }
        }
        owner = row?.key.owner ?? space.key.owner
    }

    /// Rows of a table of which the first column names the base.
    func rows(_ name: TableID) throws -> [RowState] {
        guard let base, let table = transaction.schema[name], let column = table.column(OpeningColumn.base) else {
            return []
        }
        return try transaction.rows(in: table, where: column, is: .bytes(base.bytes)).filter { $0.key.owner == owner }
    }

    var policy: BookingPolicy {
        get throws { try rows(.policy).min { $0.key.id < $1.key.id }?.policy ?? BookingPolicy() }
    }
}
