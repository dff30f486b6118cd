import Foundation
import Replica
import Synchronization

/// The built program as a process of its own.
final class Program: Sendable {
    private let process = Process()
    private let output: FileHandle
    private let errors: FileHandle

    static let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: ".build/debug/jilian").path

    init(_ arguments: String...) throws {
        let (out, err) = (Pipe(), Pipe())
        output = out.fileHandleForReading
        errors = err.fileHandleForReading
        process.executableURL = URL(fileURLWithPath: Self.path)
        process.arguments = arguments
        process.standardOutput = out
        process.standardError = err
        process.standardInput = FileHandle.nullDevice
        try process.run()
    }

    /// The address that a server prints when it listens; empty if it ended before that.
    func address() async -> String {
        await onThread { [self] in
            var line: [UInt8] = []
            while let byte = (try? output.read(upToCount: 1))?.first, byte != UInt8(ascii: "\n") { line.append(byte) }
            return JSON(bytes: line)?["listening"]?.text ?? ""
        }
    }

    func terminate() { process.terminate() }

    /// Waits for its end: the exit code and what it printed.
    func end() async -> (code: Int32, output: String, errors: String) {
        await onThread { [self] in
            let out = (try? output.readToEnd()).flatMap { $0 } ?? Data()
            let err = (try? errors.readToEnd()).flatMap { $0 } ?? Data()
            process.waitUntilExit()
            return (
                process.terminationStatus, String(decoding: out, as: UTF8.self), String(decoding: err, as: UTF8.self)
            )
        }
    }

    /// What waits for another process must not hold a task's thread: there are only as many as cores.
    private func onThread<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: body()) }
        }
    }

    deinit { if process.isRunning { process.terminate() } }
}
