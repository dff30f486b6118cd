import Alliance
import CRDT
import Crypto
import Store
import Sync
import Testing
import Wire

/// Whose bundles are taken: keys that change, nodes that may not take part, and what is not for one.
@Suite struct BundleIdentityTests {
    private func scene() throws -> (world: TestAlliance, away: Party, key: RowKey) {
        let world = try TestAlliance(members: 2)
        let away = try world.join(world.members[0])
        try world.join(world.members[1])
        let key = Base.key(away.member, "base")
        try away.create(key, Base.values("base", note: "0"))
        try world.roundTrip(away)
        return (world, away, key)
    }

    private func nodeKey(_ world: TestAlliance, _ node: Party) throws -> RowKey {
        Register.nodeKey(try node.state.node, world.secretariat)
    }

    private func bytes(_ key: Curve25519.Signing.PrivateKey) -> [UInt8] { [UInt8](key.publicKey.rawRepresentation) }

    private func code(_ body: () throws -> Void) -> String? {
        do { try body() } catch let refusal as BundleRefusal { return refusal.code.rawValue } catch let refusal
            as Refusal
        { return refusal.code.rawValue } catch { return "\(error)" }
        return nil
    }

    // MARK: Keys

    @Test func `the hub's change of keys reaches a school by bundles alone`() throws {
        let (world, away, key) = try scene()
        let before = try world.bundlesDown(away, after: 0)
        try away.edit(key, [Base.note: .text("to the old key")])
        let up = try world.bundlesUp(away)
        let next = Curve25519.Signing.PrivateKey()
        try world.rotateHubKey(to: next)
        for file in up { #expect(try world.takeUp(file).segments == 1, "a former key opens it") }
        let down = try world.bundlesDown(away)
        for file in down { try world.takeDown(file, at: away) }
        #expect(try away.state.hubKey == bytes(next) && away.pending == 0)
        for file in down { try world.takeDown(file, at: away) }
        // What was made before is refused, and all of it is here.
        let state = try away.state
        for file in before { #expect(code { try world.takeDown(file, at: away) } == "bundle-signature") }
        #expect(try away.state == state)
        try away.edit(key, [Base.note: .text("to the new key")])
        try world.roundTrip(away)
        try world.syncUntilQuiet()
        try world.expectEqualFiles()
    }

    @Test func `who joins after a change of the hub's keys begins with a snapshot, whatever it sends before`() throws {
        let world = try TestAlliance(members: 2)
        let away = try world.join(world.members[0])
        try world.rotateHubKey(to: Curve25519.Signing.PrivateKey())
        let fresh = try world.join(world.members[1])
        let key = Base.key(fresh.member, "base")
        try fresh.create(key, Base.values("base"))
        let hub = try world.hub.state
        #expect(code { try world.takeUp(world.bundlesUp(fresh)[0]) } == "bundle-snapshot")
        #expect(try world.hub.state == hub && fresh.pending == 1)
        for file in try world.bundlesDown(fresh) { try world.takeDown(file, at: fresh) }
        try world.roundTrip(fresh)
        #expect(try fresh.alarms.isEmpty && fresh.pending == 0 && world.hub.value(key, Base.name) == .text("base"))
        try world.sync(away)
        try world.roundTrip(fresh)
        try world.expectEqualFiles()
    }

    @Test func `a school's change of keys goes up in a bundle, and bundles to the former key are opened`() throws {
        let (world, away, key) = try scene()
        let old = try world.bundlesUp(away)
        let next = Curve25519.Signing.PrivateKey()
        try world.hub.edit(world.hub.memberRow(away.member), [ColumnID(3): .text("新址")])
        let down = try world.bundlesDown(away)
        try away.edit(try nodeKey(world, away), [NodeColumn.key: .bytes(bytes(next))])
        try away.store.write { try Cutter($0, key: away.key).cut(segments: .max) }
        let keys = [next, away.key]
        #expect(code { try world.takeDown(down[0], at: away, keys: [next]) } == "bundle-key")
        for file in down { try world.takeDown(file, at: away, keys: keys) }
        #expect(try away.value(away.memberRow(away.member), ColumnID(3)) == .text("新址"))
        // Behind the change the new key signs; the hub learns of it from the same bundle.
        try away.edit(key, [Base.note: .text("new key")])
        #expect(code { try world.takeUp(world.bundlesUp(away, keys: [next])[0]) } == "bundle-signature")
        for file in try world.bundlesUp(away, keys: keys) { #expect(try world.takeUp(file).notYet == nil) }
        #expect(try world.hub.value(key, Base.note) == .text("new key") && world.hub.alarms.isEmpty)
        for file in try world.bundlesDown(away) { try world.takeDown(file, at: away, keys: keys) }
        #expect(try away.pending == 0)
        let hub = try world.hub.state
        #expect(code { try world.takeUp(old[0]) } == "bundle-signature", "the old key vouches for nothing more")
        #expect(try world.hub.state == hub)
    }

    // MARK: Who may not

    @Test func `nodes that are revoked or not confirmed exchange no bundles either`() throws {
        let (world, away, key) = try scene()
        let waiting = try world.join(world.members[0], confirmed: false)
        #expect(code { try world.takeUp(world.bundlesUp(waiting)[0]) } == "unconfirmed")
        #expect(code { _ = try world.bundlesDown(waiting) } == "unconfirmed")
        try away.edit(key, [Base.note: .text("late")])
        let files = try world.bundlesUp(away)
        try world.hub.edit(try nodeKey(world, away), [NodeColumn.revoked: .integer(1)])
        let hub = try world.hub.state
        #expect(code { try world.takeUp(files[0]) } == "revoked")
        #expect(code { _ = try world.bundlesDown(away) } == "revoked")
        #expect(try world.hub.state == hub && world.hub.value(key, Base.note) == .text("0"))
    }

    @Test func `a stranger's bundle is nobody's`() throws {
        let (world, away, _) = try scene()
        let stranger = Curve25519.Signing.PrivateKey()
        let state = try away.state
        let request = try away.store.write {
            try NodeSession(program: "test", key: away.key).requests(in: $0, away.surroundings)[0]
        }
        func file(from sender: RowID) throws -> [UInt8] {
            try Bundle.seal(
                request.bytes, from: sender, to: .hub(of: world.secretariat), key: world.hub.key.publicKey,
                signing: [stranger])
        }
        #expect(code { try world.takeUp(file(from: RowID(rawValue: 5))) } == "bundle-sender")
        #expect(code { try world.takeUp(file(from: state.node)) } == "bundle-signature")
        // A node's own key does not make it the hub.
        let answer = HubBundle(
            replica: state.replica,
            answer: ExchangeResponse(
                hubTime: world.now, head: state.cursor, journal: state.journal, floor: 0, backedUp: 0, receipt: nil,
                entries: [], digests: [], notYet: nil, snapshot: false, token: .none))
        let forged = try world.sealed(answer, for: state.node, key: away.key.publicKey, signing: [away.key, stranger])
        #expect(code { try world.takeDown(forged, at: away) } == "bundle-signature")
        #expect(try away.state == state)
    }

    @Test func `a bundle in another node's name brings nothing of the replica it names`() throws {
        let (world, away, _) = try scene()
        let other = try #require(world.nodes.last)
        let request = try away.store.write {
            try NodeSession(program: "test", key: away.key).requests(in: $0, away.surroundings)[0]
        }
        let file = try Bundle.seal(
            request.bytes, from: other.state.node, to: .hub(of: world.secretariat), key: world.hub.key.publicKey,
            signing: [other.key])
        #expect(code { try world.takeUp(file) } == "signature")
    }

    @Test func `a bundle for an earlier replica, or of another epoch, is refused and raises no alarm`() throws {
        let (world, away, _) = try scene()
        let state = try away.state
        let file = try world.bundlesDown(away, after: 0)[0]
        let bundle = try Bundle(file: file, at: .node(state.node, of: world.secretariat), keys: [away.key]).hubBundle()
        let other = HubBundle(replica: ReplicaID(rawValue: 5), answer: bundle.answer)
        var answer = bundle.answer
        answer.head = JournalPosition(
            epoch: Epoch(number: 2, replica: state.cursor.epoch.replica), rev: answer.head.rev)
        let epoch = HubBundle(replica: state.replica, answer: answer)
        for (wrong, expected) in [(other, "bundle-replica"), (epoch, "bundle-epoch")] {
            let file = try world.sealed(wrong, for: state.node, key: away.key.publicKey)
            #expect(code { try world.takeDown(file, at: away) } == expected)
        }
        #expect(try away.state == state && away.alarms.isEmpty)
    }

    @Test func `a bundle that breaks the journal's rules is not merged, and the alarm goes with a right one`() throws {
        let (world, away, _) = try scene()
        try world.hub.edit(world.hub.memberRow(away.member), [ColumnID(3): .text("新址")])
        let state = try away.state
        let good = try world.bundlesDown(away)[0]
        let bundle = try Bundle(file: good, at: .node(state.node, of: world.secretariat), keys: [away.key]).hubBundle()
        var answer = bundle.answer
        answer.journal = Hash256(of: [1])
        let file = try world.sealed(
            HubBundle(replica: state.replica, answer: answer), for: state.node, key: away.key.publicKey)
        guard case .alarmed(let alarm) = try world.takeDown(file, at: away) else {
            Issue.record("a wrong head was taken")
            return
        }
        #expect(try alarm.kind == .journal && away.state == state)
        world.now += 1
        for file in try world.bundlesDown(away) { try world.takeDown(file, at: away) }
        #expect(try away.alarms.isEmpty && away.state.cursor == world.hub.state.cursor)
    }
}
