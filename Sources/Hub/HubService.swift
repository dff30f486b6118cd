import Alliance
import Board
import CRDT
import Crypto
import Foundation
import Logging
import Replica
import Serving
import Store
import Sync
import Synchronization
import Wire

/// What the hub does with a request of the sync, once it has its bytes.
///
/// Each request is one transaction under the hub's lock; signatures and freshness are checked before.
final class HubService: Sendable {
    let replica: OpenReplica
    let heads: HeadBoard
    let log = AttemptLog()
    private let queue = BlockingQueue("hub.exchange")
    private let logger: Logger
    private let window: Mutex<ReplayWindow>
    private let waiting = Mutex(WaitingRequests())
    private let wrongCodes = Mutex(WrongCodes())
    /// The present key, then the former ones.
    private let hubKeys: [(fingerprint: String, key: Curve25519.Signing.PrivateKey)]

    init(_ replica: OpenReplica, logger: Logger) throws {
        self.replica = replica
        self.logger = logger
        hubKeys = ([replica.key] + (try replica.formerKeys())).map {
            (HubFingerprint(of: $0.publicKey).description, $0)
        }
        heads = HeadBoard(rev: try replica.state().cursor.rev)
        window = Mutex(ReplayWindow(startedAt: Int64(World.wall / 1000)))
    }

    // MARK: Requests

    func exchange(_ incoming: Incoming) async -> Answer {
        await answer(incoming, .exchange) { [self] sender in
            let request = try readable { () throws(WireError) in try ExchangeRequest(bytes: incoming.body) }
            try check(request.own.replica, is: incoming)
            let response: ExchangeResponse
            do {
                response = try replica.store.write { transaction in
                    // Read again under the lock: the node may have been revoked since its signature was verified.
                    let node = try Register(transaction).node(sender.node.id) ?? sender.node
                    let session = HubSession(
                        transaction, key: replica.key, formerKeys: hubKeys.dropFirst().map(\.key),
                        surroundings: World.surroundings)
                    return try session.exchange(
                        request, from: node, signed: sender.signed, answerKey: sender.hubKey)
                }
            } catch let refusal as Refusal where refusal.code == .fork {
                try replica.store.write { transaction in
                    try HubSession(transaction, key: replica.key, surroundings: World.surroundings)
                        .noteFork(request, refusal)
                }
                throw refusal
            }
            heads.post(response.head.rev)
            var answer = Answer(response.bytes)
            answer.items = Traffic(
                up: request.segments.reduce(0) { $0 + UInt64($1.header.transactions) },
                down: response.entries.reduce(0) { $0 + UInt64($1.segment.header.transactions) })
            return answer
        }
    }

    func repair(_ incoming: Incoming) async -> Answer {
        await answer(incoming, .repair) { [self] sender in
            let request = try readable { () throws(WireError) in try RepairRequest(bytes: incoming.body) }
            func answered(_ transaction: SQLiteTransaction) throws -> RepairResponse {
                let node = try Register(transaction).node(sender.node.id) ?? sender.node
                return try HubSession(transaction, key: replica.key, surroundings: World.surroundings)
                    .repair(request, from: node)
            }
            // Sums are read beside the exchanges of others.
            let onlyReads = request.rows.isEmpty && !request.recount
            let response = try onlyReads ? replica.store.read(answered) : replica.store.write { try answered($0) }
            return Answer(response.bytes)
        }
    }

    func join(_ incoming: Incoming) async -> Answer {
        guard wrongCodes.withLock({ $0.mayTry(from: incoming.origin, at: World.wall) }) else {
            return Answer(
                refusal(.busy, "邀请码错误次数过多，请一分钟后再试。", "Too many wrong codes; try again in a minute.", retryAfter: 60_000)
            )
        }
        let answer = await guarded(incoming.origin) { [self] in
            let request = try readable { () throws(WireError) in try JoinRequest(bytes: incoming.body) }
            let response = try replica.store.write { transaction in
                try HubSession(transaction, key: replica.key, surroundings: World.surroundings).join(request)
            }
            heads.post(try replica.state().cursor.rev)
            return Answer(try response.bytes(to: incoming.body, key: replica.key))
        }
        if answer.status == 403 { wrongCodes.withLock { $0.note(from: incoming.origin, at: World.wall) } }
        return answer
    }

