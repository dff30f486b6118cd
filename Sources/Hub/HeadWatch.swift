import Replica
import Serving
import ServiceLifecycle
import Store
import Sync
import Wire

/// Notices what another process (the command line) journaled in the hub's file, and tells the listeners; at the stop
/// it ends their streams.
struct HeadWatch: Service {
    let service: HubService
    /// The version is read on the writer's connection, which waits for a transaction that is under way.
    private let queue = BlockingQueue("hub.watch")

    init(service: HubService) { self.service = service }

    private static let interval = Duration.milliseconds(200)

    func run() async throws {
        await withGracefulShutdownHandler {
            var version: Int?
            while !Task.isCancelled, !Task.isShuttingDownGracefully {
                version = await look(version)
                try? await cancelWhenGracefulShutdown { try await Task.sleep(for: Self.interval) }
            }
        } onGracefulShutdown: {
            service.heads.close()
        }
    }

    /// Posts the head if the file has another version, and returns that.
    private func look(_ version: Int?) async -> Int? {
        let replica = service.replica
        let found = try? await queue.run { () -> (version: Int, rev: UInt64?) in
            let now = try replica.store.dataVersion()
            return (now, now == version ? nil : try replica.state().cursor.rev)
        }
        guard let found else { return version }
        if let rev = found.rev { service.heads.post(rev) }
        return found.version
    }
}
