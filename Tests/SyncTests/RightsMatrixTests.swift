import Alliance
import CRDT
import Crypto
import Store
import Testing
import Wire

@testable import Sync

/// The full cross product of (who sends) x (table, column) x (act): what the hub's judgement makes of it, and what a
/// node merges when a dishonest hub lets it pass.
@Suite struct RightsMatrixTests {
    /// One act on one row, and what of it breaks the rules.
    struct Act {
        let name: String
        let key: RowKey
        let length: UInt32?
        let values: [ColumnID: Value]
        let audience: Audience
        let codes: Set<Violation.Code>
    }

    /// A row that is there before.
    struct Seed {
        let rights: ExpectedRights
        let key: RowKey
        let isDeleted: Bool
    }

    /// Who sends: its letter where the row is another's, and its key.
    struct Sender {
        let letter: Character
        let member: MemberID
        let replica: ReplicaID
        let last: Head?
        let key: Curve25519.Signing.PrivateKey
        let first: UInt64
        let acts: [Act]
    }

    private struct RollBack: Error {}

    /// An alliance in which every sender has its node, and every row that the acts are on is known to all.
    final class Scene {
        let world: TestAlliance
        let secretariat: MemberID
        let owner: Party
        /// Everyone but the hub, the owner first.
        let parties: [(letter: Character, party: Party)]
        /// A second node of the secretariat: it reads every section.
        let reader: Party
        private(set) var seeds: [Seed] = []
        private var lastID: UInt128 = 1_000
        private(set) var acts: [Character: [Act]] = [:]

        init() throws {
            let world = try TestAlliance(members: 7)
            var parties: [(letter: Character, party: Party)] = []
            let letters: [Character] = ["O", "C", "N", "P", "Q", "X"]
            for (index, letter) in letters.enumerated() {
                parties.append((letter: letter, party: try world.join(world.members[index])))
            }
            parties.append((letter: "S", party: try world.join(world.secretariat)))
            self.world = world
            self.parties = parties
            secretariat = world.secretariat
            owner = parties[0].party
            reader = try world.join(world.secretariat, confirmed: false)
            try world.syncUntilQuiet()
            for letter in "OCNPQXSH" { acts[letter] = makeActs(of: letter) }
            try plant()
            try world.syncUntilQuiet()
        }

        func member(_ letter: Character) -> MemberID {
            // The hub's is the secretariat.
            parties.first { $0.letter == letter }?.party.member ?? secretariat
        }

        // MARK: Rows

        private func table(_ rights: ExpectedRights) -> Table { Schema.current[rights.table]! }

        private func ownerOfRows(_ rights: ExpectedRights) -> MemberID {
            rights.owned == .secretariat ? secretariat : owner.member
        }

        private func fresh(_ rights: ExpectedRights, of member: MemberID? = nil) -> RowKey {
            lastID += 1
            return RowKey(
                table: table(rights).id, owner: member ?? ownerOfRows(rights), id: RowID(rawValue: lastID))
        }

        private func seeded(_ rights: ExpectedRights, isDeleted: Bool = false) -> RowKey {
            let key = fresh(rights)
            seeds.append(Seed(rights: rights, key: key, isDeleted: isDeleted))
            return key
        }

        /// The row whose cells are edited: its id is that of member N.
        private func edited(_ rights: ExpectedRights) -> RowKey {
            RowKey(
                table: table(rights).id, owner: ownerOfRows(rights), id: RowID(rawValue: member("N").rawValue))
        }

        func audience(_ rights: ExpectedRights, _ key: RowKey) -> Audience {
            switch rights.readers {
            case .alliance: .alliance
            case .owner: .parties([key.owner], secretariat: secretariat)
            case .parties:
                .parties(
                    [
                        member("P"), ["conflict", "duplicate"].contains(rights.table) ? member("Q") : key.owner,
                        key.owner,
                    ],
                    secretariat: secretariat)
            }
        }