    func manifest(_ incoming: Incoming) async -> Answer {
        await answer(incoming, .snapshot) { [self] sender in
            let manifest = try replica.store.write(durable: false) {
                try HubSnapshot($0).manifest(for: sender.node.author.member)
            }
            return Answer(manifest.bytes)
        }
    }

    func part(_ incoming: Incoming, rev: UInt64, index: Int) async -> Answer {
        await answer(incoming, .snapshot) { [self] sender in
            let frame = try replica.store.read {
                try HubSnapshot($0).part(index, rev: rev, for: sender.node.author.member)
            }
            guard let frame else {
                throw refusal(.notFound, "快照已更新，将重新获取。", "The snapshot has been replaced; get the new one.")
            }
            return Answer(frame, type: "application/octet-stream")
        }
    }

    /// Checks a request for the stream of events.
    /// - Returns: the answer, and the node that may listen.
    func events(_ incoming: Incoming) async -> (answer: Answer, listener: RowID?) {
        let listener = Mutex<RowID?>(nil)
        let answer = await answer(incoming, nil) { sender in
            listener.withLock { $0 = sender.node.id }
            return Answer([], type: "text/event-stream")
        }
        return (answer, listener.withLock { $0 })
    }

    // MARK: Checks

    /// Verifies the request, then runs the body on the hub's thread.
    /// - Parameter kind: as what it is observed; `nil` if it is not.
    private func answer(
        _ incoming: Incoming, _ kind: Attempt.Kind?, _ body: @escaping @Sendable (Sender) throws -> Answer
    ) async -> Answer {
        // Who signed it; where that is not proved, the attempt is nobody's.
        let author = Mutex<RowID?>(nil)
        let began = ContinuousClock.now
        let answer = await guarded(incoming.origin) { [self] in
            try body(try verified(incoming) { node in author.withLock { $0 = node } })
        }
        if let kind, let node = author.withLock({ $0 }) {
            let took = (ContinuousClock.now - began) / .milliseconds(1)
            log.note(
                Attempt(
                    node: node, kind: kind, time: World.wall,
                    refusal: answer.refusal.map { .init(code: $0.code.rawValue, phrase: $0.phrase) },
                    bytes: Traffic(up: UInt64(incoming.body.count), down: UInt64(answer.body.count)),
                    items: answer.items, milliseconds: UInt64(max(0, took))))
        }
        return answer
    }

    /// The answer to what can't be looked at now.
    var busy: Answer {
        Answer(
            refusal(
                .busy, "中心正忙，将稍后自动重试。", "The hub is busy; this is tried again by itself.",
                retryAfter: .random(in: 500...4_000)))
    }

    private func guarded(_ origin: String?, _ body: @escaping @Sendable () throws -> Answer) async -> Answer {
        guard waiting.withLock({ $0.enter(from: origin) }) else { return busy }
        defer { waiting.withLock { $0.leave(from: origin) } }
        do { return try await queue.run(body) } catch let error as Unproved {
            logger.info("refused", metadata: ["code": "\(Refusal.Code.signature.rawValue)", "cause": "\(error.cause)"])
            return Answer(
                refusal(
                    .signature, "请求的签名无效；本机密钥可能已变更，请联系秘书处。",
                    "The request's signature is not valid; ask the secretariat."))
        } catch let refusal as Refusal {
            logger.info("refused", metadata: ["code": "\(refusal.code.rawValue)", "cause": "\(refusal.phrase.en)"])
            return Answer(refusal)
        } catch let error as StoreError where error.code == .full {
            // Where the hub keeps its file is its operator's affair.
            logger.error("disk full", metadata: ["path": "\(error.path)"])
            return Answer(
                refusal(
                    .unwell, "中心的磁盘已满，暂时无法处理；本机改动已存好，会自动重试。",
                    "The hub's disk is full; your edits are safe and are sent again.", retryAfter: 30_000))
        } catch {
            let words = inner(error).phrase
            return Answer(
                refusal(
                    .unwell, "中心暂时无法处理（\(words.zh)）；本机改动已存好，会自动重试。",
                    "The hub can't do this now (\(words.en)); your edits are safe and are sent again.",
                    retryAfter: 30_000))
        }
    }

