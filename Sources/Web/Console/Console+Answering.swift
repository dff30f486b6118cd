import Accounts
import Alliance
import Foundation
import HTTPTypes
public import Hummingbird
import HummingbirdCore
import NIOCore
import Replica
import Serving

extension Console {
    /// Reads a request, checks who makes it and whether one of our pages did, carries it out.
    func answer(_ route: Route, _ request: Request, _ context: ServingContext) async -> Response {
        let cookies = Cookies(request.headers)
        let secret = cookies[sessionCookie] ?? ""
        let session = secret.isEmpty ? nil : try? await queue.run { [accounts] in try accounts.session(secret) }
        let visitor = cookies[visitCookie] ?? Secret().text
        let bearer = session == nil ? visitor : secret
        let visit = Visit(
            path: request.uri.path, query: Self.query(request.uri), parameters: Self.parameters(context),
            form: FormBody(),
            session: session, token: Self.token(for: bearer), secret: secret,
            language: Language(chosen: cookies[Self.languageCookie], accepted: request.headers[.acceptLanguage]),
            theme: Theme(chosen: cookies[Self.themeCookie]), program: request.headers[.userAgent] ?? "",
            referrer: Self.path(of: request.headers[.referer]), readsGzip: Self.readsGzip(request))
        var response = await response(to: route, visit, request)
        if session == nil, cookies[visitCookie] == nil {
            response.headers.append(
                HTTPField(name: .setCookie, value: Cookies.field(visitCookie, visitor, age: nil, secure: isSecure)))
        }
        return response
    }

    private func response(to route: Route, _ visit: Visit, _ request: Request) async -> Response {
        do {
            if case .stream = route.body, route.access.allows(visit.role) { return stream(request) }
            guard route.method == .post else { return try await render(try await reply(route, visit), visit) }
            let whole = try await visit.reading(request, upTo: route.bodyMax)
            try check(whole, request)
            return try await render(try await reply(route, whole), whole)
        } catch {
            return await refusal(CommandError(error), visit)
        }
    }

    private func reply(_ route: Route, _ visit: Visit) async throws -> Reply {
        guard route.access.allows(visit.role) else {
            if visit.session != nil { throw Self.notAllowed }
            guard route.method == .get else { return signIn(visit, to: "/", Texts.expired, status: .unauthorized) }
            return .seeOther("/sign-in?to=\(Self.escaped(visit.address))")
        }
        let key = visit.form["key"].isEmpty ? nil : visit.token + visit.form["key"]
        switch route.body {
        case .waiting(let body):
            if let key, let reply = answered.reply(to: key) { return reply }
            let reply = try await body(visit)
            if let key { answered.keep(reply, for: key) }
            return reply
        case .blocking(let body):
            let (accounts, answered) = (accounts, answered)
            return try await queue.run {
                if let key, let reply = answered.reply(to: key) { return reply }
                let reply = try body(visit)
                guard route.method == .post, case .seeOther(_, _, let about) = reply else { return reply }
                if let key { answered.keep(reply, for: key) }
                if visit.session != nil, !visit.path.hasPrefix("/sign-out"), visit.path != "/preferences" {
                    try accounts.note("POST \(route.path)", about.isEmpty ? visit.subject : about, by: visit.who)
                }
                return reply
            }
        case .stream: throw Self.notAllowed
        }
    }

    /// Whether one of our own pages sent it.
    private func check(_ visit: Visit, _ request: Request) throws {
        let origin = request.headers[.origin].map { $0.drop { $0 != ":" }.dropFirst(3) }
        let isOurs = origin.map { $0.lowercased() == (request.head.authority ?? "").lowercased() } ?? true
        let given = Array(visit.form["csrf"].utf8)
        let wanted = Array(visit.token.utf8)
        let isRight = zip(given, wanted).reduce(UInt8(0)) { $0 | $1.0 ^ $1.1 } == 0 && given.count == wanted.count
        guard isOurs, isRight else {
            throw CommandError(.refused, "form", Texts.foreignForm)
        }
    }

    static var notAllowed: CommandError { CommandError(.refused, "not-allowed", Texts.notAllowed) }

    // MARK: Answers

    func render(_ reply: Reply, _ visit: Visit) async throws -> Response {
        switch reply {
        case .page(let page, let status):
            let frame = try await queue.run { [frame] in try frame(visit) }
            let said = page.saying(visit.query["done"].flatMap { done[$0] })
            let html = Document.page(said, in: frame, token: visit.token, language: visit.language, theme: visit.theme)
            return document(html, visit, status)
        case .gate(let title, let content, let status):
            let html = Document.gate(
                HTML(title), product: product, place: place(), content, token: visit.token, language: visit.language,
                theme: visit.theme)
            return document(html, visit, status)
        case .seeOther(let address, let cookies, _):
            var fields: HTTPFields = [.location: address, .cacheControl: "no-store"]
            for cookie in cookies { fields.append(HTTPField(name: .setCookie, value: cookie)) }
            return Response(status: .seeOther, headers: fields)
        case .file(let bytes, let type, let name):
            return Response(
                bytes: bytes, type: type,
                headers: [
                    .contentDisposition: "attachment; filename*=UTF-8''\(Self.escaped(name))",
                    .contentTypeOptions: "nosniff",
                ])
        }
    }

