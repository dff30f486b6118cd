import Foundation

/// A self-signed certificate for this machine, made by `openssl`.
struct Certificate {
    let file: String
    let key: String

    init(_ name: String, in folder: Folder) throws {
        file = "\(folder.path)/\(name).pem"
        key = "\(folder.path)/\(name).key"
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1"
            .split(separator: " ").map(String.init) + ["-out", file, "-keyout", key]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.fileWriteUnknown) }
    }
}
