import Alliance
import CRDT
public import Replica
import Store
import Sync

/// How long a row needs from its commit at one node to its merge at another, both served by processes of their own.
public enum Latency {
    /// - Returns: milliseconds, ascending.
    public static func measure(from author: OpenReplica, to reader: OpenReplica, rounds: Int) async throws -> [Double] {
        let clock = ContinuousClock()
        let table = try author.table("base")
        var times: [Double] = []
        for round in 0..<rounds {
            // Past the node's back-off and the hub's burst, at any phase of their timers.
            try await Task.sleep(for: .milliseconds(Int.random(in: 200...500)))
            let start = clock.now
            let key = try author.add(try author.values(["name=基准 \(round)"], in: table), to: table)
            while try reader.store.read({ try $0.row(key) }) == nil {
                guard clock.now - start < .seconds(30) else {
                    throw CommandError(
                        .refused, "latency", Phrase("三十秒内没有到达。", "The row did not arrive within thirty seconds."))
                }
                try await Task.sleep(for: .milliseconds(1))
            }
            times.append((clock.now - start).seconds * 1000)
        }
        return times.sorted()
    }
}