        /// A value that fits; the other variant differs from it everywhere.
        private func value(_ rights: ExpectedRights, _ column: Column, isOther: Bool = false) -> Value {
            switch (rights.table, column.name) {
            case ("base", "co_owners"):
                return .bytes((isOther ? [member("C"), member("N")] : [member("C")]).sorted().flatMap(\.bytes))
            case ("node", "member"), ("conflict", "author"), ("decline", "asker"), ("booking", "host"),
                ("duplicate", "first_member"), ("order_class", "firm"):
                return .bytes(member(isOther ? "X" : "P").bytes)
            case ("conflict", "winner"), ("duplicate", "second_member"):
                return .bytes(member(isOther ? "X" : "Q").bytes)
            default: break
            }
            switch column.type {
            case .text: return .text(isOther ? "b" : "a")
            case .integer(let range): return .integer(range.lowerBound + (isOther ? 1 : 0))
            case .boolean: return .integer(isOther ? 1 : 0)
            case .time: return .text(isOther ? "09:00" : "08:00")
            case .date: return .text(isOther ? "2026-01-02" : "2026-01-01")
            case .instant: return .integer(isOther ? 2 : 1)
            case .choice(let choices): return .text(choices[isOther ? choices.count - 1 : 0].code)
            case .reference, .member: return .bytes([UInt8](repeating: isOther ? 2 : 1, count: 16))
            case .members: return .bytes(member(isOther ? "X" : "C").bytes)
            case .bytes(let max): return .bytes([UInt8](repeating: isOther ? 2 : 1, count: min(max, 32)))
            }
        }

        /// Every column. A node is not confirmed at its birth: that is a rule of its own (section 3.2).
        private func values(_ rights: ExpectedRights, isOther: Bool = false) -> [ColumnID: Value] {
            var values: [ColumnID: Value] = [:]
            for column in table(rights).columns { values[column.id] = value(rights, column, isOther: isOther) }
            if rights.table == "node", !isOther { values[NodeColumn.confirmed] = .null }
            return values
        }

        // MARK: Acts

        private func makeActs(of letter: Character) -> [Act] {
            var acts: [Act] = []
            for rights in ExpectedRights.all {
                // The owner of schools' rows owns none of the secretariat's.
                let role: Character = rights.owned == .secretariat && letter == "O" ? "X" : letter
                func add(
                    _ name: String, _ key: RowKey, _ length: UInt32?, _ values: [ColumnID: Value],
                    _ codes: Set<Violation.Code>
                ) {
                    acts.append(
                        Act(
                            name: "\(rights.table): \(name)", key: key, length: length, values: values,
                            audience: audience(rights, key), codes: codes))
                }
                add("create", fresh(rights), 1, values(rights), rights.codesOfBirth(by: role))
                add(
                    "create in own name", fresh(rights, of: member(letter)), 1, values(rights),
                    rights.codesOfOwnBirth(by: role))
                add("create again", seeded(rights), 1, values(rights), rights.codesOfBirth(by: role))
                add(
                    "create again, otherwise", seeded(rights), 1, values(rights, isOther: true),
                    rights.codesOfOtherBirth(by: role))
                add("delete", seeded(rights), 2, [:], rights.codesOfDeletion(by: role))
                if !rights.delete.isEmpty {
                    add(
                        "return", seeded(rights, isDeleted: true), 3, values(rights), rights.codesOfBirth(by: role))
                }
                for column in table(rights).columns {
                    add(
                        "edit \(column.name)", edited(rights), nil, [column.id: value(rights, column)],
                        rights.codesOfEdit(column.name, by: role))
                }
            }
            return acts
        }

        // MARK: Before

        /// Those who may make the rows that the acts are on.
        private func plant() throws {
            for rights in ExpectedRights.all where rights.table != "member" {
                seeds.append(Seed(rights: rights, key: edited(rights), isDeleted: false))
            }
            let makers: [(party: Party, ownership: ExpectedRights.Ownership)] = [
                (party: owner, ownership: .author), (party: world.hub, ownership: .secretariat),
            ]
            for (party, ownership) in makers {
                let mine = seeds.filter { $0.rights.owned == ownership && $0.rights.create != "H" }
                try party.commit(mine.map { RowEdit(key: $0.key, act: .create, values: values($0.rights)) })
                try party.commit(mine.filter(\.isDeleted).map { RowEdit(key: $0.key, act: .delete) })
            }
            let hubs = seeds.filter { $0.rights.create == "H" }
            try world.hub.store.write { transaction in
                try HubJournal(transaction, key: world.hub.key, surroundings: world.hub.surroundings).write { stamp in
                    hubs.map { Self.change($0.key, 1, values($0.rights), stamp) }
                }
            }
        }

