import Foundation

/// A self-signed certificate for 127.0.0.1 and localhost, made by `openssl` in a folder that goes with this object.
final class Certificate: Sendable {
    let file: String
    let keyFile: String
    /// The public key's hash as curl wants it.
    let pin: String
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "transport-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        file = folder.appending(path: "certificate.pem").path
        keyFile = folder.appending(path: "key.pem").path
        _ = try Shell.run(
            """
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \
            -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -out '\(file)' -keyout '\(keyFile)' 2>&1
            """)
        let hash = try Shell.run(
            """
            openssl x509 -in '\(file)' -pubkey -noout | openssl pkey -pubin -outform der \
            | openssl dgst -sha256 -binary | openssl base64
            """)
        pin = "sha256//" + hash
    }

    deinit { try? FileManager.default.removeItem(at: folder) }
}

/// Command lines the tests need.
enum Shell {
    struct Failed: Error {
        let command: String
        let output: String
    }

    static func run(_ command: String) throws -> String {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", command]
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failed(command: command, output: text) }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    static func has(_ tool: String) -> Bool { (try? run("command -v \(tool)")) != nil }
}
