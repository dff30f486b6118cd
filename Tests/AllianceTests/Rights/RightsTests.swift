import CRDT
import Testing

@testable import Alliance

/// `violations(of:on:by:secretariat:)` against the table of `Expectation`, for every author, table and column.
@Suite struct RightsTests {
    private static let secretariat = MemberID(1)
    private static let owner = MemberID(2)
    private static let coOwner = MemberID(3)
    private static let named = MemberID(4)
    private static let authors: [(letter: Character, Author)] = [
        ("S", Author(member: secretariat, isHub: false)), ("H", Author(member: secretariat, isHub: true)),
        ("C", Author(member: coOwner, isHub: false)), ("N", Author(member: named, isHub: false)),
        ("P", Author(member: MemberID(5), isHub: false)), ("Q", Author(member: MemberID(6), isHub: false)),
        ("X", Author(member: MemberID(7), isHub: false)),
    ]

    private static func authors(_ expectation: Expectation) -> [(letter: Character, Author)] {
        let owner = expectation.ownerIsSecretariat ? secretariat : owner
        return authors + [("O", Author(member: owner, isHub: false))]
    }

    private static func key(_ expectation: Expectation) -> RowKey {
        RowKey(
            table: table(expectation.table).id, owner: expectation.ownerIsSecretariat ? secretariat : owner,
            id: RowID(rawValue: named.rawValue))
    }

    private static func cell(_ column: Column, of table: Table, time: UInt64) -> Cell {
        var generated = Generated(seed: 1)
        let value: Value =
            switch (table.name, column.name) {
            case ("base", "co_owners"): .bytes(coOwner.bytes)
            case ("conflict", "author"), ("node", "member"): .bytes(MemberID(5).bytes)
            case ("conflict", "winner"): .bytes(MemberID(6).bytes)
            default: generated.value(of: column.type)
            }
        let stamp = Stamp(time: HybridTime(rawValue: time), replica: ReplicaID(rawValue: 1))
        return Cell(column: column.id, value: value, stamp: stamp)
    }

    private static func presence(_ length: UInt32) -> Presence {
        Presence(
            length: length, stamp: Stamp(time: HybridTime(rawValue: UInt64(length)), replica: ReplicaID(rawValue: 1)))
    }

    private static func stored(_ expectation: Expectation) -> RowState {
        let table = table(expectation.table)
        let cells = table.columns.map { cell($0, of: table, time: 1) }
        return RowState(key: key(expectation), presence: presence(1), cells: cells)
    }

    private func codes(_ change: RowState, on stored: RowState?, by author: Author) -> Set<Violation.Code> {
        let violations = Schema.current.violations(of: change, on: stored, by: author, secretariat: Self.secretariat)
        return Set(violations.map(\.code))
    }

    @Test func `the expectations name every table and only columns that are there`() {
        #expect(Expectation.all.map(\.table) == Schema.current.tables.map(\.name))
        for expectation in Expectation.all {
            for name in expectation.columns.keys {
                #expect(table(expectation.table).column(named: name) != nil, "\(name)")
            }
        }
    }

    @Test func `rows are made by those who may, with every column`() {
        for expectation in Expectation.all {
            let (table, key) = (table(expectation.table), Self.key(expectation))
            for column in table.columns {
                let cells = table.columns.filter { $0.required || $0.id == column.id }.map {
                    Self.cell($0, of: table, time: 1)
                }
                let change = RowState(key: key, presence: Self.presence(1), cells: cells)
                for (letter, author) in Self.authors(expectation) {
                    var expected: Set<Violation.Code> = expectation.create.contains(letter) ? [] : [.notYours]
                    if expectation.ownerMakes, author.member != key.owner { expected.insert(.wrongOwner) }
                    #expect(codes(change, on: nil, by: author) == expected, "\(table.name).\(column.name) by \(letter)")
                }
            }
        }
    }

