import Alliance
import CRDT
import Crypto
import Store
import Sync
import Testing
import Wire

/// A faulty node's transactions are struck out one by one; the rest of their segment stands, for everyone.
@Suite struct VerdictTests {
    enum Fault: CaseIterable {
        case othersRow, othersRowDeleted, othersOwner, writtenOnce, wrongType, textTooLong, missingValue, unknownColumn
        case unknownTable, missingRow, deletedBeforeBirth, presenceJump, presenceJumpOfBirth, idTaken, wrongAudience
        case rowTwice, clockAhead, registerRow, conflictRow

        var code: Violation.Code {
            switch self {
            case .othersRow, .othersRowDeleted, .othersOwner, .registerRow, .conflictRow: .notYours
            case .writtenOnce: .writtenOnce
            case .wrongType, .textTooLong: .wrongType
            case .missingValue: .missingValue
            case .unknownColumn: .unknownColumn
            case .unknownTable: .unknownTable
            case .missingRow: .noSuchRow
            case .deletedBeforeBirth, .presenceJump, .presenceJumpOfBirth: .wrongPresence
            case .idTaken: .idTaken
            case .wrongAudience: .wrongAudience
            case .rowTwice: .limit
            case .clockAhead: .clock
            }
        }
    }

    struct Scene {
        let world: TestAlliance
        let faulty: Party
        let honest: Party
        let third: Party
        let own: RowKey
        let others: RowKey
        let contact: RowKey
    }

    private func scene() throws -> Scene {
        let world = try TestAlliance(members: 3)
        let nodes = try world.members.map { try world.join($0) }
        let (own, others) = (Base.key(world.members[0], "own"), Base.key(world.members[1], "others"))
        try nodes[0].create(own, Base.values("own"))
        try nodes[0].create(Contact.key(world.members[0]), Contact.values(phone: "1"))
        try nodes[1].create(others, Base.values("others", coOwners: []))
        try world.syncUntilQuiet()
        return Scene(
            world: world, faulty: nodes[0], honest: nodes[1], third: nodes[2], own: own, others: others,
            contact: Contact.key(world.members[0]))
    }

    private func rows(_ fault: Fault, _ scene: Scene, at time: HybridTime) throws -> [(
        audience: Audience, change: RowState
    )] {
        let (faulty, world) = (scene.faulty, scene.world)
        let mine = faulty.member
        func change(_ key: RowKey, _ length: UInt32? = nil, _ values: [ColumnID: Value] = [:]) throws -> RowState {
            try faulty.change(key, length, values, at: time)
        }
        func full(_ name: String) -> [ColumnID: Value] { Base.values(name).merging([Base.coOwners: .null]) { $1 } }
        let changes: [RowState] =
            switch fault {
            case .othersRow: [try change(scene.others, nil, [Base.note: .text("x")])]
            case .othersRowDeleted: [try change(scene.others, 2)]
            case .othersOwner: [try change(Base.key(scene.honest.member, "forged"), 1, full("forged"))]
            case .writtenOnce:
                [try change(scene.contact, nil, [Contact.teacher: .bytes([UInt8](repeating: 9, count: 16))])]
            case .wrongType: [try change(scene.own, nil, [Base.open: .integer(2)])]
            case .textTooLong: [try change(scene.own, nil, [Base.note: .text(String(repeating: "x", count: 401))])]
            case .missingValue: [try change(Base.key(mine, "nameless"), 1, [Base.note: .text("x")])]
            case .unknownColumn: [try change(scene.own, nil, [ColumnID(99): .text("x")])]
            case .unknownTable:
                [
                    try change(
                        RowKey(table: TableID(rawValue: 999), owner: mine, id: RowID(rawValue: 1)), 1,
                        [ColumnID(1): .null])
                ]
            case .missingRow: [try change(Base.key(mine, "never"), nil, [Base.note: .text("x")])]
            case .deletedBeforeBirth: [try change(Base.key(mine, "never"), 2)]
            case .presenceJump: [try change(scene.own, 4)]
            case .presenceJumpOfBirth: [try change(Base.key(mine, "late"), 3, full("late"))]
            case .idTaken: [try change(RowKey(table: .base, owner: mine, id: scene.others.id), 1, full("taken"))]
            case .wrongAudience: [try change(scene.contact, nil, [Contact.phone: .text("secret")])]
            case .rowTwice:
                [
                    try change(scene.own, nil, [Base.note: .text("a")]),
                    try change(scene.own, nil, [Base.address: .text("b")]),
                ]
            case .clockAhead: [try change(scene.own, nil, [Base.note: .text("ahead")])]
            case .registerRow: [try change(faulty.memberRow(mine), nil, [MemberColumn.name: .text("x")])]
            case .conflictRow:
                [
                    try change(
                        RowKey(table: .conflict, owner: mine, id: RowID(rawValue: 5)), 1,
                        [ConflictColumn.author: .bytes(mine.bytes)])
                ]
            }
        return changes.map { change in
            let isPrivate =
                change.key.table == .teacherContact && fault != .wrongAudience || change.key.table == .conflict
            return (isPrivate ? .parties([mine], secretariat: world.secretariat) : .alliance, change)
        }
    }

