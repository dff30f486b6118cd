import Logging
import Replica
import Serving
import ServiceLifecycle
import Sync

/// Drops what everybody has, from time to time, while the hub serves.
struct CollectionJob: Service {
    let replica: OpenReplica
    let logger: Logger
    private let queue = BlockingQueue("hub.collection")

    init(_ replica: OpenReplica, logger: Logger) {
        self.replica = replica
        self.logger = logger
    }

    private static let interval = Duration.seconds(3600)

    func run() async throws {
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            let replica = replica
            do {
                let report = try await queue.run { try replica.collect() }
                logger.info(
                    "collected",
                    metadata: [
                        "floor": "\(report.floor)", "sections": "\(report.sections)",
                        "forgotten": "\(report.forgotten)",
                    ])
            } catch {
                // Nothing was dropped; it is tried again.
                logger.error("collection failed", metadata: ["cause": "\(error)"])
            }
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: Self.interval) }
        }
    }
}
