import Alliance
import HTTPTypes
import Hummingbird
import Replica
import Serving

/// Lets only programs of this machine in, no web page in a browser on it, and to the API only who can read the token in
/// the data folder: there are no accounts yet.
struct LocalOnly<Context: RequestContext>: RouterMiddleware {
    let token: APIToken

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard Loopback.contains(Loopback.host(of: request.head.authority ?? "")), request.headers[.origin] == nil else {
            return refusal(
                "not-local",
                Phrase("此接口只供本机程序使用，网页不能调用。", "This API is for programs of this machine, not for web pages."))
        }
        guard !request.uri.path.hasPrefix("/api/") || isKnown(request) else {
            return refusal(
                "token",
                Phrase(
                    "此接口只供能读取数据文件夹的用户使用：请带上 Authorization: Bearer 和文件 \(APIToken.file) 中的令牌。",
                    "This API is for the user who can read the data folder: send Authorization: Bearer with the token in its file \(APIToken.file)."
                ))
        }
        return try await next(request, context)
    }

    private func isKnown(_ request: Request) -> Bool {
        let scheme = "Bearer "
        guard let field = request.headers[.authorization], field.hasPrefix(scheme) else { return false }
        return token.matches(String(field.dropFirst(scheme.count)))
    }

    private func refusal(_ code: String, _ phrase: Phrase) -> Response {
        Response(CommandError(.refused, code, phrase).json, status: .forbidden)
    }
}
