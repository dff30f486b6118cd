import Alliance
import Replica
import Sync
import Synchronization

/// What the syncs of this process came to, the newest last.
final class SyncLog: Sendable {
    struct Line: Sendable {
        /// Unix milliseconds.
        let time: UInt64
        let isGood: Bool
        let sent: Int
        let received: Int
        /// Why it did not succeed.
        let failure: Phrase?
    }

    private let lines = Mutex<[Line]>([])
    private static let most = 50

    var newest: [Line] { lines.withLock { $0.reversed() } }

    func add(_ report: SyncReport) {
        let line = Line(
            time: World.wall, isGood: report.phrase == nil, sent: report.progress.sent,
            received: report.progress.received,
            failure: report.phrase)
        lines.withLock { lines in
            // What only proved once more that nothing has changed says nothing new.
            if let last = lines.last, last.isGood, line.isGood, line.sent + line.received == 0 { lines.removeLast() }
            // The same failure again and again is one line, with the time when it began.
            if let last = lines.last, !last.isGood, last.failure == line.failure { return }
            lines.append(line)
            if lines.count > Self.most { lines.removeFirst() }
        }
    }
}
