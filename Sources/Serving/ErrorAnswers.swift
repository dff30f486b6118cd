import Alliance
import HTTPTypes
public import Hummingbird
public import Logging
import Replica

/// Turns whatever a handler throws, and every address that there is no handler for, into the JSON form of an error.
struct ErrorAnswers<Context: RequestContext>: RouterMiddleware {
    let logger: Logger

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do { return try await next(request, context) } catch let error as any HTTPResponseError {
            return Response(error: Self.refusal(error.status), status: error.status)
        } catch let error as CommandError {
            return Response(error)
        } catch {
            logger.error("request failed", metadata: ["path": "\(request.uri.path)", "cause": "\(error)"])
            return Response(error: CommandError(error), status: .internalServerError)
        }
    }

    private static func refusal(_ status: HTTPResponse.Status) -> CommandError {
        switch status {
        case .notFound, .methodNotAllowed:
            CommandError(
                .usage, "no-route",
                Phrase("没有这个接口，请检查地址和方法。", "There is nothing here; check the address and the method."))
        case .contentTooLarge:
            CommandError(.usage, "too-large", Phrase("请求过大，未处理。", "The request is too large; nothing was done."))
        default:
            CommandError(
                .usage, "request",
                Phrase(
                    "请求不合规（HTTP \(status.code)），未处理。",
                    "The request breaks the rules (HTTP \(status.code)); nothing was done."))
        }
    }
}

extension Router where Context == ServingContext {
    /// A router that answers errors in the JSON form. Routes are added afterwards.
    public static func answeringErrors(_ logger: Logger) -> Router<ServingContext> {
        let router = Router(context: ServingContext.self)
        router.add(middleware: ErrorAnswers(logger: logger))
        return router
    }
}