        static func change(
            _ key: RowKey, _ length: UInt32?, _ values: [ColumnID: Value], _ stamp: Stamp
        ) -> RowState {
            RowState(
                key: key, presence: length.map { Presence(length: $0, stamp: stamp) },
                cells: values.sorted { $0.key < $1.key }.map { Cell(column: $0.key, value: $0.value, stamp: stamp) })
        }

        // MARK: Senders

        func sender(_ letter: Character, _ party: Party, acts other: [Act]? = nil) throws -> Sender {
            let state = try party.state
            return Sender(
                letter: letter, member: party.member, replica: state.replica, last: state.own, key: party.key,
                first: max(party.wall, state.clock.last.milliseconds + 1), acts: other ?? acts[letter] ?? [])
        }
    }

    // MARK: At the hub

    /// All acts of a sender as one segment, a transaction each.
    private func segment(of sender: Sender, seen: JournalPosition) throws -> Segment {
        let transactions = sender.acts.enumerated().map { index, act -> PendingTransaction in
            let time = HybridTime(milliseconds: sender.first + UInt64(index))
            let stamp = Stamp(time: time, replica: sender.replica)
            return PendingTransaction(
                time: time, seen: seen,
                changes: [(act.audience, [Scene.change(act.key, act.length, act.values, stamp)])])
        }
        return try Segment.cut(
            transactions, at: .init(replica: sender.replica, last: sender.last, standsOn: nil, schema: 1),
            key: sender.key)
    }

    private func request(_ segment: Segment, of party: Party) throws -> ExchangeRequest {
        let state = try party.state
        return ExchangeRequest(
            schema: 1, program: "test", cursor: state.cursor, journal: state.journal, own: segment.head,
            token: state.token, nextToken: Token(count: state.token.count + 1, random: 1), segments: [segment],
            pending: 0, pendingSince: 0, digests: [], clock: party.wall, pageSize: 1 << 20, alarms: [])
    }

    @Test func `the table of expectations names every table and column`() {
        #expect(ExpectedRights.all.map(\.table) == Schema.current.tables.map(\.name))
        for rights in ExpectedRights.all {
            let columns = Set(Schema.current[rights.table]?.columns.map(\.name) ?? [])
            #expect(columns.isSuperset(of: rights.once) && columns.isSuperset(of: rights.writers.keys))
        }
    }

    @Test func `the hub strikes out what its sender may not do, and nothing else`() throws {
        let scene = try Scene()
        let world = scene.world
        for (letter, party) in scene.parties {
            let sender = try scene.sender(letter, party)
            #expect(sender.acts.count > 100)
            let segment = try segment(of: sender, seen: party.state.cursor)
            let answer = try world.answer(try request(segment, of: party).bytes, from: party)
            #expect(answer.status == 200, "\(letter)")
            let entry = try #require(try world.hub.entries().last { $0.segment.hash == segment.hash })
            var found: [HybridTime: Set<Violation.Code>] = [:]
            for offence in entry.detail?.offences ?? [] {
                found[offence.time, default: []].insert(offence.violation.code)
            }
            for (index, act) in sender.acts.enumerated() {
                let time = HybridTime(milliseconds: sender.first + UInt64(index))
                #expect((found[time] ?? []) == act.codes, "\(letter) \(act.name)")
                #expect(entry.verdict.strikes(time) != act.codes.isEmpty, "\(letter) \(act.name)")
            }
        }
        // What was struck out moved no row, and what was not is in it.
        #expect(try world.hub.store.deepCheck().isClean)
        for act in scene.acts["X"] ?? [] where act.name.hasSuffix(": create") {
            #expect(try world.hub.row(act.key) == nil, "\(act.name)")
        }
    }

    @Test func `the hub takes nothing of an unconfirmed, a revoked or an unknown node`() throws {
        let scene = try Scene()
        let world = scene.world
        let outsiders = try outsiders(scene)
        let head = try world.hub.state.cursor
        for (party, sender, code) in outsiders {
            let segment = try segment(of: sender, seen: head)
            let answer = try world.answer(try request(segment, of: party).bytes, from: party)
            #expect(try answer.status != 200 && Refusal(bytes: answer.body).code == code, "\(sender.letter)")
        }
        #expect(try world.hub.state.cursor == head)
    }

