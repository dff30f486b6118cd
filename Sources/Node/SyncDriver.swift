public import Alliance
public import Replica
import Serving
import Store
public import Sync
import Transport
public import Wire

/// What a run of the sync came to.
public struct SyncReport: Sendable {
    public enum Outcome: Sendable {
        /// Node and hub have proved to each other that they hold the same.
        case proved
        case atHead
        case refused(Refusal)
        case alarmed(Alarm)
        case unreachable(Phrase)
        /// This machine could not do its part: its disk is full, its file is held by another program.
        case failed(Phrase)
    }

    public let outcome: Outcome
    public let rev: UInt64
    public let progress: NodeSession.Progress
    /// Milliseconds that the hub asked to wait.
    public let retryAfter: UInt64

    var isUnreachable: Bool { if case .unreachable = outcome { true } else { false } }

    public var name: String {
        switch outcome {
        case .proved: "proved"
        case .atHead: "at-head"
        case .refused: "refused"
        case .alarmed: "alarmed"
        case .unreachable: "unreachable"
        case .failed: "failed"
        }
    }

    /// For a person; `nil` where all is well.
    public var phrase: Phrase? {
        switch outcome {
        case .proved, .atHead: nil
        case .refused(let refusal): refusal.phrase
        case .alarmed(let alarm): alarm.kind.phrase
        case .unreachable(let phrase), .failed(let phrase): phrase
        }
    }

    public var json: JSON {
        [
            "outcome": .string(name), "rev": JSON(rev), "exchanges": JSON(progress.exchanges),
            "sent": JSON(progress.sent),
            "received": JSON(progress.received),
            "failure": phrase.map { ["zh": .string($0.zh), "en": .string($0.en)] } ?? .null,
        ]
    }
}

