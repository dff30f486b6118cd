import Foundation
import Hummingbird
import Logging
import Serving
import ServiceLifecycle
import Synchronization
import Testing

@Suite struct StopTests {
    /// A job that is not done with its work when the server's time to stop is over.
    private struct SlowJob: Service {
        func run() async throws {
            try? await gracefulShutdown()
            await Thread.waiting(0.3)
        }
    }

    /// NIO ends the process for a connection that was accepted and never handled; nodes come back at once when a hub
    /// that stops ends their streams.
    @Test func `connections that come while a stop is cut short are not taken in and dropped`() async throws {
        for _ in 0..<3 {
            var options = ServingOptions(
                host: "127.0.0.1", port: 0, tls: nil, isBehindProxy: false, allowsPlainHTTP: false)
            options.stopLimit = .milliseconds(150)
            let running = try await Running { [options] in
                let server = Server(options, logger: .silent)
                try await server.run(Router.answeringErrors(.silent), jobs: [SlowJob()], ready: $0)
            }
            let isOver = Flag()
            await withTaskGroup { group in
                for _ in 0..<6 { group.addTask { await Thread.knocking(at: running.address, until: isOver) } }
                await running.stop()
                isOver.raise()
            }
        }
    }
}

private final class Flag: Sendable {
    private let isRaised = Mutex(false)

    var value: Bool { isRaised.withLock { $0 } }

    func raise() { isRaised.withLock { $0 = true } }
}

extension Thread {
    /// Holds a thread, whatever is cancelled.
    fileprivate static func waiting(_ seconds: Double) async {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                Thread.sleep(forTimeInterval: seconds)
                continuation.resume()
            }
        }
    }

    /// Opens one connection after another.
    fileprivate static func knocking(at address: String, until isOver: Flag) async {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                while !isOver.value {
                    (try? Connection(address))?.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                }
                continuation.resume()
            }
        }
    }
}
