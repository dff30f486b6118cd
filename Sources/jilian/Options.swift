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

/// What the two servers take.
struct ServeOptions: ParsableArguments {
    @Option(help: "监听地址 · address to listen on")
    var host = "127.0.0.1"

    @Option(help: "端口，0 为自动选择 · port, 0 for any free one")
    var port = 8420

    @Option(help: "证书链（PEM）· certificate chain")
    var tlsCertificate: String?

    @Option(help: "私钥（PEM）· private key")
    var tlsKey: String?

    @Flag(help: "前面有 HTTPS 代理 · a proxy in front speaks HTTPS")
    var behindProxy = false

    @Flag(help: "在本机以外使用明文 HTTP：同一网络上的人可读到一切 · plain HTTP beyond this machine: anyone on the network reads all")
    var insecureHttp = false

    @Option(help: "日志级别 · log level")
    var logLevel = "notice"

    func validate() throws {
        guard (tlsCertificate == nil) == (tlsKey == nil) else {
            throw ValidationError("--tls-certificate 与 --tls-key 须同时给出 · give both or neither")
        }
        guard (0...65535).contains(port) else { throw ValidationError("--port 应为 0 到 65535 · 0 to 65535") }
        guard Logger.Level(rawValue: logLevel) != nil else {
            throw ValidationError("--log-level: trace, debug, info, notice, warning, error, critical")
        }
    }

    var serving: ServingOptions {
        var tls: ServingOptions.TLSFiles?
        if let tlsCertificate, let tlsKey { tls = .init(certificate: tlsCertificate, key: tlsKey) }
        return ServingOptions(
            host: host, port: port, tls: tls, isBehindProxy: behindProxy, allowsPlainHTTP: insecureHttp)
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