    /// A node that nobody confirmed, one that was revoked, and one that nobody knows; each acts as the owner would.
    private func outsiders(_ scene: Scene) throws -> [(party: Party, sender: Sender, code: Refusal.Code)] {
        let world = scene.world
        let acts = scene.acts["O"] ?? []
        let unconfirmed = try world.join(scene.owner.member, confirmed: false)
        let revoked = try world.join(world.members[6])
        try world.sync(revoked)
        try world.hub.edit(
            Register.nodeKey(try revoked.state.node, scene.secretariat), [NodeColumn.revoked: .integer(1)])
        let stranger = Party(
            "stranger", key: Curve25519.Signing.PrivateKey(), member: scene.owner.member, path: scene.reader.path,
            store: scene.reader.store, world: world)
        let unknown = Sender(
            letter: "?", member: stranger.member, replica: ReplicaID(rawValue: 0xDEAD), last: nil, key: stranger.key,
            first: stranger.wall, acts: acts)
        return [
            (unconfirmed, try scene.sender("u", unconfirmed, acts: acts), .unconfirmed),
            (revoked, try scene.sender("r", revoked, acts: acts), .revoked), (stranger, unknown, .signature),
        ]
    }

    // MARK: At a node

    /// Has a node merge each act as an entry of its own that the hub accepted, one after the other, and tells which it
    /// took. What it took is rolled back at the end.
    private func merged(_ sender: Sender, by reader: Party) throws -> [Bool] {
        var taken: [Bool] = []
        do {
            try reader.store.write { transaction in
                var last = try transaction.replicaHead(sender.replica)?.head
                for (index, act) in sender.acts.enumerated() {
                    let time = HybridTime(milliseconds: sender.first + UInt64(index))
                    let stamp = Stamp(time: time, replica: sender.replica)
                    let state = transaction.state
                    let segment = try Segment.cut(
                        [
                            PendingTransaction(
                                time: time, seen: state.cursor,
                                changes: [(act.audience, [Scene.change(act.key, act.length, act.values, stamp)])])
                        ], at: .init(replica: sender.replica, last: last, standsOn: nil, schema: 1), key: sender.key)
                    let rev = state.cursor.rev + 1
                    let hash = JournalEntry.hash(
                        after: state.journal, rev: rev, hubTime: reader.wall, header: segment.hash,
                        verdict: Verdict.accepted.bytes)
                    let entry = JournalEntry(
                        rev: rev, hubTime: reader.wall, segment: segment, verdict: .accepted, hash: hash, detail: nil)
                    do {
                        try EntryMerger(transaction, key: reader.key, surroundings: reader.surroundings).merge([entry])
                        last = segment.head
                        taken.append(true)
                    } catch is JournalFault {
                        taken.append(false)
                    }
                }
                throw RollBack()
            }
        } catch is RollBack {}
        return taken
    }

    @Test func `a node merges of what a dishonest hub lets pass only what its sender may do`() throws {
        let scene = try Scene()
        var senders = try scene.parties.map { try scene.sender($0.letter, $0.party) }
        senders.append(try scene.sender("H", scene.world.hub))
        for sender in senders {
            let taken = try merged(sender, by: scene.reader)
            #expect(taken.count == sender.acts.count)
            for (act, isTaken) in zip(sender.acts, taken) {
                #expect(isTaken == act.codes.isEmpty, "\(sender.letter) \(act.name)")
            }
        }
        #expect(try scene.reader.alarms.isEmpty && scene.reader.store.deepCheck().isClean)
    }

    @Test func `a node merges nothing of an unconfirmed, a revoked or an unknown node`() throws {
        let scene = try Scene()
        let outsiders = try outsiders(scene)
        try scene.world.sync(scene.reader)
        for (_, sender, _) in outsiders {
            let taken = try merged(sender, by: scene.reader)
            #expect(taken.count == sender.acts.count && !taken.contains(true), "\(sender.letter)")
        }
    }
}
