import Replica
import Serving
import ServiceLifecycle
import Web

/// Tells the pages that are open when how this node stands has changed, whoever changed it.
final class StandingWatch: Service {
    private let replica: OpenReplica
    private let board: LiveBoard
    private let queue = BlockingQueue("node.standing")
    private static let interval = Duration.seconds(1)

    init(_ replica: OpenReplica, board: LiveBoard) {
        self.replica = replica
        self.board = board
    }

    func run() async throws {
        let watching = Task { await self.watch() }
        try? await gracefulShutdown()
        watching.cancel()
        board.close()
    }

    private func watch() async {
        var mark = ""
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.interval)
            // What this process writes itself does not move SQLite's number of changes, so the standing is read.
            let replica = replica
            guard board.listenerCount > 0, let next = try? await queue.run({ try Standing(replica).mark }), next != mark
            else { continue }
            mark = next
            board.changed("state")
        }
    }
}
