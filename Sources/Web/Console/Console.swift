public import Accounts
public import Alliance
import Crypto
import Foundation
public import Hummingbird
public import Serving
import Synchronization

/// A web console: its routes, who may use them, and the pages around them.
public struct Console: Sendable {
    /// In the names of its cookies, which browsers share among all ports of a machine.
    public let name: String
    public let product: Phrase
    /// Whose it is: the school's name, the alliance's.
    public let place: @Sendable () -> String
    public let accounts: AccountFile
    public let board: LiveBoard
    /// Whether browsers reach it by TLS.
    public let isSecure: Bool
    /// The server's own certificate, where it uses one.
    public let certificate: OwnCertificate?
    /// What stands around each page.
    public let frame: @Sendable (Visit) throws -> Frame
    /// What was just done, by its code.
    public let done: [String: Phrase]
    public let routes: [Route]

    let queue = BlockingQueue("console.pages")
    let passwords = BlockingQueue("console.passwords")
    let answered = AnsweredKeys()

    public init(
        name: String, product: Phrase = Texts.product, place: @escaping @Sendable () -> String, accounts: AccountFile,
        board: LiveBoard, isSecure: Bool, certificate: OwnCertificate? = nil, done: [String: Phrase], routes: [Route],
        frame: @escaping @Sendable (Visit) throws -> Frame
    ) {
        self.name = name
        self.product = product
        self.place = place
        self.accounts = accounts
        self.board = board
        self.isSecure = isSecure
        self.certificate = certificate
        self.frame = frame
        self.done = done.merging(Texts.done) { own, _ in own }
        self.routes = routes
    }

    /// The table of all addresses: the console's own, and those of accounts.
    public var table: [Route] { routes + accountRoutes }

    /// Puts every address into a router.
    public func route(_ router: Router<ServingContext>) {
        Assets.all.route(router)
        for route in table {
            router.on(RouterPath(route.path), method: route.method) { request, context in
                await answer(route, request, context)
            }
        }
    }

    // MARK: Cookies and the forms' token

    var sessionCookie: String { "jilian_\(name)" }
    var visitCookie: String { "jilian_\(name)_visit" }
    static let languageCookie = "jilian_language"
    static let themeCookie = "jilian_theme"

    /// The word that a form carries: of the session, or of the visit of who has not signed in.
    static func token(for secret: String) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: Data("form".utf8), using: SymmetricKey(data: Data(secret.utf8)))
        return code.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

/// The forms that were carried out lately, by the key that each carries: sent twice they are carried out once.
final class AnsweredKeys: Sendable {
    private let replies = Mutex<[(key: String, reply: Reply)]>([])
    private static let most = 500

    func reply(to key: String) -> Reply? { replies.withLock { list in list.last { $0.key == key }?.reply } }

    func keep(_ reply: Reply, for key: String) {
        replies.withLock { list in
            list.append((key, reply))
            if list.count > Self.most { list.removeFirst(list.count - Self.most) }
        }
    }
}
