import Alliance
import CRDT
import Crypto
import Store
import Sync
import Wire

/// A session of a node, and the message that it waits for.
struct Session {
    var state: NodeSession
    /// The number of the call that is under way.
    var call: Int
    var content = Request.Call.manifest
    /// The stream of its line: what it draws depends on the session alone.
    var random: Seeded
    var restarts = 0
    var steps = 0
}

/// What came of an event of a session, and what the node's file says behind it.
struct Stepped {
    let effect: NodeSession.Effect
    let state: ReplicaState
    /// The times of the transactions in the outbox.
    let outbox: [HybridTime]
}

/// What the shell around `NodeSession` does: it carries bytes, waits, gives up, and tries again.
extension World {
    /// How long a node waits for an answer, milliseconds.
    private static let patience: UInt64 = 35_000
    private static let restartsMax = 3
    private static let stepsMax = 400

    func begin(_ index: Int) throws {
        guard let node = nodes[index], node.isUp, node.session == nil, !node.isLost else { return }
        calls += 1
        node.session = Session(
            state: NodeSession(program: "simulation", key: node.key), call: calls, random: Seeded(draw.next()))
        tally.note("sessions")
        try step(node) { try $0.begin(in: $1, $2) }
    }

    /// One event in one transaction; what must not be taken rolls it back and is remembered in another.
    private func step(
        _ node: Node, isSpoilt: Bool = false,
        _ body: (inout NodeSession, SQLiteTransaction, Surroundings) throws -> NodeSession.Effect
    ) throws {
        guard let store = node.store, var session = node.session else { return }
        session.steps += 1
        try expect(session.steps < Self.stepsMax, "I15", "\(node.name): a session that does not end")
        let surroundings = node.surroundings(now)
        let before = session.state
        /// What the node's file says behind the event.
        func run(_ transaction: SQLiteTransaction, _ body: () throws -> NodeSession.Effect) throws -> Stepped {
            let effect = try body()
            return Stepped(
                effect: effect, state: transaction.state, outbox: try transaction.pendingEntries().map(\.time))
        }
        do {
            let stepped: Stepped
            do {
                stepped = try store.write { transaction in
                    try run(transaction) { try body(&session.state, transaction, surroundings) }
                }
            } catch let error where error is JournalFault || error is WireError {
                session.state = before
                tally.note("pages refused")
                tell(node, "拒收中心的回答 does not take the answer: \(error)")
                try expect(isSpoilt, "I15", "\(node.name) refuses an honest hub's page: \(error)")
                stepped = try store.write { transaction in
                    try run(transaction) { try session.state.faulted("\(error)", in: transaction, surroundings) }
                }
            }
            node.session = session
            try judge.stepped(node, stepped)
            try self.run(stepped, of: node)
        } catch let error as StoreError {
            node.session = nil
            tell(node, "同步中断 the session fails: \(error.code.rawValue)")
            try broken(node, by: error)
        }
    }

    private func run(_ stepped: Stepped, of node: Node) throws {
        guard var session = node.session else { return }
        switch (session.content, stepped.effect) {
        case (.repair, _), (_, .repair): try judge.mended(node)
        default: break
        }
        switch stepped.effect {
        case .exchange(let body): try send(.exchange(body), of: node, stepped.state)
        case .manifest: try send(.manifest, of: node, stepped.state)
        case .part(let index):
            let rev = try node.store?.read { try $0.snapshot()?.position.rev } ?? 0
            tally.note("snapshot parts")
            try send(.part(index: index, rev: rev), of: node, stepped.state)
        case .repair(let body):
            // But for what a hub that went back judged otherwise, a repair would hide what is looked for here.
            try expect(!judge.former.isEmpty, "I1", "\(node.name) and the hub hold different rows at one rev")
            tally.note("repair requests")
            tell(node, "修复 repairs")
            try send(.repair(body), of: node, stepped.state)
        case .pause(let milliseconds):
            queue.add(.resume(node: node.index, call: session.call), at: now + milliseconds)
        case .finished(.refused(let refusal))
        where (refusal.code == .notFound || refusal.code == .replayed) && session.restarts < Self.restartsMax:
            session.restarts += 1
            node.session = session
            try step(node) { try $0.begin(in: $1, $2) }
        case .finished(let outcome): try finish(node, outcome)
        }
    }

    private func finish(_ node: Node, _ outcome: NodeSession.Outcome) throws {
        node.session = nil
        node.lastOutcome = outcome
        switch outcome {
        case .proved(let rev):
            tally.note("proved")
            node.backoff.succeeded()
            node.formerKeys = Array(node.formerKeys.suffix(1))
            tell(node, "已证实 proved at rev \(rev)")
            try judge.proved(node, rev: rev, hub: hub)
        case .atHead: node.backoff.succeeded()
        case .refused(let refusal):
            tally.note("refused: \(refusal.code.rawValue)")
            tell(node, "中心拒绝 the hub refuses: \(refusal.code.rawValue) \(refusal.phrase.en)")
            if refusal.code == .fork { askOperator() }
            if refusal.code == .unwell || refusal.code == .busy { tryAgain(node, atLeast: refusal.retryAfter ?? 0) }
        case .alarmed(let alarm):
            tally.note("alarm: \(alarm.kind)")
            tell(node, "告警 alarm: \(alarm.kind) \(alarm.detail)")
            if alarm.kind == .belowFloor { try allowStartAnew(node) }
        }
        try judge.ended(node, outcome)
    }

