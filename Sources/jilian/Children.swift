import Alliance
import Dispatch
import Foundation
import Replica
import Synchronization

/// Servers started as processes of their own; they end with this one.
final class Children {
    private var processes: [Process] = []

    var processIdentifiers: [Int32] { processes.map(\.processIdentifier) }

    var areRunning: Bool { processes.allSatisfy(\.isRunning) }

    /// Starts this program with arguments and waits for the address that it prints.
    func start(_ name: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        processes.append(process)
        var line: [UInt8] = []
        while let byte = output.fileHandleForReading.readData(ofLength: 1).first, byte != UInt8(ascii: "\n") {
            line.append(byte)
        }
        guard let address = JSON(bytes: line)?["listening"]?.text else {
            throw CommandError(
                .refused, "start",
                Phrase(
                    "\(name) 未能启动：\(String(decoding: line, as: UTF8.self))",
                    "\(name) did not start: \(String(decoding: line, as: UTF8.self))"))
        }
        return address
    }

    func stop() {
        for process in processes.reversed() where process.isRunning { process.terminate() }
        for process in processes { process.waitUntilExit() }
    }
}

/// Notices Ctrl-C and SIGTERM.
final class StopSignal: Sendable {
    private let raised = Mutex(false)
    /// Made and started in `init`, kept so that they live, and not touched again: safe to share.
    private nonisolated(unsafe) let sources: [any DispatchSourceSignal]
    private let wakes: AsyncStream<Void>

    init() {
        let (wakes, waker) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.wakes = wakes
        sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            return DispatchSource.makeSignalSource(signal: number, queue: .global())
        }
        for source in sources {
            source.setEventHandler { [self] in
                raised.withLock { $0 = true }
                waker.yield()
            }
            source.resume()
        }
    }

    var isRaised: Bool { raised.withLock { $0 } }

    /// Waits, but not beyond the signal.
    func wait(_ duration: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await Task.sleep(for: duration) }
            group.addTask { for await _ in self.wakes { return } }
            await group.next()
            group.cancelAll()
        }
    }
}