/// Runs sessions: does the effects that `NodeSession` asks for, over HTTP and the replica's file. One at a time, also
/// beside other processes that have the same folder open.
public actor SyncDriver {
    private let replica: OpenReplica
    private let client: HubClient
    private let configuration: HTTPClient.Configuration
    private let queue = BlockingQueue("node.sync")

    public init(_ replica: OpenReplica, caFile: String? = nil) {
        var configuration = HTTPClient.Configuration()
        configuration.caFile = caFile
        // No line that can carry a sync is as slow as this; a peer that drips would hold the sync up for hours.
        configuration.stall = .init(bytesPerSecond: 64, seconds: 30)
        // The hub's stream of events beats every 15 seconds; a line that is silent for longer is dead.
        configuration.streamStall = .init(bytesPerSecond: 1, seconds: 45)
        self.init(replica, configuration: configuration)
    }

    private init(_ replica: OpenReplica, configuration: HTTPClient.Configuration) {
        self.replica = replica
        self.configuration = configuration
        client = HubClient(replica: replica, http: HTTPClient(configuration: configuration))
    }

    /// The client, for the stream of events.
    nonisolated var hub: HubClient { client }

    /// Exchanges until node and hub hold the same, or nothing more can be done now.
    /// - Parameter repairs: compares every row with the hub's and mends what differs, whatever the digests say.
    public func run(
        repairs: Bool = false, progress: @Sendable (NodeSession.Progress) -> Void = { _ in }
    ) async -> SyncReport {
        var session = NodeSession(program: OpenReplica.program, key: replica.key, repairs: repairs)
        var restarts = 0
        var failingSince: UInt64 = 0
        do {
            let turn = try await SyncTurn.wait(in: replica.folder)
            defer { withExtendedLifetime(turn) {} }
            failingSince = try replica.store.read { $0.status.failingSince }
            var effect = try await step(&session) { try $0.begin(in: $1, $2) }
            while true {
                progress(session.progress)
                switch effect {
                case .exchange(let body):
                    let answer = try await client.call("POST", "/sync/v1/exchange", body: body)
                    effect = try await step(&session) {
                        try $0.answered(status: answer.status, body: answer.body, in: $1, $2)
                    }
                case .manifest:
                    let answer = try await client.call("GET", "/sync/v1/snapshot")
                    effect = try await step(&session) {
                        try $0.manifest(status: answer.status, body: answer.body, in: $1, $2)
                    }
                case .part(let index):
                    let rev = try replica.store.read { try $0.snapshot()?.position.rev ?? 0 }
                    let answer = try await client.call("GET", "/sync/v1/snapshot/\(rev)/\(index)")
                    effect = try await step(&session) {
                        try $0.part(index, status: answer.status, body: answer.body, in: $1, $2)
                    }
                case .repair(let body):
                    let answer = try await client.call("POST", "/sync/v1/repair", body: body)
                    effect = try await step(&session) {
                        try $0.repaired(status: answer.status, body: answer.body, in: $1, $2)
                    }
                case .pause(let milliseconds):
                    try await Task.sleep(for: .milliseconds(milliseconds))
                    effect = try await step(&session) { try $0.begin(in: $1, $2) }
                case .finished(.refused(let refusal)) where Self.isPassing(refusal.code) && restarts < Self.restartsMax:
                    restarts += 1
                    effect = try await step(&session) { try $0.begin(in: $1, $2) }
                case .finished(.proved), .finished(.atHead):
                    // What was taken beside a request that came back declined is given up, and told at once.
                    if restarts < Self.restartsMax, try await queue.run({ [replica] in try replica.tidyLedger() }) > 0 {
                        restarts += 1
                        effect = try await step(&session) { try $0.begin(in: $1, $2) }
                        continue
                    }
                    guard case .finished(let outcome) = effect else { continue }
                    return try await report(outcome, session, failingSince)
                case .finished(let outcome):
                    return try await report(outcome, session, failingSince)
                }
            }
        } catch {
            return await failed(error, session, failingSince)
        }
    }

    /// Gives the node a new key: everything before it is sent first, so that only the change of keys is on its way while
    /// the hub knows the old one. The replica has to be opened anew to go on under the new key.
    /// - Throws: `CommandError` if the hub can't be reached; nothing was changed then.
    public func rotateKey() async throws -> SyncReport {
        let before = await run()
        if let phrase = before.phrase {
            throw CommandError(
                before.isUnreachable ? .unreachable : .refused, "not-synced",
                Phrase("更换密钥前须先与中心同步：\(phrase.zh)", "Sync with the hub before the key is changed: \(phrase.en)"))
        }
        try await changeKey()
        return await SyncDriver(try OpenReplica.open(replica.folder), configuration: configuration).run()
    }

    private func changeKey() async throws {
        let turn = try await SyncTurn.wait(in: replica.folder)
        defer { withExtendedLifetime(turn) {} }
        let replica = replica
        try await queue.run { try replica.rotateKey() }
    }

    /// How many times one run begins anew.
    private static let restartsMax = 3

    /// Whether beginning anew at once is all that it takes: the snapshot that was being fetched has been replaced, or
    /// curl sent a request twice because the connection broke before its answer.
    private static func isPassing(_ code: Refusal.Code) -> Bool { code == .notFound || code == .replayed }

    private typealias Step =
        @Sendable (inout NodeSession, any ReplicaTransaction, Surroundings) throws -> NodeSession.Effect

    /// One event in one transaction. What must not be taken rolls it back and is remembered in another.
    private func step(_ session: inout NodeSession, _ body: @escaping Step) async throws -> NodeSession.Effect {
        let before = session
        let replica = replica
        let (after, effect) = try await queue.run { () -> (NodeSession, NodeSession.Effect) in
            var session = before
            let surroundings = World.surroundings
            do {
                let effect = try replica.store.write { try body(&session, $0, surroundings) }
                return (session, effect)
            } catch let error where error is JournalFault || error is WireError {
                let effect = try replica.store.write { try session.faulted("\(error)", in: $0, surroundings) }
                return (session, effect)
            }
        }
        session = after
        return effect
    }

    private func report(
        _ outcome: NodeSession.Outcome, _ session: NodeSession, _ failingSince: UInt64
    ) async throws -> SyncReport {
        let rev = try replica.state().cursor.rev
        switch outcome {
        case .proved:
            // What was proved was signed by the present key.
            try? replica.forgetFormerKeys()
            return SyncReport(outcome: .proved, rev: rev, progress: session.progress, retryAfter: 0)
        case .atHead: return SyncReport(outcome: .atHead, rev: rev, progress: session.progress, retryAfter: 0)
        case .refused(let refusal):
            try await remember(refusal.phrase, failingSince)
            return SyncReport(
                outcome: .refused(refusal), rev: rev, progress: session.progress, retryAfter: refusal.retryAfter ?? 0)
        case .alarmed(let alarm):
            try await remember(alarm.kind.phrase, failingSince)
            return SyncReport(outcome: .alarmed(alarm), rev: rev, progress: session.progress, retryAfter: 0)
        }
    }

    private func failed(_ error: any Error, _ session: NodeSession, _ failingSince: UInt64) async -> SyncReport {
        let unreachable = error as? Unreachable
        let phrase = unreachable?.phrase ?? CommandError(error).phrase
        // A program that is told to stop has not failed.
        if !Task.isCancelled { try? await remember(phrase, failingSince) }
        return SyncReport(
            outcome: unreachable == nil ? .failed(phrase) : .unreachable(phrase),
            rev: (try? replica.state().cursor.rev) ?? 0, progress: session.progress,
            retryAfter: unreachable?.retryAfter ?? 0)
    }

    /// Notes since when it fails and why, for whoever looks.
    ///
    /// - Parameter before: since when it failed before this run; an answer that could only be used in part has cleared
    ///   that meanwhile.
    private func remember(_ phrase: Phrase, _ before: UInt64) async throws {
        let replica = replica
        try await queue.run {
            try replica.store.write(durable: false) { transaction in
                if transaction.status.failingSince == 0 {
                    transaction.status.failingSince = before > 0 ? before : World.wall
                }
                transaction.status.failureZh = phrase.zh
                transaction.status.failureEn = phrase.en
            }
        }
    }
}