    @Test(arguments: Fault.allCases)
    func `a violation is struck out, named to its author, and the rest of the segment stands`(_ fault: Fault) throws {
        let scene = try scene()
        let (world, faulty) = (scene.world, scene.faulty)
        var times = try faulty.times(3)
        if fault == .clockAhead {
            // Nothing later can stand in the segment: its times ascend.
            times = [times[0], HybridTime(milliseconds: world.hub.wall + StampBound.aheadMax + 60_000)]
        }
        var transactions = [
            (
                time: times[0],
                rows: [
                    (
                        audience: Audience.alliance,
                        change: try faulty.change(
                            scene.own, nil, [Base.grade: .text("1")], at: times[0])
                    )
                ]
            )
        ]
        transactions.append((time: times[1], rows: try rows(fault, scene, at: times[1])))
        if times.count == 3 {
            transactions.append(
                (
                    time: times[2],
                    rows: [
                        (
                            audience: .alliance,
                            change: try faulty.change(
                                scene.own, nil, [Base.address: .text("after")], at: times[2])
                        )
                    ]
                ))
        }
        try faulty.cutUnchecked(transactions)
        try world.syncUntilQuiet()

        let entry = try #require(
            try world.hub.entries().last {
                $0.segment.header.replica == (try faulty.state.replica) && !$0.verdict.strikes.isEmpty
            })
        #expect(entry.verdict.strikes.map(\.code) == [fault.code] && entry.verdict.strikes.map(\.time) == [times[1]])
        try world.expectEqualFiles()
        #expect(try scene.third.value(scene.own, Base.grade) == .text("1"))
        if times.count == 3 { #expect(try scene.third.value(scene.own, Base.address) == .text("after")) }
        #expect(try scene.third.alarms.isEmpty && scene.honest.alarms.isEmpty)
        if fault == .clockAhead {
            #expect(try faulty.rejected().isEmpty && scene.third.value(scene.own, Base.note) == .text("ahead"))
        } else {
            let rejected = try faulty.rejected()
            #expect(rejected.count == 1 && rejected.first?.time == times[1])
            #expect(rejected.first?.offences.first?.code == fault.code)
            #expect(rejected.first?.changes.isEmpty == false)
        }
        #expect(try scene.third.entries().allSatisfy { $0.detail == nil }, "the detail is for the author only")
    }

    @Test func `a row that can't belong to its owner says so too`() throws {
        let scene = try scene()
        let time = try scene.faulty.times(1)[0]
        try scene.faulty.cutUnchecked([(time, try rows(.othersOwner, scene, at: time))])
        try scene.world.syncUntilQuiet()
        #expect(try scene.faulty.rejected().first?.offences.map(\.code).contains(.wrongOwner) == true)
    }

    @Test func `an owner's private row in the alliance's section reaches nobody's rows`() throws {
        let scene = try scene()
        let time = try scene.faulty.times(1)[0]
        try scene.faulty.cutUnchecked([(time, try rows(.wrongAudience, scene, at: time))])
        try scene.world.syncUntilQuiet()
        #expect(try scene.third.row(scene.contact) == nil)
    }

    @Test func `a segment under another node's replica is not taken`() throws {
        let scene = try scene()
        let (world, faulty, honest) = (scene.world, scene.faulty, scene.honest)
        let time = try honest.times(1)[0]
        let state = try honest.state
        let stamp = Stamp(time: time, replica: state.replica)
        let forged = try Segment.cut(
            [
                PendingTransaction(
                    time: time, seen: state.cursor,
                    changes: [
                        (
                            .alliance,
                            [
                                RowState(
                                    key: scene.own, presence: nil,
                                    cells: [Cell(column: Base.note, value: .text("forged"), stamp: stamp)])
                            ]
                        )
                    ])
            ], at: .init(replica: state.replica, last: state.own, standsOn: nil, schema: 1), key: faulty.key)
        let mine = try faulty.state
        let head = try world.hub.state.cursor.rev
        let request = ExchangeRequest(
            schema: 1, program: "forger", cursor: mine.cursor, journal: mine.journal,
            own: mine.own ?? Head(replica: mine.replica, seq: 0, hash: .zero), token: mine.token,
            nextToken: Token(count: mine.token.count + 1, random: 1), segments: [forged], pending: 0, pendingSince: 0,
            digests: [], clock: world.now, pageSize: 1 << 20, alarms: [])
        let answer = try world.answer(request.bytes, from: faulty)
        #expect(try world.hub.state.cursor.rev == head)
        #expect(answer.status == 200)
        #expect(try ExchangeResponse(bytes: answer.body).notYet?.code == .signature)
        try world.hub.store.write { _ in }
        #expect(try world.sync(honest) == .proved(rev: head))
    }

