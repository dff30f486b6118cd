import Alliance
import CRDT
import Crypto
import Store
import Sync
import Testing
import Wire

/// A hub that breaks its own rules: the node takes nothing of it, keeps what it has, says so, and stays at its cursor.
@Suite struct DishonestHubTests {
    enum Deed: CaseIterable {
        case letsViolationPass, withholdsSection, breaksJournalHash, skipsRev, reorders, cutsSectionBody, changesVerdict
        case strikesWhatIsNotThere, dropsAuthorsSignature, otherEpoch, forgedReceipt
        case numbersAnew, leavesOutSegment, rewritesWhatWasMerged, leavesOutHash
    }

    @Test(arguments: Deed.allCases)
    func `a journal that breaks the rules is not merged, and an alarm stands`(_ deed: Deed) throws {
        let world = try TestAlliance(members: 3)
        let nodes = try world.members.map { try world.join($0) }
        let (author, victim) = (nodes[0], nodes[1])
        let key = Base.key(author.member, "a")
        let others = Base.key(nodes[2].member, "others")
        try author.create(key, Base.values("a", note: "1"))
        try nodes[2].create(others, Base.values("others"))
        try world.syncUntilQuiet()
        let before = try (victim.allRows().mapValues(\.row), victim.state)

        for note in ["2", "3", "4"] {
            try author.edit(key, [Base.note: .text(note)])
            try world.sync(author)
        }
        try author.create(Contact.key(author.member), Contact.values(phone: "1"))
        let time = try author.times(1)[0]
        try author.cutUnchecked([
            (time, [(.alliance, try author.change(others, nil, [Base.note: .text("forged")], at: time))])
        ])
        try world.sync(author)
        try victim.create(Base.key(victim.member, "mine"), Base.values("mine"))

        world.tamper = { try Self.tamper(&$0, deed, world) }
        let outcome = try world.sync(victim)
        guard case .alarmed(let alarm)? = outcome else { return #expect(Bool(false), "\(String(describing: outcome))") }
        #expect(alarm.kind == .journal)
        #expect(try victim.alarms.map(\.kind) == [.journal])
        var rows = try victim.allRows().mapValues(\.row)
        rows[Base.key(victim.member, "mine")] = nil
        #expect(rows == before.0)
        #expect(try victim.state.cursor == before.1.cursor && victim.state.journal == before.1.journal)
        #expect(try victim.value(Base.key(victim.member, "mine"), Base.name) == .text("mine"))

        // An honest answer is merged: nothing was spoilt.
        world.tamper = nil
        try world.syncUntilQuiet()
        try world.expectEqualFiles()
        #expect(try world.nodes.allSatisfy { try $0.value(others, Base.note) == .null })
    }

    @Test func `the journal's hash is left out where the node stands, and nowhere else`() throws {
        let world = try TestAlliance(members: 2)
        let nodes = try world.members.map { try world.join($0) }
        try nodes[0].create(Base.key(nodes[0].member, "a"), Base.values("a"))
        try world.syncUntilQuiet()
        var answers: [ExchangeResponse] = []
        world.tamper = { answers.append($0) }
        try world.sync(nodes[1])
        #expect(answers.map(\.journal) == [nil] && answers.allSatisfy { $0.entries.isEmpty })
        #expect(try nodes[1].store.read { try $0.signedHead() }?.position == nodes[1].state.cursor)

        // The head of another journal, as if it were the node's.
        world.tamper = {
            $0.head = JournalPosition(epoch: $0.head.epoch, rev: $0.head.rev + 1)
            $0.headSignature = []
        }
        guard case .alarmed(let alarm)? = try world.sync(nodes[1]) else { return #expect(Bool(false)) }
        #expect(alarm.kind == .journal)
    }

    private static func tamper(_ answer: inout ExchangeResponse, _ deed: Deed, _ world: TestAlliance) throws {
        guard !answer.entries.isEmpty else { return }
        func again(_ entry: JournalEntry, _ verdict: Verdict, rehash: Bool = true) throws -> JournalEntry {
            let previous = try world.hub.store.read { try $0.journalHash(at: entry.rev - 1) } ?? .zero
            let hash = JournalEntry.hash(
                after: previous, rev: entry.rev, hubTime: entry.hubTime, header: entry.segment.hash,
                verdict: verdict.bytes)
            return JournalEntry(
                rev: entry.rev, hubTime: entry.hubTime, segment: entry.segment, verdict: verdict,
                hash: rehash ? hash : entry.hash, detail: nil)
        }
        /// The entry with a hash that fits where the first one should stand.
        func instead(_ entry: JournalEntry, rev: UInt64) throws -> JournalEntry {
            let previous = try world.hub.store.read { try $0.journalHash(at: answer.entries[0].rev - 1) } ?? .zero
            let hash = JournalEntry.hash(
                after: previous, rev: rev, hubTime: entry.hubTime, header: entry.segment.hash,
                verdict: entry.verdictBytes)
            return JournalEntry(
                rev: rev, hubTime: entry.hubTime, segment: entry.segment, verdict: entry.verdict, hash: hash,
                detail: entry.detail)
        }
        func segment(_ entry: JournalEntry, _ segment: Segment) -> JournalEntry {
            JournalEntry(
                rev: entry.rev, hubTime: entry.hubTime, segment: segment, verdict: entry.verdict, hash: entry.hash,
                detail: entry.detail)
        }
        let first = answer.entries[0]
        switch deed {
        case .letsViolationPass:
            let index = try #require(answer.entries.firstIndex { !$0.verdict.strikes.isEmpty })
            answer.entries = try Array(answer.entries[..<index]) + [again(answer.entries[index], .accepted)]
        case .withholdsSection:
            answer.entries[0] = segment(
                first,
                try Segment(headerBytes: first.segment.headerBytes, signature: first.segment.signature, bodies: [:]))
        case .breaksJournalHash:
            answer.entries[0] = JournalEntry(
                rev: first.rev, hubTime: first.hubTime + 1, segment: first.segment, verdict: first.verdict,
                hash: first.hash,
                detail: nil)
        case .skipsRev: answer.entries.removeFirst()
        case .leavesOutHash: answer.journal = nil
        case .reorders: answer.entries.swapAt(0, 1)
        case .cutsSectionBody:
            // Bytes that are not those that the author named: the reader refuses the answer as a whole.
            let own = try #require(world.nodes.first)
            let stamp = Stamp(time: first.segment.header.times.lowerBound, replica: first.segment.header.replica)
            let row = RowState(
                key: Base.key(own.member, "a"), presence: nil,
                cells: [Cell(column: Base.note, value: .text("forged"), stamp: stamp)])
            let raw = Section.encode([TransactionRows(time: stamp.time, changes: [row])])
            let body = Section.compress(raw)
            let header = first.segment.header
            let forged = SegmentHeader(
                replica: header.replica, seq: header.seq, previous: header.previous, standsOn: nil, times: header.times,
                seen: header.seen, schema: header.schema, transactions: 1,
                sections: [.init(audience: .alliance, rawSize: raw.count, size: body.count, hash: Hash256(of: body))])
            let lying = try Segment(
                headerBytes: forged.bytes, signature: [UInt8](world.hub.key.signature(for: forged.bytes)),
                bodies: [0: body])
            answer.entries[0] = try again(segment(first, lying), first.verdict)
        case .changesVerdict:
            answer.entries[0] = try again(
                first,
                Verdict(strikes: [.init(time: first.segment.header.times.lowerBound, code: .limit)], detail: .zero),
                rehash: false)
        case .strikesWhatIsNotThere:
            // Rows of the author itself are asked about: it must know the verdict for nonsense.
            answer.entries[0] = segment(first, first.segment)
            answer.entries[0] = try again(
                first, Verdict(strikes: [.init(time: HybridTime(rawValue: 1), code: .limit)], detail: .zero),
                rehash: false)
        case .dropsAuthorsSignature:
            answer.entries[0] = segment(
                first,
                try Segment(
                    headerBytes: first.segment.headerBytes, signature: [UInt8](repeating: 0, count: 64),
                    bodies: first.segment.bodies))
        case .otherEpoch:
            answer.head = JournalPosition(
                epoch: Epoch(number: 2, replica: answer.head.epoch.replica), rev: answer.head.rev)
        case .forgedReceipt:
            let victim = world.nodes[1]
            let head = Head(replica: try victim.state.replica, seq: 1, hash: .zero)
            answer.receipt = try Receipt(head: head, position: answer.head, key: victim.key)
        // Hash, signature and rights are right: only the rev, or the chain of the author, has a gap.
        case .numbersAnew: answer.entries = [try instead(first, rev: first.rev + 1)]
        case .rewritesWhatWasMerged: answer.entries.insert(try instead(first, rev: first.rev - 1), at: 0)
        case .leavesOutSegment: answer.entries = [try instead(answer.entries[1], rev: first.rev)]
        }
    }

    @Test func `a column that is written once and that the hub lets its owner edit is merged by nobody`() throws {
        let world = try TestAlliance(members: 2)
        let (author, victim) = (try world.join(world.members[0]), try world.join(world.members[1]))
        let key = RowKey(table: .teacher, owner: author.member, id: RowID(rawValue: 1))
        let staffNumber = ColumnID(1)
        try author.create(key, [staffNumber: .text("001"), ColumnID(2): .text("示例")])
        try world.syncUntilQuiet()
        let time = try author.times(1)[0]
        try author.cutUnchecked([
            (time, [(.alliance, try author.change(key, nil, [staffNumber: .text("002")], at: time))])
        ])
        try world.sync(author)
        #expect(try author.rejected().first?.offences.map(\.code) == [.writtenOnce])
        world.tamper = { answer in
            guard let struck = answer.entries.first(where: { !$0.verdict.strikes.isEmpty }) else { return }
            let before = answer.entries.prefix { $0.rev < struck.rev }
            let previous = try world.hub.store.read { try $0.journalHash(at: struck.rev - 1) } ?? .zero
            let hash = JournalEntry.hash(
                after: previous, rev: struck.rev, hubTime: struck.hubTime, header: struck.segment.hash,
                verdict: Verdict.accepted.bytes)
            answer.entries =
                before + [
                    JournalEntry(
                        rev: struck.rev, hubTime: struck.hubTime, segment: struck.segment, verdict: .accepted,
                        hash: hash, detail: nil)
                ]
        }
        guard case .alarmed(let alarm)? = try world.sync(victim) else { return #expect(Bool(false), "it was merged") }
        #expect(alarm.kind == .journal && alarm.detail.contains("writtenOnce"))
        #expect(try victim.value(key, staffNumber) == .text("001"))
    }

    @Test func `an answer that comes twice moves nothing and raises no alarm`() throws {
        let world = try TestAlliance(members: 2)
        let nodes = try world.members.map { try world.join($0) }
        try nodes[0].create(Base.key(nodes[0].member, "a"), Base.values("a"))
        try world.sync(nodes[0])
        // Two sessions of one node overlap: both ask before either is answered.
        var sessions = [NodeSession(program: "1", key: nodes[1].key), NodeSession(program: "2", key: nodes[1].key)]
        var effects: [NodeSession.Effect] = []
        for index in sessions.indices {
            effects.append(try nodes[1].store.write { try sessions[index].begin(in: $0, nodes[1].surroundings) })
        }
        for index in [0, 1, 1, 0, 0, 1] {
            effects[index] = try #require(try world.step(nodes[1], &sessions[index], effects[index]))
            #expect(try nodes[1].alarms.isEmpty && world.hub.alarms.isEmpty)
        }
        #expect(try nodes[1].alarms.isEmpty && world.hub.alarms.isEmpty)
        try world.syncUntilQuiet()
        try world.expectEqualFiles()
    }

    @Test func `a hub that overwrites a row behind the journal is found out by the digest`() throws {
        let world = try TestAlliance(members: 2)
        let nodes = try world.members.map { try world.join($0) }
        let key = Base.key(nodes[0].member, "a")
        try nodes[0].create(key, Base.values("a", note: "1"))
        try world.syncUntilQuiet()
        try world.hub.store.write { transaction in
            let row = try #require(try transaction.row(key))
            let stamp = try #require(row.latestStamp)
            let later = Stamp(time: HybridTime(rawValue: stamp.time.rawValue + 1), replica: stamp.replica)
            let change = RowState(
                key: key, presence: nil, cells: [Cell(column: Base.note, value: .text("x"), stamp: later)])
            try transaction.put(row.merged(with: change), audience: .alliance)
        }
        // One that insists on it, and gives nothing but that.
        world.tamperRepair = { answer in
            guard let row = try world.hub.row(key), !answer.sections.isEmpty else { return }
            let stamp = Stamp(time: HybridTime(rawValue: .max >> 1), replica: try world.hub.state.replica)
            let cell = Cell(column: Base.note, value: .text("x"), stamp: stamp)
            let change = RowState(key: key, presence: nil, cells: [cell])
            answer.sections = [.init(audience: .alliance, states: [row.merged(with: change)])]
            try world.hub.store.write { try $0.put(row.merged(with: change), audience: .alliance) }
        }
        for _ in 0..<2 {
            guard case .alarmed(let alarm)? = try world.sync(nodes[0]) else {
                return #expect(Bool(false), "not found out")
            }
            #expect(alarm.kind == .digest)
            #expect(try nodes[0].alarms.map(\.kind) == [.digest])
        }
        #expect(try world.hub.alarms.map(\.kind) == [.digest])
        #expect(try nodes[0].value(key, Base.note) == .text("1"))
    }
}
