import Accounts
import Alliance
import Hummingbird
public import Logging
public import Replica
public import Serving
import ServiceLifecycle
import Sync
import Web

/// A school's node as a process: the sync in the background, the school's console, and a JSON API for programs.
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
    /// - Parameter ready: is told the address once the server listens, and the path of the link by which the first
    ///   account is made while there is none.
    public func run(ready: @escaping @Sendable (_ address: String, _ firstLink: String?) -> Void) async throws {
        let accounts = try AccountFile(replica.folder, roles: Role.school)
        let (board, log) = (LiveBoard(), SyncLog())
        let driver = SyncDriver(replica, caFile: caFile)
        let job = SyncJob(replica, driver: driver, log: log, logger: logger)
        let pages = NodeConsole(
            replica: replica, driver: driver, accounts: accounts, board: board, log: log, wake: { job.wake() })
        let console = try pages.console(options)
        let router = Router.answeringErrors(logger)
        router.add(
            middleware: NodeGate(
                token: try APIToken(newIn: replica.folder), accounts: accounts, isLoopback: options.isLoopback,
                console: console))
        NodeAPI(replica: replica, driver: driver, wake: { job.wake() }).route(router)
        console.route(router)
        let link = try accounts.firstLink().map { "/link/\($0.text)" }
        try await Server(options, logger: logger).run(
            router, jobs: [job, StandingWatch(replica, board: board)], ready: { ready($0, link) })
    }
}