    @Test func `cells are edited by those who may, and write-once ones by nobody`() {
        for expectation in Expectation.all {
            let (table, stored) = (table(expectation.table), Self.stored(expectation))
            for column in table.columns {
                let rule = expectation.columns[column.name] ?? .some(expectation.edit)
                let change = RowState(key: stored.key, presence: nil, cells: [Self.cell(column, of: table, time: 2)])
                for (letter, author) in Self.authors(expectation) {
                    let expected: Set<Violation.Code> =
                        rule.map { $0.contains(letter) ? [] : [.notYours] } ?? [.writtenOnce]
                    #expect(
                        codes(change, on: stored, by: author) == expected, "\(table.name).\(column.name) by \(letter)")
                    #expect(codes(change, on: nil, by: author).contains(.noSuchRow), "\(table.name).\(column.name)")
                }
            }
        }
    }

    @Test func `to make a row anew is no way around who edits it`() throws {
        let expectation = try #require(Expectation.all.first { $0.table == "node" })
        let (table, stored) = (table(expectation.table), Self.stored(expectation))
        let hub = Self.authors[1].1
        for column in table.columns {
            let other: Value = column.type.accepts(.integer(7)) ? .integer(7) : .bytes([UInt8](repeating: 7, count: 16))
            guard column.type.accepts(other), stored[column.id]?.value != other else { continue }
            let stamp = Stamp(time: HybridTime(rawValue: 9), replica: ReplicaID(rawValue: 1))
            let cells = stored.cells.map {
                Cell(column: $0.column, value: $0.column == column.id ? other : $0.value, stamp: stamp)
            }
            let change = RowState(key: stored.key, presence: Presence(length: 1, stamp: stamp), cells: cells)
            let violations = Schema.current.violations(
                of: change, on: stored, by: hub, secretariat: Self.secretariat)
            let found = violations.contains { $0.column == column.id && $0.code.isAboutRights }
            let isOthers = ["key", "confirmed"].contains(column.name)
            #expect(found == (isOthers || column.once), "\(column.name)")
        }
    }

    @Test func `a cell that was left out at a row's birth is still for its writers only`() throws {
        let expectation = try #require(Expectation.all.first { $0.table == "node" })
        let whole = Self.stored(expectation)
        let stored = RowState(
            key: whole.key, presence: whole.presence, cells: whole.cells.filter { $0.column != NodeColumn.confirmed })
        let again = RowState(key: whole.key, presence: whole.presence, cells: whole.cells)
        let hub = Self.authors[1].1
        let found = Schema.current.violations(of: again, on: stored, by: hub, secretariat: Self.secretariat)
        #expect(found == [Violation(.notYours, whole.key, NodeColumn.confirmed)])
        #expect(codes(again, on: nil, by: hub) == [], "at the birth itself it is for who merges nodes to judge")
    }

    @Test func `the largest causal length stops nobody`() throws {
        let expectation = try #require(Expectation.all.first { $0.table == "major" })
        let stored = RowState(
            key: Self.key(expectation), presence: Self.presence(.max), cells: Self.stored(expectation).cells)
        let change = RowState(key: stored.key, presence: Self.presence(.max), cells: stored.cells)
        #expect(codes(change, on: stored, by: Self.authors[0].1) == [])
    }

    @Test func `who makes himself a co-owner is none in the same change`() throws {
        let expectation = try #require(Expectation.all.first { $0.table == "base" })
        let stored = Self.stored(expectation)
        let stamp = Stamp(time: HybridTime(rawValue: 2), replica: ReplicaID(rawValue: 1))
        let stranger = Author(member: MemberID(7), isHub: false)
        let change = RowState(
            key: stored.key, presence: nil,
            cells: [
                Cell(column: ColumnID(5), value: .bytes(stranger.member.bytes), stamp: stamp),
                Cell(column: ColumnID(7), value: .text("x"), stamp: stamp),
            ])
        let found = Schema.current.violations(of: change, on: stored, by: stranger, secretariat: Self.secretariat)
        #expect(found == [5, 7].map { Violation(.notYours, stored.key, ColumnID($0)) })
    }

    @Test func `a row that returns keeps the audience that it was born to`() {
        let table = Table(
            999, "letter", "信", "letter", ownership: .author, audience: .parties([ColumnID(1)]),
            rule: WriteRule(create: [.owner], edit: [.owner], delete: [.owner]),
            columns: [
                Column(1, "to", "收件人", "to", .member, required: true, once: true),
                Column(2, "topic", "主题", "topic", .text(max: 9), once: true),
            ])
        func row(_ length: UInt32, _ to: MemberID, _ topic: String) -> RowState {
            let stamp = Self.presence(length).stamp
            return RowState(
                key: RowKey(table: table.id, owner: Self.owner, id: RowID(rawValue: 1)),
                presence: Self.presence(length),
                cells: [
                    Cell(column: ColumnID(1), value: .bytes(to.bytes), stamp: stamp),
                    Cell(column: ColumnID(2), value: .text(topic), stamp: stamp),
                ])
        }
        func columns(_ change: RowState) -> [ColumnID?] {
            Schema(version: 1, tables: [table]).violations(
                of: change, on: row(2, Self.named, "1"), by: Author(member: Self.owner, isHub: false),
                secretariat: Self.secretariat
            ).map { $0.code == .writtenOnce ? $0.column : nil }
        }
        #expect(columns(row(3, Self.named, "2")) == [], "a return writes once-columns anew")
        #expect(columns(row(3, Self.coOwner, "2")) == [ColumnID(1)])
    }

    @Test func `rows are deleted by those who may`() {
        for expectation in Expectation.all {
            let stored = Self.stored(expectation)
            let change = RowState(key: stored.key, presence: Self.presence(2), cells: [])
            for (letter, author) in Self.authors(expectation) {
                let expected: Set<Violation.Code> = expectation.delete.contains(letter) ? [] : [.notYours]
                #expect(codes(change, on: stored, by: author) == expected, "\(expectation.table) by \(letter)")
            }
        }
    }

    @Test func `every column refuses values of the other types and unknown columns are named`() {
        let values: [Value] = [.integer(-1), .text("\0"), .bytes([1]), .text("31 月")]
        for expectation in Expectation.all {
            let (table, stored) = (table(expectation.table), Self.stored(expectation))
            for column in table.columns {
                for value in values where !column.type.accepts(value) {
                    let stamp = Stamp(time: HybridTime(rawValue: 2), replica: ReplicaID(rawValue: 1))
                    let cell = Cell(column: column.id, value: value, stamp: stamp)
                    let change = RowState(key: stored.key, presence: nil, cells: [cell])
                    #expect(
                        codes(change, on: stored, by: Self.authors[1].1).contains(.wrongType),
                        "\(table.name).\(column.name)")
                }
            }
            let beyond = Cell(
                column: ColumnID(UInt16(table.columns.count + 1)), value: .null,
                stamp: Stamp(time: .zero, replica: ReplicaID(rawValue: 1)))
            let change = RowState(key: stored.key, presence: nil, cells: [beyond])
            #expect(codes(change, on: stored, by: Self.authors[1].1) == [.unknownColumn])
        }
    }

    @Test func `births and deletions follow one another, and required cells may not be emptied`() {
        for expectation in Expectation.all {
            let (table, stored) = (table(expectation.table), Self.stored(expectation))
            for length in [0, 3, 4] as [UInt32] {
                let change = RowState(key: stored.key, presence: Self.presence(length), cells: stored.cells)
                let author = Author(member: stored.key.owner, isHub: false)
                #expect(codes(change, on: stored, by: author).contains(.wrongPresence), "\(table.name) \(length)")
            }
            let empty = RowState(key: stored.key, presence: Self.presence(1), cells: [])
            let found = codes(empty, on: nil, by: Author(member: stored.key.owner, isHub: true))
            #expect(found.contains(.missingValue) == table.columns.contains(where: \.required), "\(table.name)")
        }
    }
}
