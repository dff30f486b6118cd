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

    /// The address that a server prints when it listens.
    func address() throws -> String {
        var line: [UInt8] = []
        while let byte = try output.read(upToCount: 1)?.first, byte != UInt8(ascii: "\n") { line.append(byte) }
        return JSON(bytes: line)?["listening"]?.text ?? ""
    }

    func terminate() { process.terminate() }

    /// Waits for its end: the exit code and what it printed.
    func end() async -> (code: Int32, output: String, errors: String) {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { [self] in
                let out = (try? output.readToEnd()).flatMap { $0 } ?? Data()
                let err = (try? errors.readToEnd()).flatMap { $0 } ?? Data()
                process.waitUntilExit()
                continuation.resume(
                    returning: (process.terminationStatus, String(decoding: out, as: UTF8.self), String(decoding: err, as: UTF8.self)))
            }
        }
    }

    deinit { if process.isRunning { process.terminate() } }
}
