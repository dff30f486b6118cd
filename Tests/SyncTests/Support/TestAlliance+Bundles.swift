import Alliance
import CRDT
import Crypto
import Foundation
import Store
import Sync
import Testing
import Wire

/// Bundles in the alliance: files as they lie on a stick, carried by hand.
extension TestAlliance {
    private var hubKeys: [Curve25519.Signing.PrivateKey] { [hubKey, hub.key].compactMap(\.self) }
    private var hubID: RowID { RowID(rawValue: secretariat.rawValue) }

    /// What a node gives to the hub.
    /// - Parameter keys: the node's present key and those before, where it has had others.
    /// - Parameter size: of one bundle; little makes many of them.
    func bundlesUp(
        _ node: Party, keys: [Curve25519.Signing.PrivateKey]? = nil, size: Int = Limits.bundleShare
    ) throws -> [[UInt8]] {
        let session = NodeSession(program: "test", key: keys?.first ?? node.key)
        let requests = try node.store.write { try session.requests(in: $0, node.surroundings, size: size) }
        let state = try node.state
        let pinned = try Curve25519.Signing.PublicKey(rawRepresentation: state.hubKey)
        return try requests.map {
            try Bundle.seal(
                $0.bytes, from: state.node, to: .hub(of: secretariat), key: pinned, signing: keys ?? [node.key])
        }
    }

    /// The hub takes a file: what its command does.
    @discardableResult
    func takeUp(_ file: [UInt8]) throws -> HubSession.TakenBundle {
        let bundle = try Bundle(file: file, at: .hub(of: secretariat), keys: hubKeys)
        let request = try bundle.request()
        do {
            return try hub.store.write { transaction in
                guard let node = try Register(transaction).node(bundle.sender) else { throw BundleRefusal.sender }
                try bundle.verify(node.key)
                return try HubSession(transaction, key: hubKeys[0], surroundings: hub.surroundings)
                    .take(request, from: node)
            }
        } catch let refusal as Refusal where refusal.code == .fork {
            let subject = request.own.replica.description
            try hub.store.write { try $0.raise(Alarm(.fork, subject: subject, detail: "bundle", since: hub.wall)) }
            throw refusal
        }
    }

    /// What the hub gives to a node.
    /// - Parameter rev: after which it begins; what the node last said where it is not given.
    func bundlesDown(
        _ node: Party, after rev: UInt64? = nil, snapshot: Bool = true, size: Int = Limits.bundleShare
    ) throws -> [[UInt8]] {
        let (id, replica) = try (node.state.node, node.state.replica)
        return try hub.store.write { transaction in
            let known = try #require(try Register(transaction).node(id))
            let session = HubSession(transaction, key: hubKeys[0], surroundings: hub.surroundings)
            var after = try rev ?? transaction.nodeReport(replica)?.cursor ?? 0
            var bundles =
                snapshot ? try session.snapshotBundles(for: known, replica: replica, after: after, size: size) : []
            after = bundles.first?.snapshot?.manifest.position.rev ?? after
            repeat {
                let bundle = try session.bundle(for: known, replica: replica, after: after, size: size)
                bundles.append(bundle)
                after = bundle.answer.entries.last?.rev ?? bundle.answer.head.rev
            } while after < transaction.state.cursor.rev
            return try bundles.map { try sealed($0, for: id, key: known.key) }
        }
    }

    /// - Parameter signing: who signs it, where that is not the hub.
    func sealed(
        _ bundle: HubBundle, for id: RowID, key: Curve25519.Signing.PublicKey,
        signing: [Curve25519.Signing.PrivateKey]? = nil
    ) throws -> [UInt8] {
        try Bundle.seal(
            bundle.bytes, from: hubID, to: .node(id, of: secretariat), key: key, signing: signing ?? hubKeys)
    }

    /// A node takes a file: what its command does.
    @discardableResult
    func takeDown(
        _ file: [UInt8], at node: Party, keys: [Curve25519.Signing.PrivateKey]? = nil
    ) throws -> NodeSession.TakenBundle {
        let state = try node.state
        let bundle = try Bundle(
            file: file, at: .node(state.node, of: secretariat), keys: keys ?? [node.key])
        guard bundle.sender == hubID else { throw BundleRefusal.sender }
        try bundle.verify(Curve25519.Signing.PublicKey(rawRepresentation: state.hubKey))
        let content = try bundle.hubBundle()
        let session = NodeSession(program: "test", key: keys?.first ?? node.key)
        do { return try node.store.write { try session.take(content, in: $0, node.surroundings) } } catch
            where error is JournalFault || error is WireError
        {
            return .alarmed(try node.store.write { try session.fault("\(error)", in: $0, node.surroundings) })
        }
    }

    /// A stick goes to the hub and comes back.
    @discardableResult
    func roundTrip(_ node: Party) throws -> NodeSession.TakenBundle? {
        do { for file in try bundlesUp(node) { #expect(try takeUp(file).notYet == nil) } } catch let refusal
            as BundleRefusal where refusal.code == .snapshot
        {}
        now += 3_600_000
        return try bundlesDown(node).map { try takeDown($0, at: node) }.last
    }

    /// The hub takes another key, which nodes hear of from the journal.
    func rotateHubKey(to next: Curve25519.Signing.PrivateKey) throws {
        let bytes = [UInt8](next.publicKey.rawRepresentation)
        try hub.edit(Register.nodeKey(hub.state.node, secretariat), [NodeColumn.key: .bytes(bytes)])
        try hub.store.write { $0.state.hubKey = bytes }
        hubKey = next
    }

    /// A copy of a node's file, which goes on by itself.
    func copy(of node: Party) throws -> Party {
        try node.store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        let path = node.path + ".copy"
        try FileManager.default.copyItem(atPath: node.path, toPath: path)
        return Party(
            node.name + "-copy", key: node.key, member: node.member, path: path,
            store: try ReplicaStore.open(at: path, schema: .current), world: self)
    }
}
