import Alliance
import Logging
import Replica
import Serving
import ServiceLifecycle
import Store
import Sync
import Synchronization
import Transport
import Wire

/// Keeps a node in step with the hub: woken by the hub's events, by a change here, and by a timer.
final class SyncJob: Service {
    private let replica: OpenReplica
    private let driver: SyncDriver
    private let log: SyncLog
    private let logger: Logger
    private let wakes: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation
    /// The wait after a failure that ends early when the hub is heard again.
    private let pause = Mutex<Task<Void, Never>?>(nil)
    private let queue = BlockingQueue("node.watch")

    /// With nothing else to wake it, a node proves itself this often; the jitter keeps nodes apart.
    static let idle = Duration.seconds(60)
    static let watch = Duration.milliseconds(100)

    init(_ replica: OpenReplica, driver: SyncDriver, log: SyncLog = SyncLog(), logger: Logger) {
        self.replica = replica
        self.driver = driver
        self.log = log
        self.logger = logger
        (wakes, waker) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// There is something to sync.
    func wake() { waker.yield() }

    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.sync() }
            group.addTask { await self.listen() }
            group.addTask { await self.watchFile() }
            group.addTask { await self.tick() }
            try? await gracefulShutdown()
            waker.finish()
            group.cancelAll()
        }
    }

    private func sync() async {
        var backoff = Backoff()
        wake()
        for await _ in wakes {
            let report = await driver.run()
            if Task.isCancelled { return }
            log.add(report)
            switch report.outcome {
            case .proved, .atHead:
                backoff.succeeded()
            case .refused, .alarmed, .unreachable, .failed:
                logger.warning(
                    "sync failed", metadata: ["outcome": "\(report.name)", "cause": "\(report.phrase?.en ?? "")"])
                await wait(
                    backoff.failed(random: .random(in: .min ... .max), atLeast: report.retryAfter), after: report)
                wake()
            }
        }
    }

    private func wait(_ milliseconds: UInt64, after report: SyncReport) async {
        var most = milliseconds
        // The hub can't take what is newer than its program; what others write is still to be fetched. And somebody
        // who has confirmed this node wants to see it.
        if case .refused(let refusal) = report.outcome, refusal.code == .schema || refusal.code == .unconfirmed {
            most = min(most, UInt64(Self.idle.components.seconds) * 1000)
        }
        let sleep = Task { [most] in _ = try? await Task.sleep(for: .milliseconds(most)) }
        if case .unreachable = report.outcome, report.retryAfter == 0 { pause.withLock { $0 = sleep } }
        await withTaskCancellationHandler {
            await sleep.value
        } onCancel: {
            sleep.cancel()
        }
        pause.withLock { $0 = nil }
    }

    /// The hub is there, perhaps again.
    private func heard() {
        wake()
        pause.withLock { $0?.cancel() }
    }

    /// The hub says only that its head has moved.
    private func listen() async {
        var backoff = Backoff()
        while !Task.isCancelled {
            do {
                var parser = ServerSentEvents()
                for try await event in driver.hub.http.stream(try driver.hub.eventsRequest()) {
                    switch event {
                    case .head(let status, _):
                        guard status == 200 else {
                            throw Unreachable(phrase: Phrase("HTTP \(status)", "HTTP \(status)"))
                        }
                        backoff.succeeded()
                        heard()
                    case .chunk(let bytes):
                        let events = try parser.take(bytes)
                        let head = events.filter { $0.event == "head" }.compactMap { UInt64($0.data) }.last
                        if let head, try head > replica.state().cursor.rev { wake() }
                    }
                }
            } catch {
                logger.debug("no events", metadata: ["cause": "\(error)"])
            }
            try? await Task.sleep(for: .milliseconds(backoff.failed(random: .random(in: .min ... .max), atLeast: 500)))
        }
    }

    /// Another process (the command line) may have written to the file.
    private func watchFile() async {
        let store = replica.store
        var version = try? await queue.run { try store.dataVersion() }
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.watch)
            let now = try? await queue.run { try store.dataVersion() }
            if now != version { wake() }
            version = now
        }
    }

    private func tick() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.idle + .milliseconds(Int.random(in: 0...5_000)))
            wake()
        }
    }
}
