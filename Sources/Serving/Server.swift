import Alliance
public import Hummingbird
import Glibc
import HummingbirdCore
import HummingbirdTLS
public import Logging
import NIOCore
import Replica
public import ServiceLifecycle
import UnixSignals

/// Runs a web server and the jobs beside it until the process is told to stop, and then for at most three seconds more.
public struct Server {
    private let options: ServingOptions
    private let logger: Logger

    public init(_ options: ServingOptions, logger: Logger) {
        self.options = options
        self.logger = logger
    }

    /// - Parameter ready: is told the address once the server listens.
    public func run(
        _ router: Router<ServingContext>, jobs: [any Service], ready: @escaping @Sendable (String) -> Void
    ) async throws {
        try options.check()
        OpenFiles.raiseLimit()
        let held = try certificate()
        let scheme = held == nil ? "http" : "https"
        let host = options.shownHost
        let doorkeeper = Doorkeeper()
        let application = Application(
            router: router, server: transport(held),
            configuration: .init(address: .hostname(options.host, port: options.port), serverName: nil),
            onServerRunning: { channel in
                doorkeeper.keep(channel)
                ready("\(scheme)://\(host.contains(":") ? "[\(host)]" : host):\(channel.localAddress?.port ?? 0)")
            }, logger: logger)
        // They are stopped from the last to the first: nobody comes in any more, then the jobs end the streams that the
        // application would wait for.
        let services: [any Service] = [application] + jobs + [held].compactMap { $0 } + [doorkeeper]
        let configuration = ServiceGroupConfiguration(
            services: services.map {
                .init(
                    service: $0, successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .gracefullyShutdownGroup)
            },
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        do { try await run(ServiceGroup(configuration: configuration), doorkeeper) } catch let error as IOError {
            throw refusal(error)
        }
    }

    /// Runs the services. A cancelled task stops them as a signal does: NIO ends the process where a connection that
    /// was just accepted is dropped unseen, as a group that is cancelled at once may do.
    private func run(_ group: ServiceGroup, _ doorkeeper: Doorkeeper) async throws {
        try Task.checkCancellation()
        let running = Task { try await group.run() }
        let limit = Task { [options] in
            await doorkeeper.waitUntilShut()
            try await Task.sleep(for: options.stopLimit)
            running.cancel()
        }
        defer { limit.cancel() }
        try await withTaskCancellationHandler {
            do { try await running.value } catch is CancellationError where running.isCancelled {}
        } onCancel: {
            Task { await group.triggerGracefulShutdown() }
        }
    }

    /// Why the server can't listen, for a person.
    private func refusal(_ error: IOError) -> CommandError {
        guard error.errnoCode == EADDRINUSE else {
            return CommandError(
                .refused, "address",
                Phrase(
                    "无法在 \(options.host) 端口 \(options.port) 上监听（\(error)）；请检查地址、端口和权限。",
                    "Can't listen on \(options.host) port \(options.port) (\(error)); check address, port and rights."))
        }
        return CommandError(
            .refused, "port",
            Phrase(
                "端口 \(options.port) 已被其他程序占用；请换一个端口（--port），或用 --port 0 自动选择。",
                "Port \(options.port) is taken by another program; choose another (--port), or --port 0 for any free one."
            ))
    }

    /// How long a connection may stay silent while nothing is asked of it, or in the middle of a request.
    private static let idleTimeout = TimeAmount.seconds(60)

    private func transport(_ held: HeldCertificate?) -> HTTPServerBuilder {
        let plain = HTTP1Channel.Configuration(idleTimeout: Self.idleTimeout)
        guard let held else { return .http1(configuration: plain) }
        return HTTPServerBuilder { responder in
            let base = HTTP1Channel(responder: responder, configuration: plain)
            return LeadingChannel(base: try TLSChannel(base, tlsConfiguration: held.configuration()))
        }
    }

    private func certificate() throws -> HeldCertificate? {
        if let files = options.tls { return try HeldCertificate(.files(files), logger: logger) }
        if let own = options.own { return try HeldCertificate(.own(own), logger: logger) }
        guard !options.isLoopback, !options.isBehindProxy else { return nil }
        logger.warning("plain HTTP beyond this machine: anyone on the network reads all that passes")
        return nil
    }
}
