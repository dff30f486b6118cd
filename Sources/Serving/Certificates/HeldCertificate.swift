import Alliance
import Logging
import NIOCore
import NIOSSL
import Replica
import ServiceLifecycle
import Synchronization

/// The certificate that is shown to whoever connects, and the job that changes it without a stop: its own before it ends
/// or when an address is added, a given one when its files change.
final class HeldCertificate: Service {
    enum Source: Sendable {
        case own(OwnCertificate)
        case files(ServingOptions.TLSFiles)

        func read() throws -> CertifiedKey {
            switch self {
            case .own(let own): try own.server(now: World.wall)
            case .files(let files): try GivenCertificate.read(files)
            }
        }

        func warning(_ pair: CertifiedKey) -> CommandError? {
            if case .files(let files) = self { GivenCertificate.warning(pair, files, now: World.wall) } else { nil }
        }
    }

    private struct Shown {
        var pem: String
        var handshake: NIOSSLContextConfigurationOverride
    }

    private let source: Source
    private let shown: Mutex<Shown>
    private let logger: Logger
    /// How long a change may go unseen.
    private let interval: Duration

    init(_ source: Source, logger: Logger, interval: Duration = .seconds(60)) throws {
        self.source = source
        self.logger = logger
        self.interval = interval
        let first = try source.read()
        shown = Mutex(Shown(pem: try first.pem(), handshake: try first.forHandshake()))
        if let fault = source.warning(first) {
            logger.warning(
                "browsers refuse the certificate", metadata: ["error": "\(fault.phrase.zh) \(fault.phrase.en)"])
        }
    }

    /// What is shown now, with its key.
    var pem: String { shown.withLock { $0.pem } }

    /// What a server of NIO's is made with.
    func configuration() -> TLSConfiguration {
        let first = shown.withLock { $0.handshake }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: first.certificateChain ?? [],
            privateKey: first.privateKey ?? .file(""))
        configuration.minimumTLSVersion = .tlsv12
        configuration.sslContextCallback = { [self] _, promise in promise.succeed(shown.withLock { $0.handshake }) }
        return configuration
    }

    func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            var told = ""
            while (try? await Task.sleep(for: interval)) != nil {
                do {
                    if try look() { logger.notice("the certificate was changed") }
                    told = ""
                } catch {
                    // What is shown goes on being shown; a fault that stays is said once.
                    let words = CommandError(error).phrase.en
                    if words != told {
                        logger.warning("the certificate stays as it was", metadata: ["error": "\(words)"])
                    }
                    told = words
                }
            }
        }
    }

    /// Takes what stands in the files now.
    /// - Returns: whether it is another than before.
    private func look() throws -> Bool {
        let now = try source.read()
        let next = Shown(pem: try now.pem(), handshake: try now.forHandshake())
        return shown.withLock { shown in
            guard shown.pem != next.pem else { return false }
            shown = next
            return true
        }
    }
}