    private func document(_ html: HTML, _ visit: Visit, _ status: HTTPResponse.Status) -> Response {
        let bytes = Array(html.rendered(in: visit.language).utf8)
        var fields: HTTPFields = [
            .contentSecurityPolicy: Self.policy, .contentTypeOptions: "nosniff", .frameOptions: "DENY",
            .referrerPolicy: "same-origin", .contentLanguage: visit.language.tag, .vary: "Accept-Encoding, Cookie",
        ]
        let packed = visit.readsGzip && bytes.count >= Self.packedMin ? Gzip.compress(bytes, level: 5) : nil
        if packed != nil { fields[.contentEncoding] = "gzip" }
        return Response(bytes: packed ?? bytes, type: "text/html; charset=utf-8", status: status, headers: fields)
    }

    /// Below so many bytes packing gains nothing.
    private static let packedMin = 1_000

    /// Whether a page may go out in gzip. What another site's page asks for is sent as it is: from its length the word
    /// that forms carry could be guessed bit by bit.
    private static func readsGzip(_ request: Request) -> Bool {
        ["none", "same-origin"].contains(request.headers[.fetchSite] ?? "none")
            && Gzip.isAccepted(request.headers[.acceptEncoding])
    }

    /// What a page may load and where it may send: only what this server has.
    static let policy =
        "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data:; "
        + "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

    /// An error as a page: what is wrong, what is safe, what to do.
    private func refusal(_ error: CommandError, _ visit: Visit) async -> Response {
        let back: HTML = "<p class=\"acts\">\(Parts.button(to: "/", .home, Texts.toStart, style: "sm"))</p>"
        let note: HTML = "<h1>\(Texts.notDone)</h1>\(Note(.bad, error.phrase, actions: back).html)"
        if visit.session != nil,
            let page = try? await render(.page(Page(HTML(Texts.notDone), place: "", note), status: error.status), visit)
        {
            return page
        }
        let gate = Document.gate(
            HTML(Texts.notDone), product: product, place: place(), note, token: visit.token, language: visit.language,
            theme: visit.theme)
        return document(gate, visit, error.status)
    }

    /// A page for an address that there is nothing at.
    public func absent(_ request: Request) -> Response {
        let cookies = Cookies(request.headers)
        let language = Language(chosen: cookies[Self.languageCookie], accepted: request.headers[.acceptLanguage])
        let back: HTML = "<p class=\"acts\">\(Parts.button(to: "/", .home, Texts.toStart, style: "sm"))</p>"
        let html = Document.gate(
            HTML(Texts.nothingHere), product: product, place: place(),
            "<h1>\(Texts.nothingHere)</h1><p class=\"muted\">\(Texts.nothingHereHint)</p>\(back)",
            token: "", language: language, theme: Theme(chosen: cookies[Self.themeCookie]))
        return Response(
            bytes: Array(html.rendered(in: language).utf8), type: "text/html; charset=utf-8", status: .notFound,
            headers: [.contentSecurityPolicy: Self.policy, .contentTypeOptions: "nosniff"])
    }

    // MARK: Reading

    private static func query(_ uri: URI) -> [String: String] {
        Dictionary(
            uri.queryParameters.map { (String($0.key), String($0.value)) }, uniquingKeysWith: { first, _ in first })
    }

    private static func parameters(_ context: ServingContext) -> [String: String] {
        Dictionary(
            context.parameters.map { (String($0.key), $0.value.removingPercentEncoding ?? String($0.value)) },
            uniquingKeysWith: { first, _ in first })
    }

    /// The path and query of an address.
    private static func path(of address: String?) -> String {
        guard let address, let parts = URLComponents(string: address) else { return "/" }
        let path = parts.percentEncodedPath
        return (path.isEmpty ? "/" : path) + (parts.percentEncodedQuery.map { "?\($0)" } ?? "")
    }

    static func escaped(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }

    /// The parts of the live pages that change.
    private func stream(_ request: Request) -> Response {
        guard let changes = board.listen() else {
            return Response(CommandError(.refused, "busy", Texts.tooManyStreams))
        }
        let body = ResponseBody { writer in
            var writer = writer
            try await writer.write(ByteBuffer(string: "retry: 2000\n\n"))
            try await request.body.consumeWithCancellationOnInboundClose { _ in
                for await event in LiveEvents.events(changes) { try await writer.write(ByteBuffer(string: event)) }
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"], body: body)
    }
}

extension Visit {
    /// With the fields that the request's body holds.
    func reading(_ request: Request, upTo limit: Int) async throws -> Visit {
        guard let buffer = try? await request.body.collect(upTo: limit) else {
            throw CommandError(.refused, "too-large", Texts.tooLarge)
        }
        let type = request.headers[.contentType] ?? ""
        let form =
            type.hasPrefix("multipart/form-data")
            ? FormBody(multipart: Array(buffer: buffer), type: type) : FormBody(encoded: String(buffer: buffer))
        guard let form else { throw CommandError(.usage, "form", Texts.unreadableForm) }
        return Visit(
            path: path, query: query, parameters: parameters, form: form, session: session, token: token,
            secret: secret,
            language: language, theme: theme, program: program, referrer: referrer, readsGzip: readsGzip)
    }

    /// What an act was on, for the audit list: names and numbers of the address, no values.
    var subject: String { parameters.sorted { $0.key < $1.key }.map(\.value).joined(separator: " ") }
}

extension HTTPField.Name {
    static let acceptLanguage = HTTPField.Name("Accept-Language")!
    static let frameOptions = HTTPField.Name("X-Frame-Options")!
    static let fetchSite = HTTPField.Name("Sec-Fetch-Site")!
    static let contentTypeOptions = HTTPField.Name("X-Content-Type-Options")!
    static let referer = HTTPField.Name("Referer")!
    static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
}