    /// Attempts after which a node waits for its next planned exchange.
    private static let failuresMax: UInt64 = 3

    private func tryAgain(_ node: Node, atLeast: UInt64) {
        guard node.backoff.failures < Self.failuresMax else { return node.backoff.succeeded() }
        queue.add(.retry(node: node.index), at: now + node.backoff.failed(random: draw.next(), atLeast: atLeast))
    }

    // MARK: Messages

    private func send(_ content: Request.Call, of node: Node, _ state: ReplicaState) throws {
        guard var session = node.session else { return }
        calls += 1
        session.call = calls
        session.content = content
        var content = content
        if node.tamper == .segment, case .exchange(let body) = content, let spoilt = try Tampering.segment(body) {
            content = .exchange(spoilt)
            node.tamper = nil
            tally.note("tampered: segment")
            tell(node, "一段改动在途中损坏 a segment is damaged on its way")
        }
        let corrected = Int64(clamping: node.wall(now)) + state.hubOffset
        let keys = ([node.key] + node.formerKeys).map { [UInt8]($0.publicKey.rawRepresentation) }
        func request(isUnseen: Bool) -> Request {
            Request(
                node: node.index, replica: state.replica, call: calls, content: content,
                signed: max(0, corrected / 1000),
                nonce: "\(calls)", keys: keys, hubKey: state.hubKey, isUnseen: isUnseen)
        }
        tally.note("requests")
        let line = node.line
        queue.add(
            .timeout(node: node.index, call: calls), at: now + Self.patience + UInt64(session.random.below(5_000)))
        if !line.up || session.random.chance(line.loss) {
            tally.note(line.up ? "request lost" : "request cut")
            tell(node, "请求丢失 its request is lost")
        } else {
            let delay = delay(line, &session.random)
            if delay > Self.patience { tally.note("request late") }
            queue.add(.request(request(isUnseen: false)), at: now + delay)
            if session.random.chance(line.repeats) {
                tally.note("request repeated")
                // Right behind the first, by a way that forgets nonces; or later, by the same.
                let isSoon = session.random.chance(50)
                let later = isSoon ? 0 : self.delay(line, &session.random) * 3
                queue.add(.request(request(isUnseen: isSoon)), at: now + delay + later)
            }
        }
        node.session = session
    }

    private func delay(_ line: Line, _ random: inout Seeded) -> UInt64 {
        if random.chance(line.delays) { return UInt64(random.number(5_000...90_000)) }
        return plan.tick > 1 ? 0 : UInt64(5 + random.below(2 * line.latency))
    }

    func arrive(_ request: Request) throws {
        guard let node = nodes[request.node], hub.isUp else { return tally.note("hub away") }
        let answer = hub.answer(request, from: node, now: now)
        if hub.disk.isDown { try fell(hub) } else { try judge.read(hub, now: now) }
        guard var answer else { return }
        noteTrace(UInt64(answer.status), UInt64(answer.body.count))
        var spoilt: Tamper?
        if answer.status == 200, case .exchange = request.content {
            tally.note("exchanges")
            try judge.answered(node, request, answer: answer.body)
            if let tamper = node.tamper,
                let other = try Tampering.answer(answer.body, tamper, reader: node.member, isOwn: node.replica)
            {
                answer.body = other
                spoilt = tamper
            }
        }
        guard var session = node.session, session.call == request.call else { return tally.note("answer too late") }
        if !node.line.down || session.random.chance(node.line.loss) {
            tally.note(node.line.down ? "answer lost" : "answer cut")
            tell(node, "回答丢失 the answer is lost")
        } else {
            let delay = delay(node.line, &session.random)
            queue.add(
                .answer(node: node.index, call: request.call, status: answer.status, body: answer.body, spoilt: spoilt),
                at: now + delay)
        }
        node.session = session
    }

    func answered(_ index: Int, call: Int, status: Int, body: [UInt8], spoilt: Tamper?) throws {
        guard let node = nodes[index], let session = node.session, session.call == call else {
            return tally.note("answer too late")
        }
        if let spoilt {
            node.tamper = nil
            tally.note("tampered: \(spoilt.rawValue)")
            tell(node, "中心的回答被篡改 the answer is tampered with: \(spoilt.rawValue)")
        }
        let cursor = try node.store?.read { $0.state.cursor.rev } ?? 0
        try step(node, isSpoilt: spoilt != nil) { state, transaction, surroundings in
            switch session.content {
            case .exchange:
                return try state.answered(status: status, body: body, in: transaction, surroundings)
            case .repair:
                return try state.repaired(status: status, body: body, in: transaction, surroundings)
            case .manifest: return try state.manifest(status: status, body: body, in: transaction, surroundings)
            case .part(let index, _):
                return try state.part(index, status: status, body: body, in: transaction, surroundings)
            }
        }
        guard let spoilt, let store = node.store else { return }
        let after = try store.read { $0.state.cursor.rev }
        try expect(
            after == cursor && node.session == nil, "I14", "\(node.name) took a page that was tampered with: \(spoilt)")
    }

    func timedOut(_ index: Int, call: Int) {
        guard let node = nodes[index], let session = node.session, session.call == call else { return }
        node.session = nil
        tally.note("timeouts")
        tryAgain(node, atLeast: 0)
    }

    func resumed(_ index: Int, call: Int) throws {
        guard let node = nodes[index], node.session?.call == call else { return }
        try step(node) { try $0.begin(in: $1, $2) }
    }
}
