import Alliance
import ArgumentParser
import Logging
import Replica
import Serving

/// What every command takes.
struct CommonOptions: ParsableArguments {
    @Option(help: "数据文件夹 · the replica's folder")
    var data: String

    @Flag(help: "以 JSON 输出 · print JSON")
    var json = false

    func open() throws -> OpenReplica { try OpenReplica.open(data) }
}

/// What commands take that may be sent twice.
struct KeyOptions: ParsableArguments {
    @Option(help: "重发不重复的键 · idempotency key: sent again, it is done once and answered the same")
    var key = ""
}

/// What the two servers take.
struct ServeOptions: ParsableArguments {
    @Option(help: "监听地址 · address to listen on")
    var host = "127.0.0.1"

    @Option(help: "端口，0 为自动选择 · port, 0 for any free one")
    var port = 8420

    @Option(help: "证书链（PEM），不给则用本机自己的 · certificate chain; without it the machine makes its own")
    var certificate: String?

    @Option(help: "证书的私钥（PEM）· the certificate's private key")
    var key: String?

    @Option(help: "浏览器所用的其他主机名或地址，写进本机证书，可重复 · a further name or address for the machine's own certificate")
    var certificateName: [String] = []

    @Flag(help: "前面有 HTTPS 代理 · a proxy in front speaks HTTPS")
    var behindProxy = false

    @Flag(help: "在本机以外使用明文 HTTP：同一网络上的人可读到一切 · plain HTTP beyond this machine: anyone on the network reads all")
    var insecureHttp = false

    @Option(help: "日志级别 · log level")
    var logLevel = "notice"

    func validate() throws {
        guard (certificate == nil) == (key == nil) else {
            throw ValidationError("--certificate 与 --key 须同时给出 · give both or neither")
        }
        guard (0...65535).contains(port) else { throw ValidationError("--port 应为 0 到 65535 · 0 to 65535") }
        guard Logger.Level(rawValue: logLevel) != nil else {
            throw ValidationError("--log-level: trace, debug, info, notice, warning, error, critical")
        }
    }

    /// Beyond this machine TLS is spoken, by a certificate of the server's own where no other way was chosen.
    /// - Parameter data: the replica's folder.
    func serving(in data: String) throws -> ServingOptions {
        var tls: ServingOptions.TLSFiles?
        if let certificate, let key { tls = .init(certificate: certificate, key: key) }
        var options = ServingOptions(
            host: host, port: port, tls: tls, isBehindProxy: behindProxy, allowsPlainHTTP: insecureHttp)
        if tls == nil, !behindProxy, !insecureHttp, !options.isLoopback || !certificateName.isEmpty {
            options.own = try OwnCertificate(in: data, host: host, names: certificateName)
        }
        return options
    }

    /// What people are told of the server's own certificate when it starts; empty for another.
    static func told(_ fingerprint: String?, at address: String) -> String {
        guard let fingerprint else { return "" }
        return "\n浏览器提示不受信任时，请先安装本机的根证书：\(address)/certificate，安装前核对指纹（SHA-256）：\n\(fingerprint)"
    }

    func logger(_ label: String) -> Logger {
        LoggingSystem.bootstrap(StreamLogHandler.standardError)
        var logger = Logger(label: label)
        logger.logLevel = Logger.Level(rawValue: logLevel) ?? .notice
        if World.clockOffset != 0 {
            logger.warning("clock shifted by JILIAN_CLOCK_OFFSET_MS", metadata: ["ms": "\(World.clockOffset)"])
        }
        if let stopped = World.clockStopped {
            logger.warning("clock stopped by JILIAN_CLOCK_STOPPED_MS", metadata: ["ms": "\(stopped)"])
        }
        return logger
    }
}