    /// What whoever asked is told of an error within: a number, under which the log has its words. They are the
    /// operator's affair, and a stranger's before its signature is verified.
    func inner(_ error: any Error) -> CommandError {
        let number = String(UInt32.random(in: 0x1000_0000 ... .max), radix: 16)
        logger.error("request failed", metadata: ["number": "\(number)", "cause": "\(error)"])
        return CommandError(
            .refused, "inner",
            Phrase("中心内部错误，编号 \(number)，详情在中心的日志里", "an error within the hub, number \(number) in its log"))
    }

    /// A request whose signature says nothing.
    private struct Unproved: Error {
        let cause: HTTPSignatureError
    }

    /// Who signed a request, and when: Unix milliseconds of a whole second.
    private struct Sender {
        let node: Register.Node
        let signed: UInt64
        let hubKey: Curve25519.Signing.PrivateKey
    }

    /// - Parameter note: is told whose signature it is, before anything else is asked of that node.
    private func verified(_ incoming: Incoming, _ note: (RowID) -> Void) throws -> Sender {
        let parameters: SignatureParameters
        var node: Register.Node?
        do {
            parameters = try HTTPSignature.verify(request: incoming.parts) { keyID in
                node = RowID(keyID).flatMap { id in try? replica.store.read { try Register($0).node(id) } }
                return node?.key
            }
        } catch { throw Unproved(cause: error) }
        guard let node else { throw refusal(.signature, "没有这个节点。", "There is no such node.") }
        note(node.id)
        try node.mayExchange(hubTime: World.wall)
        let now = Int64(World.wall / 1000)
        let verdict = window.withLock {
            $0.admit(keyID: parameters.keyID, nonce: parameters.nonce, created: parameters.created, now: now)
        }
        switch verdict {
        case .fresh: break
        case .replayed:
            throw refusal(.replayed, "同一请求已收到过，未重复处理。", "The same request came before and was not done again.")
        case .outsideWindow(let time):
            // By the window's time, which never goes back, and not by the clock, which may have.
            throw Refusal(
                .clock, Phrase("请求的时间与中心不符，将按中心时间重发。", "The request's time is off; it is signed anew by the hub's."),
                hubTime: max(World.wall, UInt64(time) * 1000))
        case .beforeStart:
            throw refusal(.clock, "中心刚启动，将稍后重发。", "The hub has just started; this is sent again.", retryAfter: 2_500)
        case .full: throw refusal(.busy, "中心正忙，将稍后自动重试。", "The hub is busy; this is tried again.", retryAfter: 5_000)
        }
        guard let hubKey = hubKey(for: incoming) else {
            throw refusal(.signature, "请求是发给另一个中心的。", "The request is meant for another hub.")
        }
        return Sender(node: node, signed: UInt64(parameters.created) * 1000, hubKey: hubKey)
    }

    /// The key under which the sender knows this hub: a node that was away may not have heard of the present one.
    private func hubKey(for incoming: Incoming) -> Curve25519.Signing.PrivateKey? {
        let named = incoming.headers.last { $0.name.lowercased() == "jilian-hub" }?.value
        return hubKeys.first { $0.fingerprint == named }?.key
    }

    private func check(_ id: ReplicaID, is incoming: Incoming) throws {
        guard incoming.headers.last(where: { $0.name.lowercased() == "jilian-replica" })?.value == id.description else {
            throw refusal(.signature, "请求的副本编号前后不一。", "The request names two replicas.")
        }
    }

    private func readable<Value>(_ body: () throws(WireError) -> Value) throws -> Value {
        do { return try body() } catch {
            throw Refusal(
                error.code == .version ? .version : .malformed, error.phrase, hubTime: World.wall)
        }
    }

    private func refusal(_ code: Refusal.Code, _ zh: String, _ en: String, retryAfter: UInt64? = nil) -> Refusal {
        Refusal(code, Phrase(zh, en), retryAfter: retryAfter, hubTime: World.wall)
    }

    // MARK: Answers

    /// The header fields that sign an answer to a request; none if the request has no signature to bind it to.
    func signature(of answer: Answer, to incoming: Incoming) -> [(name: String, value: String)] {
        let parameters = SignatureParameters(
            created: Int64(World.wall / 1000), nonce: String(UInt64.random(in: .min ... .max), radix: 16), keyID: "hub")
        let parts = HTTPMessageParts.response(
            status: answer.status, headers: [("content-type", answer.type)], body: answer.body)
        let key = hubKey(for: incoming) ?? replica.key
        return (try? HTTPSignature.sign(response: parts, to: incoming.parts, parameters: parameters, key: key)) ?? []
    }
}
