import Board
import CRDT
import Replica
import Synchronization

/// The board as it was last looked at, for all who want it within a few seconds.
///
/// The server looks at all nodes every five seconds anyway: a page draws what that look saw, however many people have one
/// open.
final class LatestBoard: Sendable {
    /// A look, with what every page asks of it.
    struct Look: Sendable {
        let board: HubBoard
        /// Nodes by id: whose they are and what they are called.
        let names: [RowID: String]
        let open: [Alert]
        /// Nodes about which an open alert wants somebody.
        let needing: Set<RowID>

        init(_ board: HubBoard) {
            self.board = board
            names = Dictionary(uniqueKeysWithValues: board.nodes.map { ($0.facts.id, $0.facts.title) })
            open = board.open
            needing = board.needing
        }
    }

    /// What a ring of samples drew when it was last read.
    private struct Drawn {
        let slot: UInt64
        let lags: [RowID: [UInt64?]]
    }

    private struct Kept {
        var look: Look?
        var drawn: [Tier: Drawn] = [:]
    }

    let observer: Observer
    private let clock: @Sendable () -> UInt64
    private let kept = Mutex(Kept())

    /// A look is good for so long, milliseconds: a little longer than the server's own next one takes to come.
    static let ageMax: UInt64 = 7_000
    /// Samples are taken once a minute.
    private static let sampleWidth: UInt64 = 60_000

    init(_ observer: Observer, clock: @escaping @Sendable () -> UInt64 = { World.wall }) {
        self.observer = observer
        self.clock = clock
    }

    /// The last look; a new one where that is old, or was forgotten.
    func look() throws -> Look {
        let now = clock()
        if let look = kept.withLock({ $0.look }), look.board.now <= now, now - look.board.now <= Self.ageMax {
            return look
        }
        return keep(try observer.look(at: now))
    }

    /// What the server itself has just seen.
    @discardableResult
    func keep(_ board: HubBoard) -> Look {
        let look = Look(board)
        kept.withLock { $0.look = look }
        return look
    }

    /// Somebody did something that the last look does not show.
    func forget() { kept.withLock { $0.look = nil } }

    /// The lags of all nodes over time, as narrow lines show them.
    func lags(_ tier: Tier) throws -> [RowID: [UInt64?]] {
        let now = clock()
        let slot = now / Self.sampleWidth
        if let drawn = kept.withLock({ $0.drawn[tier] }), drawn.slot == slot { return drawn.lags }
        let lags = try observer.file.lags(tier, to: now)
        kept.withLock { $0.drawn[tier] = Drawn(slot: slot, lags: lags) }
        return lags
    }
}
