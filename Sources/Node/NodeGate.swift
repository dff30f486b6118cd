import Accounts
import Alliance
import HTTPTypes
import Hummingbird
import Replica
import Serving
import Web

/// Stands before everything: who listens on this machine only answers no other name than this machine's, the API lets in
/// only who shows a token, no web page of another site reaches it, and an address with nothing at it is said so as a page.
///
/// The token in the data folder is for programs of this machine and may do everything; those that an administrator made
/// may read, or read and write, from wherever the node can be reached.
struct NodeGate<Context: RequestContext>: RouterMiddleware {
    let token: APIToken
    let accounts: AccountFile
    let isLoopback: Bool
    let console: Console

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let path = request.uri.path
        let isProgram = path.hasPrefix("/api/") || path == "/healthz" || path == "/readyz"
        let isHere = Loopback.contains(Loopback.host(of: request.head.authority ?? ""))
        // A page of another site can have a name of its own lead to this machine; its requests carry that name.
        guard isHere || !isLoopback, !isProgram || request.headers[.origin] == nil else { return notLocal }
        if path.hasPrefix("/api/") {
            guard try await isKnown(request, isHere: isHere) else { return unknown }
            return try await next(request, context)
        }
        do { return try await next(request, context) } catch let error as any HTTPResponseError {
            guard !isProgram, error.status == .notFound || error.status == .methodNotAllowed else { throw error }
            return console.absent(request)
        }
    }

    private func isKnown(_ request: Request, isHere: Bool) async throws -> Bool {
        let scheme = "Bearer "
        guard let field = request.headers[.authorization], field.hasPrefix(scheme) else { return false }
        let given = String(field.dropFirst(scheme.count))
        if isHere, token.matches(given) { return true }
        switch try accounts.scope(of: given) {
        case .write?: return true
        case .read?: return request.method == .get
        case nil: return false
        }
    }

    private var notLocal: Response {
        refusal(
            "not-local",
            Phrase("此接口只供本机程序使用，网页不能调用。", "This API is for programs of this machine, not for web pages."))
    }

    private var unknown: Response {
        refusal(
            "token",
            Phrase(
                "请带上 Authorization: Bearer 和令牌：本机程序用数据文件夹中文件 \(APIToken.file) 里的，其他系统用管理员生成的（只读令牌不能写）。",
                "Send Authorization: Bearer with a token: the one in the data folder's file \(APIToken.file) on this machine, or one that an administrator made (one for reading can't write)."
            ))
    }

    private func refusal(_ code: String, _ phrase: Phrase) -> Response {
        Response(CommandError(.refused, code, phrase).json, status: .forbidden)
    }
}
