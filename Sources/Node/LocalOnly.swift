import Alliance
import HTTPTypes
import Hummingbird
import Replica
import Serving

/// Lets only programs of this machine in, and no web page in a browser on it: the API has no accounts yet.
struct LocalOnly<Context: RequestContext>: RouterMiddleware {
    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard Loopback.contains(Loopback.host(of: request.head.authority ?? "")), request.headers[.origin] == nil else {
            return Response(
                CommandError(
                    .refused, "not-local",
                    Phrase("此接口只供本机程序使用，网页不能调用。", "This API is for programs of this machine, not for web pages.")
                ).json, status: .forbidden)
        }
        return try await next(request, context)
    }
}
