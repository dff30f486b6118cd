import Alliance
import Hummingbird
public import Logging
public import Replica
public import Serving
import ServiceLifecycle
import Sync

/// A school's node as a process: the sync in the background, and a JSON API for this machine.
public struct NodeServer: Sendable {
    private let replica: OpenReplica
    private let options: ServingOptions
    private let logger: Logger
    private let caFile: String?

    public init(_ replica: OpenReplica, options: ServingOptions, caFile: String?, logger: Logger) throws {
        try replica.require(.node)
        self.replica = replica
        self.options = options
        self.caFile = caFile
        self.logger = logger
    }

    /// Serves until the process is told to stop.
    public func run(ready: @escaping @Sendable (String) -> Void) async throws {
        let driver = SyncDriver(replica, caFile: caFile)
        let job = SyncJob(replica, driver: driver, logger: logger)
        let router = Router.answeringErrors(logger)
        router.add(middleware: LocalOnly(token: try APIToken(newIn: replica.folder)))
        NodeAPI(replica: replica, driver: driver, wake: { job.wake() }).route(router)
        try await Server(options, logger: logger).run(router, jobs: [job], ready: ready)
    }
}
