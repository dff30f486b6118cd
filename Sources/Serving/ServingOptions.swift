import Alliance
import Replica

/// Where a server listens, and how what it says is protected on the way.
public struct ServingOptions: Sendable {
    public var host: String
    /// 0: any free one.
    public var port: Int
    public var tls: TLSFiles?
    /// The certificate that the server makes for itself, where none is given.
    public var own: OwnCertificate?
    /// Whether a proxy in front of it speaks TLS.
    public var isBehindProxy: Bool
    /// Whether plain HTTP beyond this machine was asked for by name.
    public var allowsPlainHTTP: Bool
    /// How long requests under way may take once the process was told to stop.
    public var stopLimit = Duration.seconds(2)

    public struct TLSFiles: Sendable {
        public let certificate: String
        public let key: String

        public init(certificate: String, key: String) {
            self.certificate = certificate
            self.key = key
        }
    }

    public init(host: String, port: Int, tls: TLSFiles?, isBehindProxy: Bool, allowsPlainHTTP: Bool) {
        self.host = host
        self.port = port
        self.tls = tls
        self.isBehindProxy = isBehindProxy
        self.allowsPlainHTTP = allowsPlainHTTP
    }

    public var isLoopback: Bool { Loopback.contains(host) }

    /// Whether browsers reach it by TLS.
    public var isSecure: Bool { tls != nil || own != nil || isBehindProxy }

    /// The host for addresses that people type: where it listens on every address, one of the machine's.
    var shownHost: String {
        guard own != nil, ["0.0.0.0", "::"].contains(host) else { return host }
        return HostName.addresses.first?.text ?? "localhost"
    }

    /// Throws unless what is sent beyond this machine is protected, or the risk was taken by name.
    public func check() throws {
        guard !isLoopback, !isSecure, !allowsPlainHTTP else { return }
        throw CommandError(
            .usage, "plain-http",
            Phrase(
                "\(host) 不是本机地址：明文 HTTP 会让同一网络上的人看到教师和联系方式。请给出 --certificate 与 --key，或置于 HTTPS 代理之后（--behind-proxy）；确需明文请加 --insecure-http。",
                "\(host) is not this machine: over plain HTTP anyone on the network can read teachers and contact data. Give --certificate and --key, or put it behind a proxy that speaks HTTPS (--behind-proxy); --insecure-http takes the risk."
            ))
    }
}
