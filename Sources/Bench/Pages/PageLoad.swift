import Foundation
import Glibc
public import Transport

/// Asks a console for pages as a browser that has signed in does, and counts what they cost its process.
public struct PageLoad: Sendable {
    public let address: String
    /// The console's process.
    public let process: Int32
    /// `name=value` of its session.
    public let cookie: String

    public init(address: String, process: Int32, cookie: String) {
        self.address = address
        self.process = process
        self.cookie = cookie
    }

    /// What a page costs the server, milliseconds of its CPU.
    public struct Cost: Sendable {
        public let path: String
        public let middle: Double
        /// What 95 in 100 stay under.
        public let high: Double
    }

    /// Fetches each page so many times, in turn, so that none finds only its own traces in the caches.
    public func costs(of paths: [String], rounds: Int) async throws -> [Cost] {
        let client = HTTPClient()
        defer { client.close() }
        var times = [[Double]](repeating: [], count: paths.count)
        for round in 0...rounds {
            for (index, path) in paths.enumerated() {
                let before = processorTime
                let answer = try await client.send(request(path))
                guard answer.status == 200 else { throw PageFault(path: path, status: answer.status) }
                // The first look at each warms up what is warm at all other times.
                if round > 0 { times[index].append(processorTime - before) }
            }
        }
        return zip(paths, times).map { path, times in
            let sorted = times.sorted()
            return Cost(
                path: path, middle: sorted[sorted.count / 2],
                high: sorted[min(sorted.count - 1, sorted.count * 95 / 100)])
        }
    }

    private func request(_ path: String) -> HTTPRequest {
        HTTPRequest(
            method: "GET", url: address + path, headers: [("Cookie", cookie), ("Accept", "text/html")], body: [])
    }

    /// The bytes that a browser with nothing kept takes for a page and all that it names, head fields included.
    public func weight(of path: String) async throws -> Int {
        let client = HTTPClient()
        defer { client.close() }
        var wanted = [path]
        var seen: Set<String> = []
        var bytes = 0
        while let next = wanted.popLast() {
            guard seen.insert(next).inserted else { continue }
            let answer = try await client.send(request(next))
            guard answer.status == 200 else { throw PageFault(path: next, status: answer.status) }
            let text = String(decoding: answer.body, as: UTF8.self)
            wanted += text.matches(of: /"(\/assets\/[^"]+)"/).map { String($0.1) }
            let folder = next.split(separator: "/").dropLast().joined(separator: "/")
            if next.hasSuffix(".js") { wanted += text.matches(of: /"\.\/([a-z-]+\.js)"/).map { "/\(folder)/\($0.1)" } }
            bytes += try RawConnection(to: address).answerSize(of: next, cookie: cookie)
        }
        return bytes
    }

    /// Opens streams of changes, and says what the process holds in memory without and with them, MB.
    public func memory(streams: Int) throws -> (before: Double, after: Double) {
        let before = residentMemory
        let open = try (0..<streams).map { _ in
            let connection = try RawConnection(to: address)
            try connection.ask("/live", cookie: cookie)
            guard connection.readSome().starts(with: Array("HTTP/1.1 200".utf8)) else {
                throw PageFault(path: "/live", status: 503)
            }
            return connection
        }
        // A look is told to all of them each five seconds.
        Thread.sleep(forTimeInterval: 6)
        return withExtendedLifetime(open) { (before, residentMemory) }
    }

    // MARK: The process

    /// CPU time of all its threads so far, milliseconds, as the scheduler counts it.
    private var processorTime: Double {
        let folder = "/proc/\(process)/task"
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return threads.reduce(0) { sum, thread in
            let text = (try? String(contentsOfFile: "\(folder)/\(thread)/schedstat", encoding: .utf8)) ?? ""
            return sum + (text.split(separator: " ").first.flatMap { Double($0) } ?? 0) / 1e6
        }
    }

    private var residentMemory: Double {
        let text = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") } ?? ""
        return (line.split(whereSeparator: { " \t".contains($0) }).dropFirst().first.flatMap { Double($0) } ?? 0) / 1024
    }
}

/// A page that did not come.
public struct PageFault: Error, CustomStringConvertible {
    public let path: String
    public let status: Int

    public init(path: String, status: Int) {
        self.path = path
        self.status = status
    }

    public var description: String { "\(path) answered \(status)" }
}
