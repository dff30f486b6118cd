import Board
import Logging
import Replica
import Serving
import ServiceLifecycle
import Web

/// Writes down what the hub observes of its nodes, while it serves.
struct ObservationJob: Service {
    let latest: LatestBoard
    let log: AttemptLog
    let live: LiveBoard
    let logger: Logger
    private let queue = BlockingQueue("hub.observation")

    init(_ latest: LatestBoard, _ log: AttemptLog, _ live: LiveBoard, logger: Logger) {
        self.latest = latest
        self.live = live
        self.log = log
        self.logger = logger
    }

    private static let interval = Duration.seconds(1)
    /// A look at all nodes every so many intervals, a sample every so many.
    private static let lookEvery = 5
    private static let sampleEvery = 60

    func run() async throws {
        await withGracefulShutdownHandler {
            await observeAll()
        } onGracefulShutdown: {
            live.close()
        }
    }

    private func observeAll() async {
        var round = 0
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            await observe(round)
            round += 1
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: Self.interval) }
        }
        await observe(0)
    }

    private func observe(_ round: Int) async {
        let (latest, log) = (latest, log)
        do {
            try await queue.run {
                let observer = latest.observer
                try observer.file.note(log.drain())
                guard round % Self.lookEvery == 0 else { return }
                latest.keep(try observer.look(serving: true, sampling: round % Self.sampleEvery == 0))
            }
            // Pages fetch the board anew at every look, and not with each exchange.
            if round % Self.lookEvery == 0 { live.changed("board") }
        } catch {
            // The sync goes on; the board shows since when nothing was observed.
            logger.error("observation failed", metadata: ["cause": "\(error)"])
        }
    }
}
