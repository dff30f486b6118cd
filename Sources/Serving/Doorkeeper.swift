import NIOCore
import ServiceLifecycle
import Synchronization

/// The service that is stopped first: it lets no connection in from then on.
///
/// The server's own stop can be cut short by its time limit, and NIO ends the process for a connection that was
/// accepted and then dropped unhandled. So all that were accepted are handed over before anything else is stopped.
final class Doorkeeper: Service {
    private let door = Mutex<(any Channel)?>(nil)

    /// For those that are on their way from the listening loop to their own and back, which takes microseconds.
    private static let passage = Duration.milliseconds(20)

    /// Takes the channel that listens.
    func keep(_ channel: any Channel) { door.withLock { $0 = channel } }

    func run() async throws {
        try? await gracefulShutdown()
        guard let channel = door.withLock({ $0 }) else { return }
        // What is already closed lets nobody in either.
        try? await channel.setOption(ChannelOptions.autoRead, value: false).get()
        try? await Task.sleep(for: Self.passage)
    }
}
