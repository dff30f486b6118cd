import HTTPTypes
public import Hummingbird

/// Says as a page that there is nothing at an address, where a browser asks; programs get the error as JSON.
public struct AbsentPages<Context: RequestContext>: RouterMiddleware {
    let console: Console

    public init(_ console: Console) { self.console = console }

    public func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do { return try await next(request, context) } catch let error as any HTTPResponseError {
            guard error.status == .notFound, request.method == .get,
                request.headers[.accept]?.contains("text/html") == true
            else { throw error }
            return console.absent(request)
        }
    }
}
