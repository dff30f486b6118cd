import Alliance
import Board
import HTTPTypes
import Hummingbird
import Replica
import Serving

extension HubServer {
    /// Figures for a monitoring system: for programs on this machine, and for those that know the token.
    func metrics(_ request: Request, _ context: ServingContext) async -> Response {
        guard mayMeasure(request, context) else {
            return Response(
                error: CommandError(
                    .refused, "token",
                    Phrase(
                        "监控数据只给本机程序，或带令牌的请求（Authorization: Bearer，令牌在数据文件夹的 \(APIToken.file) 中）。",
                        "Metrics are for programs of this machine, or with the token (Authorization: Bearer; it stands in \(APIToken.file) of the data folder)."
                    )), status: .unauthorized)
        }
        do {
            let (latest, listeners) = (latest, service.heads.listenerCount)
            let text = try await queue.run { Metrics.text(try latest.look().board, listeners: listeners) }
            return Response(bytes: Array(text.utf8), type: Metrics.type)
        } catch {
            return Response(service.inner(error).json, status: .serviceUnavailable)
        }
    }

    /// Behind a proxy everything comes from this machine: there only the token counts.
    private func mayMeasure(_ request: Request, _ context: ServingContext) -> Bool {
        let bearer = "Bearer "
        if let field = request.headers[.authorization], field.hasPrefix(bearer) {
            return token.matches(String(field.dropFirst(bearer.count)))
        }
        return !options.isBehindProxy && context.origin == nil
    }
}
