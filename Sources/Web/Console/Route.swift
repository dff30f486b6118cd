public import Accounts
public import HTTPTypes

/// A row of a console's table: an address, who may use it, and what it does.
public struct Route: Sendable {
    public enum Access: Hashable, Sendable {
        /// Also who has not signed in.
        case everyone
        case roles(Set<Role>)

        public func allows(_ role: Role?) -> Bool {
            switch self {
            case .everyone: true
            case .roles(let roles): role.map(roles.contains) ?? false
            }
        }
    }

    enum Body: Sendable {
        /// Work on files, one piece after the other.
        case blocking(@Sendable (Visit) throws -> Reply)
        /// Work that waits for others.
        case waiting(@Sendable (Visit) async throws -> Reply)
        case stream
    }

    public let method: HTTPRequest.Method
    /// The method's name: `GET`.
    public var verb: String { method.rawValue }
    /// With `:name` for a part that varies.
    public let path: String
    public let access: Access
    /// The largest body that is read, bytes.
    let bodyMax: Int
    let body: Body

    /// A form's fields; only files are larger.
    public static let formMax = 1 << 20

    public static func get(_ path: String, _ access: Access, _ body: @escaping @Sendable (Visit) throws -> Reply)
        -> Route
    {
        Route(method: .get, path: path, access: access, bodyMax: 0, body: .blocking(body))
    }

    public static func post(
        _ path: String, _ access: Access, upTo bodyMax: Int = formMax,
        _ body: @escaping @Sendable (Visit) throws -> Reply
    ) -> Route {
        Route(method: .post, path: path, access: access, bodyMax: bodyMax, body: .blocking(body))
    }

    /// For what waits: for the hub, for a password to be derived.
    public static func postWaiting(
        _ path: String, _ access: Access, _ body: @escaping @Sendable (Visit) async throws -> Reply
    ) -> Route {
        Route(method: .post, path: path, access: access, bodyMax: formMax, body: .waiting(body))
    }

    /// The stream of changes.
    public static func stream(_ path: String, _ access: Access) -> Route {
        Route(method: .get, path: path, access: access, bodyMax: 0, body: .stream)
    }
}
