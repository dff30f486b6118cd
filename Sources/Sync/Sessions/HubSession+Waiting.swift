import Alliance
import CRDT
import Wire

/// What members' nodes returned to a hub that went back, and could not be journaled yet.
extension HubSession {
    /// Whether something that a segment's author had seen is still to come back whole: judged without it, an edit of a
    /// row that is not here would be struck out. When the operator closes the recovery, nothing is waited for, nor ever
    /// for what a node wrote that is revoked by now.
    func standsOnWaiting(_ header: SegmentHeader) throws -> Bool {
        guard header.seen.epoch != transaction.state.cursor.epoch, try transaction.epochs().last?.closed == nil else {
            return false
        }
        let register = Register(transaction)
        return try transaction.waitingReplicas(epoch: header.seen.epoch.number, upTo: header.seen.rev).contains {
            try register.node(of: $0)?.revoked == nil
        }
    }

    /// Journals the waiting segments that are whole, next in their chain, and stand on nothing that waits, in the order
    /// that they had.
    func placeWaiting() throws {
        var moved = true
        while moved {
            moved = false
            for waiting in try transaction.waitingOrphans() where waiting.isWhole {
                let register = Register(transaction)
                let (replica, seq) = (waiting.header.replica, waiting.header.seq)
                guard try seq == (transaction.replicaHead(replica)?.head.seq ?? 0) + 1,
                    let node = try register.node(of: replica), node.revoked == nil, node.isConfirmed,
                    let segment = try transaction.segment(replica, seq)
                else { continue }
                if try takeIn(segment, of: node, as: replica) == nil { moved = true }
            }
        }
    }

    /// The first time of the segment that follows one in its chain, at a hub that went back: it came with it, or waits.
    ///
    /// Times of a replica increase but where it wrote anew what had been struck out for its clock. So what is not smaller
    /// than this was struck out before, and stays so: accepted now that its time has come, it would have all that was
    /// written since struck out.
    func firstTime(behind segment: Segment, _ next: SegmentHeader?) throws -> HybridTime? {
        guard transaction.state.cursor.epoch.number > 1 else { return nil }
        let header = segment.header
        let next = try next ?? transaction.segment(header.replica, header.seq + 1)?.header
        return next.flatMap { $0.previous == segment.hash ? $0.times.lowerBound : nil }
    }
}

/// How much of one replica may wait to be journaled again.
struct WaitingRoom {
    private var count: Int
    private var size: Int

    init(_ taken: (count: Int, size: Int)) { (count, size) = taken }

    /// Whether there is room for a segment; then it is taken.
    mutating func admits(_ segment: Segment) -> Bool {
        guard count < Limits.waitingSegments, size + segment.size <= Limits.waitingSize else { return false }
        count += 1
        size += segment.size
        return true
    }
}
