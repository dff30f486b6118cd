import Alliance
import Crypto
public import Replica
import Serving
import Transport
import Wire

/// Takes a node into an alliance under a one-time code.
public enum Joiner {
    /// - Throws: `CommandError`.
    public static func join(
        _ folder: String, hub address: String, code: String, name: String, caFile: String?, allowsPlainHTTP: Bool
    ) async throws -> OpenReplica {
        let url = try url(address, allowsPlainHTTP: allowsPlainHTTP)
        guard let invitation = Invitation(code) else {
            throw CommandError(
                .usage, "code",
                Phrase(
                    "邀请码的格式不对；应为 JL- 开头的八组字符，请完整复制。",
                    "That is no code; it begins with JL- and has eight groups; copy all of it."))
        }
        let joining = try OpenReplica.beginJoin(folder)
        let request = JoinRequest(
            invitation: invitation, key: joining.key.publicKey, replica: joining.replica, name: name,
            schema: Schema.current.version)
        let bytes = request.bytes
        var configuration = HTTPClient.Configuration()
        configuration.caFile = caFile
        let client = HTTPClient(configuration: configuration)
        defer { client.close() }
        let response: HTTPResponse
        do {
            response = try await client.send(
                HTTPRequest(
                    method: "POST", url: url + "/sync/v1/join", headers: [("content-type", "application/x-protobuf")],
                    body: bytes))
        } catch {
            throw CommandError(
                .unreachable, "unreachable",
                Phrase(
                    "连不上中心（\(error.zh)）；请检查地址后用同一邀请码重试。",
                    "The hub can't be reached: \(error.message) Check the address and try again with the same code."))
        }
        guard response.status == 200 else {
            if let refusal = try? Refusal(bytes: response.body) { throw CommandError(refusal) }
            throw CommandError(
                .unreachable, "unreachable",
                Phrase(
                    "\(url) 不像是技联中心（HTTP \(response.status)）；请检查地址。",
                    "\(url) does not answer as a hub (HTTP \(response.status)); check the address."))
        }
        let answer: JoinResponse
        do { answer = try JoinResponse(bytes: response.body, to: bytes, pin: invitation.pin) } catch {
            throw CommandError(
                .refused, "not-the-hub",
                Phrase(
                    "\(url) 不是发出此邀请码的中心，或应答被改动（\(error.detail)）；未加入，请检查地址。",
                    "\(url) is not the hub that gave out this code, or its answer was changed (\(error.detail)); nothing was joined; check the address."
                ))
        }
        return try OpenReplica.finishJoin(joining, answer, hubURL: url)
    }

    /// The hub's address without a path; plain HTTP beyond this machine only if asked for by name.
    private static func url(_ text: String, allowsPlainHTTP: Bool) throws -> String {
        var url = text
        while url.hasSuffix("/") { url.removeLast() }
        let lower = url.lowercased()
        let rest =
            lower.hasPrefix("https://") ? lower.dropFirst(8) : lower.hasPrefix("http://") ? lower.dropFirst(7) : ""
        guard !rest.isEmpty, !rest.contains("/"), !rest.contains("?"), !rest.contains("@"), !rest.contains("#") else {
            throw CommandError(
                .usage, "address",
                Phrase("中心地址应写成 https://主机:端口，不带路径。", "The hub's address is https://host:port, without a path."))
        }
        guard lower.hasPrefix("https://") || Loopback.contains(Loopback.host(of: rest)) || allowsPlainHTTP else {
            throw CommandError(
                .usage, "plain-http",
                Phrase(
                    "\(url) 是明文 HTTP：途中任何人都能看到教师和联系方式。请用 https，或加 --insecure-http 承担此风险。",
                    "\(url) is plain HTTP: anyone on the way can read teachers and contact data. Use https, or take the risk with --insecure-http."
                ))
        }
        return url
    }
}
