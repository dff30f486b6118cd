import Alliance
import CRDT
import Crypto
import Store
import Sync
import Wire

/// The hub, with the thin shell around its sessions: who may ask, and what becomes of what fails.
final class Hub: Party {
    private var window = ReplayWindow(startedAt: 0)

    init(disk: Disk, random: SessionRandom, key: Curve25519.Signing.PrivateKey, schema: Schema) {
        super.init("中心", member: Records.secretariat, disk: disk, random: random, key: key, schema: schema)
    }

    func found(replica: ReplicaID, now: UInt64) throws {
        let publicKey = [UInt8](key.publicKey.rawRepresentation)
        try create(
            ReplicaState(
                role: .hub, alliance: "模拟联盟", replica: replica, member: member,
                node: Register.nodeID(key: publicKey, member), secretariat: member, hubKey: publicKey,
                epoch: Epoch(number: 1, replica: replica), hubURL: ""))
        try store?.write { try HubSession($0, key: key, surroundings: surroundings(now)).found() }
        started(now)
    }

    /// The process has just begun: it remembers no signatures.
    func started(_ now: UInt64) { window = ReplayWindow(startedAt: Int64(wall(now) / 1000)) }

    struct Answer {
        var status = 200
        var body: [UInt8]

        init(_ body: [UInt8]) { self.body = body }
        init(_ refusal: Refusal) {
            status = refusal.status
            body = refusal.bytes
        }
    }

    /// Answers a request, as `HubService` does; `nil` if the power failed meanwhile.
    func answer(_ request: Request, from node: Node, now: UInt64) -> Answer? {
        guard let store else { return nil }
        do { return Answer(try bytes(request, from: node, store, now)) } catch let refusal as Refusal {
            return Answer(refusal)
        } catch {
            guard !disk.isDown else { return nil }
            return Answer(Refusal(.unwell, Phrase("", "\(error)"), retryAfter: 30_000, hubTime: wall(now)))
        }
    }

    private func bytes(_ request: Request, from node: Node, _ store: ReplicaStore, _ now: UInt64) throws -> [UInt8] {
        let id = Register.nodeID(key: request.keys[request.keys.count - 1], member)
        try admit(request, id, now)
        guard
            let answerKey = ([key] + formerKeys).first(where: {
                [UInt8]($0.publicKey.rawRepresentation) == request.hubKey
            })
        else { throw Refusal(.signature, Phrase("", "another hub"), hubTime: wall(now)) }
        switch request.content {
        case .manifest:
            return try store.write(durable: false) { transaction in
                try known(request, id, transaction, now).mayExchange(hubTime: wall(now))
                return try HubSnapshot(transaction).manifest(for: node.member).bytes
            }
        case .part(let index, let rev):
            let frame = try store.read { transaction in
                try known(request, id, transaction, now).mayExchange(hubTime: wall(now))
                return try HubSnapshot(transaction).part(index, rev: rev, for: node.member)
            }
            guard let frame else {
                throw Refusal(.notFound, Phrase("", "gone"), hubTime: wall(now))
            }
            return frame
        case .repair(let body):
            let message = try RepairRequest(bytes: body)
            return try store.write { transaction in
                try HubSession(transaction, key: key, surroundings: surroundings(now))
                    .repair(message, from: known(request, id, transaction, now))
            }.bytes
        case .exchange(let body):
            let message = try ExchangeRequest(bytes: body)
            do {
                return try store.write { transaction in
                    let known = try known(request, id, transaction, now)
                    let session = HubSession(
                        transaction, key: key, formerKeys: formerKeys, surroundings: surroundings(now))
                    return try session.exchange(
                        message, from: known, signed: UInt64(request.signed) * 1000, answerKey: answerKey)
                }.bytes
            } catch let refusal as Refusal where refusal.code == .fork {
                try store.write {
                    try HubSession($0, key: key, surroundings: surroundings(now)).noteFork(message, refusal)
                }
                throw refusal
            }
        }
    }

    /// The node whose key signed the request.
    private func known(
        _ request: Request, _ id: RowID, _ transaction: SQLiteTransaction, _ now: UInt64
    ) throws -> Register.Node {
        guard let known = try Register(transaction).node(id),
            request.keys.contains([UInt8](known.key.rawRepresentation))
        else { throw Refusal(.signature, Phrase("", "no such node or key"), hubTime: wall(now)) }
        return known
    }

    private func admit(_ request: Request, _ id: RowID, _ now: UInt64) throws {
        guard !request.isUnseen else { return }
        let verdict = window.admit(
            keyID: id.description, nonce: request.nonce, created: request.signed, now: Int64(wall(now) / 1000))
        switch verdict {
        case .fresh: return
        case .replayed: throw Refusal(.replayed, Phrase("", "replayed"), hubTime: wall(now))
        case .outsideWindow(let time):
            throw Refusal(.clock, Phrase("", "time"), hubTime: max(wall(now), UInt64(time) * 1000))
        case .beforeStart:
            throw Refusal(.clock, Phrase("", "just started"), retryAfter: 2_500, hubTime: wall(now))
        case .full: throw Refusal(.busy, Phrase("", "busy"), retryAfter: 5_000, hubTime: wall(now))
        }
    }
}