    @Test func `a replica that is another node's is refused to this one`() throws {
        let scene = try scene()
        let (world, faulty, honest) = (scene.world, scene.faulty, scene.honest)
        var session = NodeSession(program: "test", key: honest.key)
        guard case .exchange(let body) = try honest.store.write({ try session.begin(in: $0, honest.surroundings) })
        else { return #expect(Bool(false), "no exchange") }
        let answer = try world.answer(body, from: faulty)
        #expect(answer.status != 200)
        #expect(try Refusal(bytes: answer.body).code == .signature)
    }

    @Test func `a segment that has seen more of the journal than there is is not taken`() throws {
        let scene = try scene()
        let (world, faulty) = (scene.world, scene.faulty)
        let time = try faulty.times(1)[0]
        let change = try faulty.change(scene.own, nil, [Base.note: .text("x")], at: time)
        let good = try faulty.cutUnchecked([(time, [(.alliance, change)])])
        let header = good.header
        let seen = JournalPosition(epoch: header.seen.epoch, rev: header.seen.rev + 1)
        try faulty.replaceLast(
            with: try good.signedAnew(
                SegmentHeader(
                    replica: header.replica, seq: header.seq, previous: header.previous, standsOn: nil,
                    times: header.times, seen: seen, schema: 1, transactions: 1, sections: header.sections),
                by: faulty))
        let head = try world.hub.state.cursor.rev
        guard case .refused(let refusal)? = try world.sync(faulty) else { return #expect(Bool(false), "not refused") }
        #expect(refusal.code == .journal)
        #expect(try world.hub.state.cursor.rev == head)
    }

    @Test(arguments: [false, true])
    func `a segment that can't be read is never journaled, and both sides raise an alarm`(_ timesAreRight: Bool) throws
    {
        let scene = try scene()
        let (world, faulty) = (scene.world, scene.faulty)
        let times = try faulty.times(2)
        let change = try faulty.change(scene.own, nil, [Base.note: .text("x")], at: times[0])
        // Says that it has one transaction more than it has.
        let good = try faulty.cutUnchecked([(times[0], [(.alliance, change)])])
        let header = good.header
        let lying = SegmentHeader(
            replica: header.replica, seq: header.seq, previous: header.previous, standsOn: nil,
            times: times[0]...times[timesAreRight ? 0 : 1], seen: header.seen, schema: 1, transactions: 2,
            sections: header.sections)
        try faulty.replaceLast(with: try good.signedAnew(lying, by: faulty))
        let head = try world.hub.state.cursor.rev
        guard case .refused(let refusal)? = try world.sync(faulty) else { return #expect(Bool(false), "not refused") }
        #expect(refusal.code == .malformed)
        #expect(try world.hub.state.cursor.rev == head)
        #expect(try world.hub.alarms.map(\.kind) == [.segment])
        #expect(try faulty.alarms.map(\.kind) == [.segment])
        // Its chain has stopped; what others write still reaches it.
        try scene.honest.edit(scene.others, [Base.note: .text("still")])
        world.pageSize = 1
        try world.sync(scene.honest)
        try world.sync(faulty)
        #expect(try faulty.value(scene.others, Base.note) == .text("still"))
    }

    @Test func `a newer schema's segment waits, and is taken byte for byte once the hub is upgraded`() throws {
        let scene = try scene()
        let time = try scene.faulty.times(1)[0]
        let change = try scene.faulty.change(scene.own, nil, [Base.note: .text("later")], at: time)
        let segment = try scene.faulty.cutUnchecked([(time, [(.alliance, change)])], schema: 2)
        let head = try scene.world.hub.state.cursor.rev
        guard case .refused(let refusal)? = try scene.world.sync(scene.faulty) else {
            return #expect(Bool(false), "not refused")
        }
        #expect(refusal.code == .schema && refusal.retryAfter != nil)
        #expect(try scene.world.hub.state.cursor.rev == head && scene.faulty.alarms.isEmpty)
        try scene.world.reopen(scene.world.hub, schema: Schema(version: 2, tables: Schema.current.tables))
        try scene.world.syncUntilQuiet()
        #expect(try scene.world.hub.entries().last?.segment.headerBytes == segment.headerBytes)
        #expect(try scene.third.value(scene.own, Base.note) == .text("later"))
    }
}

extension Segment {
    /// The same bodies under another header.
    func signedAnew(_ header: SegmentHeader, by party: Party) throws -> Segment {
        let bytes = header.bytes
        return try Segment(
            headerBytes: bytes, signature: [UInt8](party.key.signature(for: bytes)), bodies: bodies)
    }
}

extension Party {
    /// Puts another segment where the last own one stands.
    func replaceLast(with segment: Segment) throws {
        try store.execute(
            "DELETE FROM segment WHERE seq = \(segment.header.seq); DELETE FROM section WHERE seq = \(segment.header.seq)"
        )
        try store.write { transaction in
            try transaction.save(segment)
            transaction.state.own = segment.head
        }
    }
}
