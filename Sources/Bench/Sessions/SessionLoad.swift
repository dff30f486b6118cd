import Glibc
import Replica
import Transport
import Wire

/// Sessions of many nodes against a hub that runs as a process of its own.
public struct SessionLoad: Sendable {
    /// What a number of exchanges came to.
    public struct Figures: Sendable {
        public let exchanges: Int
        /// From the first request to the last answer.
        public let seconds: Double
        /// The longest that one node waited from its first attempt to its answer.
        public let longestSeconds: Double
        /// Of one exchange, the busy answers before it included.
        public let medianMilliseconds: Double
        /// Of the hub's process, for one exchange.
        public let hubMilliseconds: Double
        /// How often the hub asked to come back later.
        public let busy: Int
    }

    private let address: String
    private let hubProcess: Int32

    public init(address: String, hubProcess: Int32) {
        self.address = address
        self.hubProcess = hubProcess
    }

    /// Every node exchanges so many times, all nodes at once.
    public func run(_ alliance: inout SessionAlliance, sessions: Int, exchanges: Int) async throws -> Figures {
        var configuration = HTTPClient.Configuration()
        configuration.connectionCountLimit = sessions
        let client = HTTPClient(configuration: configuration)
        defer { client.close() }
        let nodes = alliance.take(sessions)
        let (clock, cpu) = (ContinuousClock(), hubCPU())
        let start = clock.now
        let waits = try await withThrowingTaskGroup(of: [(Duration, Int)].self) { group in
            for node in nodes {
                group.addTask {
                    var node = node
                    var waits: [(Duration, Int)] = []
                    for _ in 0..<exchanges { waits.append(try await exchange(&node, client)) }
                    return waits
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        let took = clock.now - start
        let times = waits.map(\.0).sorted()
        return Figures(
            exchanges: waits.count, seconds: took.seconds, longestSeconds: times.last?.seconds ?? 0,
            medianMilliseconds: (times.isEmpty ? 0 : times[times.count / 2].seconds) * 1000,
            hubMilliseconds: (hubCPU() - cpu) / Double(max(1, waits.count)), busy: waits.reduce(0) { $0 + $1.1 })
    }

    /// One exchange: as often as the hub asks to come back.
    /// - Returns: how long it took, and how often it was busy.
    private func exchange(_ node: inout SessionNode, _ client: HTTPClient) async throws -> (Duration, Int) {
        let clock = ContinuousClock()
        let start = clock.now
        let (body, next) = node.request()
        var busy = 0
        while true {
            let response = try await client.send(
                HTTPRequest(
                    method: "POST", url: address + "/sync/v1/exchange", headers: try node.headers(body), body: body))
            switch response.status {
            case 200:
                node.token = next
                return (clock.now - start, busy)
            case 503:
                busy += 1
                let wait = response.header("retry-after").flatMap { Double($0) } ?? 1
                try await Task.sleep(for: .seconds(wait + .random(in: 0...1)))
            default: throw try Refusal(bytes: response.body)
            }
        }
    }

    /// User and system time of the hub's process so far, milliseconds.
    private func hubCPU() -> Double {
        guard let file = fopen("/proc/\(hubProcess)/stat", "r") else { return 0 }
        defer { fclose(file) }
        var buffer = [CChar](repeating: 0, count: 4096)
        guard fgets(&buffer, Int32(buffer.count), file) != nil else { return 0 }
        let text = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // After the name in parentheses, which may hold spaces: state is field 3, user and system time 14 and 15.
        let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return 0 }
        return (user + system) * 1000 / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
