import NIOCore
import ServiceLifecycle
import Synchronization

/// The service that is stopped first: it lets no connection in from then on.
///
/// The server's own stop can be cut short by its time limit, and NIO ends the process for a connection that was
/// accepted and then dropped unhandled. So all that were accepted are handed over before anything else is stopped, and
/// only then does the time limit begin: on a busy machine, handing over may take longer than that.
final class Doorkeeper: Service {
    private let door = Mutex<(any Channel)?>(nil)
    private let shut = AsyncStream<Never>.makeStream()

    /// For those that are on their way from the listening loop to their own and back, which takes microseconds.
    private static let passage = Duration.milliseconds(20)
    /// How often that is waited for: after each time, whoever was ready before has had its turn.
    private static let passages = 3

    /// Takes the channel that listens.
    func keep(_ channel: any Channel) { door.withLock { $0 = channel } }

    func run() async throws {
        try? await gracefulShutdown()
        defer { shut.continuation.finish() }
        guard let channel = door.withLock({ $0 }) else { return }
        // What is already closed lets nobody in either.
        try? await channel.setOption(ChannelOptions.autoRead, value: false).get()
        for _ in 0..<Self.passages { try? await Task.sleep(for: Self.passage) }
    }

    /// Waits until nobody comes in any more and all who came are handed over, or until the task is cancelled.
    func waitUntilShut() async { for await _ in shut.stream {} }
}
