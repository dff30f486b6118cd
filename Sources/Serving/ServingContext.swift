import Glibc
public import Hummingbird
public import NIOCore

/// What a handler knows of the connection that a request came by.
public struct ServingContext: RequestContext {
    public var coreContext: CoreRequestContextStorage
    public let channel: any Channel

    public init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }

    /// From where the request came, as shares are counted: an IPv4 address, or the first half of an IPv6 one, which is
    /// what one customer of a network has. `nil` for this machine.
    public var origin: String? { channel.remoteAddress?.ipAddress.flatMap(Origin.of) }
}

/// Addresses as shares are counted by them.
public enum Origin {
    /// - Parameter address: IPv4 or IPv6; `nil` comes back for this machine's own, and for what is no address.
    public static func of(_ address: some StringProtocol) -> String? {
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, String(address), &bytes) == 1 {
            return Loopback.contains(address) ? nil : String(address)
        }
        guard inet_pton(AF_INET6, String(address), &bytes) == 1 else { return nil }
        let mapped = [UInt8](repeating: 0, count: 10) + [255, 255]
        if bytes.starts(with: mapped) { return of(bytes.dropFirst(12).map(String.init).joined(separator: ".")) }
        guard bytes != [UInt8](repeating: 0, count: 15) + [1] else { return nil }
        return bytes.prefix(8).map { String($0, radix: 16) }.joined(separator: ":")
    }

    /// The address that a proxy says it passes on: the last of `X-Forwarded-For`, the one that it added itself.
    public static func of(forwarded field: String?) -> String? {
        field?.split(separator: ",").last.flatMap { of($0.trimming(while: { $0 == " " })) }
    }
}

extension Substring {
    fileprivate func trimming(while isTrimmed: (Character) -> Bool) -> Substring {
        var rest = drop(while: isTrimmed)
        while let last = rest.last, isTrimmed(last) { rest.removeLast() }
        return rest
    }
}
