public import Alliance
import CRDT
public import Replica
import Store
import Sync
import Wire

/// An alliance whose pages are measured: what all its members pool, and one school with a term of bookings.
public struct PageAlliance: Sendable {
    public let teachers: Int
    public let spaces: Int
    public let bookings: Int

    public init(teachers: Int, spaces: Int, bookings: Int) {
        self.teachers = teachers
        self.spaces = spaces
        self.bookings = bookings
    }

    /// Puts teachers and spaces of all members into the hub's file, as their nodes' segments would have.
    public func fill(_ alliance: SessionAlliance) throws {
        let hub = alliance.hub
        var workload = Workload()
        try hub.store.write(durable: false) { transaction in
            let authors = try Self.authors(transaction)
            for number in 0..<max(teachers, spaces) {
                let (member, replica) = authors[number % authors.count]
                let stamp = Stamp(
                    time: HybridTime(milliseconds: World.wall - 86_400_000 + UInt64(number)),
                    replica: replica)
                if number < teachers {
                    try put(Self.teacher(number, workload.next()), .teacher, number, member, stamp, transaction)
                }
                if number < authors.count {
                    try put([.text("基地 \(number)")], .base, number, member, stamp, transaction)
                }
                if number < spaces {
                    try put(Self.space(number, of: number % authors.count), .space, number, member, stamp, transaction)
                }
            }
        }
    }

    private static func authors(_ transaction: SQLiteTransaction) throws -> [(member: MemberID, replica: ReplicaID)] {
        let register = Register(transaction)
        let table = transaction.schema[.replica]
        return try table.map { try transaction.rows(in: $0) }?.compactMap { row in
            guard let replica = row.replicaID(ReplicaColumn.number) else {
                return nil
            }
            let member = try register.member(of: replica)
            return member == transaction.state.secretariat ? nil : (member, replica)
        } ?? []
    }

    private static func id(_ table: TableID, _ number: Int) -> RowID {
        RowID(rawValue: UInt128(number + 1) << 64 | UInt128(table.rawValue))
    }

    private static func teacher(_ number: Int, _ row: WorkloadRow) -> [Value] {
        [
            .text(String(number)), .text(row.name), .text("senior"), .text("technician"), .integer(Int64(number % 2)),
            .text(row.specialty), .integer(row.hours % 40), .text(row.note),
        ]
    }

    private static func space(_ number: Int, of base: Int) -> [Value] {
        [
            .bytes(id(.base, base).bytes), .text("车间 \(number)"), .integer(40), .text("workstation"), .integer(20),
            .text("\(number % 9 + 1) 号楼"),
        ]
    }

    private func put(
        _ values: [Value], _ table: TableID, _ number: Int, _ owner: MemberID, _ stamp: Stamp,
        _ transaction: SQLiteTransaction
    ) throws {
        let cells = values.enumerated().map {
            Cell(column: ColumnID(UInt16($0.offset + 1)), value: $0.element, stamp: stamp)
        }
        let row = RowState(
            key: RowKey(table: table, owner: owner, id: Self.id(table, number)),
            presence: Presence(length: 1, stamp: stamp), cells: cells)
        _ = try transaction.insert(row, audience: .alliance)
    }

    // MARK: The school

    /// Rooms of the school itself, which it books.
    private static let rooms = 8
    private static let firstHour = 8

    /// Makes the school's rooms; the next exchange brings their time.
    public func makeRooms(at node: OpenReplica) throws {
        let (bases, spaces) = (try node.table("base"), try node.table("space"))
        _ = try node.add(node.values(["name=本校基地"], in: bases), to: bases)
        for room in 1...Self.rooms {
            _ = try node.add(
                node.values(
                    ["base=本校基地", "name=实训室 \(room)", "capacity=40", "mode=工位", "workstations=40"], in: spaces),
                to: spaces)
        }
    }

    /// Books them: hours of the days to come.
    public func book(at node: OpenReplica) throws {
        let day: Int64 = 86_400_000
        let (tomorrow, perDay) = (Int64(World.wall) / day + 2, 8)
        let rooms = try node.page(of: node.table("space"), words: ["实训室"], isOwn: true, count: Self.rooms).rows
        for number in 0..<bookings {
            let room = rooms[number % rooms.count].key.id.description
            let hour = Self.firstHour + number / Self.rooms % perDay
            let date = ChinaTime.text(
                milliseconds: (tomorrow + Int64(number / Self.rooms / perDay)) * day
            ).prefix(10)
            _ = try node.book(
                OpenReplica.BookingWish(
                    space: room, from: "\(date) \(hour < 10 ? "0" : "")\(hour):00",
                    to: "\(date) \(hour < 9 ? "0" : "")\(hour + 1):00", workstations: 40, purpose: "实训"))
        }
    }
}
