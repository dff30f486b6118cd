import Replica
import ServiceLifecycle
import Store
import Sync
import Wire

/// Notices what another process (the command line) journaled in the hub's file, and tells the listeners; at the stop
/// it ends their streams.
struct HeadWatch: Service {
    let service: HubService

    private static let interval = Duration.milliseconds(200)

    func run() async throws {
        await withGracefulShutdownHandler {
            var version = try? service.replica.store.dataVersion()
            while !Task.isCancelled {
                try? await cancelWhenGracefulShutdown { try await Task.sleep(for: Self.interval) }
                if Task.isShuttingDownGracefully { return }
                let now = try? service.replica.store.dataVersion()
                guard now != version else { continue }
                version = now
                if let rev = try? service.replica.state().cursor.rev { service.heads.post(rev) }
            }
        } onGracefulShutdown: {
            service.heads.close()
        }
    }
}
