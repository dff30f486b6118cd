import CRDT
import Synchronization

/// Tells everyone who listens that the journal's head has moved. Only the newest matters: a slow listener skips.
final class HeadBoard: Sendable {
    private struct Board {
        var rev: UInt64
        var next = 0
        var isClosed = false
        var listeners: [Int: AsyncStream<UInt64>.Continuation] = [:]
        /// How many streams each node has.
        var counts: [RowID: Int] = [:]
    }

    private let board: Mutex<Board>

    /// Listeners at most.
    static let listenersMax = 2_000
    /// Of one node: it needs one, and more only while lines that broke are not known to be broken.
    static let listenersOfNode = 16

    init(rev: UInt64) { board = Mutex(Board(rev: rev)) }

    var rev: UInt64 { board.withLock { $0.rev } }
    var listenerCount: Int { board.withLock { $0.listeners.count } }

    func post(_ rev: UInt64) {
        let listeners = board.withLock { board -> [AsyncStream<UInt64>.Continuation] in
            guard rev > board.rev else { return [] }
            board.rev = rev
            return Array(board.listeners.values)
        }
        for listener in listeners { listener.yield(rev) }
    }

    /// The head as it is and then as it moves; `nil` if there are too many listeners or the server stops.
    func listen(as node: RowID) -> AsyncStream<UInt64>? {
        board.withLock { board in
            guard !board.isClosed, board.listeners.count < Self.listenersMax,
                board.counts[node, default: 0] < Self.listenersOfNode
            else { return nil }
            board.counts[node, default: 0] += 1
            let id = board.next
            board.next += 1
            let (stream, continuation) = AsyncStream.makeStream(of: UInt64.self, bufferingPolicy: .bufferingNewest(1))
            continuation.onTermination = { [weak self] _ in
                self?.board.withLock { board in
                    board.listeners[id] = nil
                    board.counts[node] = board.counts[node].flatMap { $0 > 1 ? $0 - 1 : nil }
                }
            }
            continuation.yield(board.rev)
            board.listeners[id] = continuation
            return stream
        }
    }

    /// Ends every stream and lets no new one begin, so that the server can stop.
    func close() {
        let listeners = board.withLock { board in
            board.isClosed = true
            defer { board.listeners = [:] }
            return Array(board.listeners.values)
        }
        for listener in listeners { listener.finish() }
    }
}
