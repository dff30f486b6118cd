import Accounts
import Alliance
import Board
import CRDT
import HTTPTypes
import Hummingbird
public import Logging
import NIOCore
public import Replica
public import Serving
import ServiceLifecycle
import Sync
import Web
import Wire

/// The secretariat's hub as a process: the sync over HTTP.
public struct HubServer: Sendable {
    let service: HubService
    let options: ServingOptions
    private let logger: Logger
    private let heartbeat: Duration
    private let bodies: BodyReader
    let latest: LatestBoard
    /// By which programs elsewhere may read the metrics.
    let token: APIToken
    let queue = BlockingQueue("hub.board")
    private let live = LiveBoard()
    private let console: Console
    /// The path of the link by which the first account of the console is made; `nil` once there is one.
    public let firstLink: String?

    /// - Throws: if the machine's clock is so far from the journal's last entry that its operator must look first.
    public init(_ replica: OpenReplica, options: ServingOptions, acceptsClock: Bool, logger: Logger) throws {
        try self.init(replica, options: options, acceptsClock: acceptsClock, logger: logger, heartbeat: Self.heartbeat)
    }

    init(
        _ replica: OpenReplica, options: ServingOptions, acceptsClock: Bool, logger: Logger, heartbeat: Duration,
        bodies: BodyReader = BodyReader(budget: BodyBudget())
    ) throws {
        try replica.require(.hub)
        if !acceptsClock { try ClockCheck.atStart(wall: World.wall, journal: try replica.state().hubTime) }
        service = try HubService(replica, logger: logger)
        latest = LatestBoard(try Observer(replica))
        token = try APIToken(newIn: replica.folder)
        let accounts = try AccountFile(replica.folder, roles: Role.secretariat)
        console = try HubConsole(latest: latest, accounts: accounts, live: live)
            .console(options)
        firstLink = try accounts.firstLink().map { "/link/\($0.text)" }
        self.options = options
        self.logger = logger
        self.heartbeat = heartbeat
        self.bodies = bodies
    }

    /// Serves until the process is told to stop.
    public func run(ready: @escaping @Sendable (String) -> Void) async throws {
        let router = Router.answeringErrors(logger)
        router.add(middleware: AbsentPages(console))
        route(router)
        try await Server(options, logger: logger).run(
            router,
            jobs: [
                HeadWatch(service: service), CollectionJob(service.replica, logger: logger),
                ObservationJob(latest, service.log, live, logger: logger),
            ], ready: ready)
    }

    private func route(_ router: Router<ServingContext>) {
        let service = service
        router.post("/sync/v1/exchange") { request, context in
            await respond(request, context, limit: Limits.messageSize) { await service.exchange($0) }
        }
        router.post("/sync/v1/repair") { request, context in
            await respond(request, context, limit: Limits.repairRequestSize) { await service.repair($0) }
        }
        router.post("/sync/v1/join") { request, context in
            await respond(request, context, limit: 4096) { await service.join($0) }
        }
        router.get("/sync/v1/snapshot") { request, context in
            await respond(request, context, limit: 0) { await service.manifest($0) }
        }
        router.get("/sync/v1/snapshot/:rev/:index") { request, context in
            let rev = context.parameters.get("rev", as: UInt64.self)
            let index = context.parameters.get("index", as: Int.self)
            return await respond(request, context, limit: 0) {
                await service.part($0, rev: rev ?? 0, index: index ?? -1)
            }
        }
        router.get("/sync/v1/events") { request, context in await events(request, context) }
        router.get("/healthz") { _, _ in Response(["status": "ok"] as JSON) }
        router.get("/readyz") { _, _ in
            do {
                let state = try service.replica.state()
                return Response([
                    "status": "ready", "rev": JSON(state.cursor.rev), "listeners": JSON(service.heads.listenerCount),
                ])
            } catch {
                return Response(service.inner(error).json, status: .serviceUnavailable)
            }
        }
        router.get("/metrics") { request, context in await metrics(request, context) }
        console.route(router)
        router.get("/") { request, _ in
            if request.headers[.accept]?.contains("text/html") == true {
                return Response(status: .seeOther, headers: [.location: "/board"])
            }
            return Response(["program": .string(OpenReplica.program), "role": "hub", "protocol": JSON(Limits.version)])
        }
    }

    private func respond(
        _ request: Request, _ context: ServingContext, limit: Int,
        _ body: (HubService.Incoming) async -> HubService.Answer
    ) async -> Response {
        let origin = origin(of: request, context)
        do {
            return try await bodies.withBody(of: request, limit: limit, from: origin, on: context.channel) { bytes in
                let incoming = incoming(request, body: bytes, origin: origin)
                return response(await body(incoming), to: incoming)
            }
        } catch BodyReader.Fault.full {
            return response(service.busy, to: incoming(request, body: [], origin: origin))
        } catch {
            let refusal = Refusal(
                .malformed, Phrase("请求过大或中途断开，未处理。", "The request is too large or was cut off; nothing was done."),
                hubTime: World.wall)
            var answer = HubService.Answer(refusal)
            answer.status = HTTPResponse.Status.contentTooLarge.code
            return response(answer, to: incoming(request, body: [], origin: origin))
        }
    }

    /// From where a request comes, as shares are counted: behind a proxy from where that says.
    private func origin(of request: Request, _ context: ServingContext) -> String? {
        options.isBehindProxy ? Origin.of(forwarded: request.headers[.forwardedFor]) : context.origin
    }

    private func incoming(_ request: Request, body: [UInt8], origin: String?) -> HubService.Incoming {
        let parts = request.uri.string.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        return HubService.Incoming(
            method: request.method.rawValue, path: String(parts.first ?? "/"),
            query: parts.count > 1 ? String(parts[1]) : "",
            headers: request.headers.map { ($0.name.canonicalName, $0.value) }, body: body, origin: origin)
    }

    private func response(_ answer: HubService.Answer, to incoming: HubService.Incoming) -> Response {
        var fields = HTTPFields()
        for (name, value) in service.signature(of: answer, to: incoming) {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        if let wait = answer.retryAfter { fields[.retryAfter] = String((wait + 999) / 1000) }
        return Response(bytes: answer.body, type: answer.type, status: .init(code: answer.status), headers: fields)
    }

    // MARK: Events

    /// Between two events a comment is sent at least this often, so that both ends notice a dead line.
    static let heartbeat = Duration.seconds(15)

    private func events(_ request: Request, _ context: ServingContext) async -> Response {
        let incoming = incoming(request, body: [], origin: origin(of: request, context))
        let (answer, listener) = await service.events(incoming)
        guard answer.status == 200, let listener else { return response(answer, to: incoming) }
        guard let heads = service.heads.listen(as: listener) else {
            return response(
                .init(Refusal(.busy, Phrase("监听者过多。", "Too many listeners."), retryAfter: 30_000, hubTime: World.wall)),
                to: incoming)
        }
        var fields = HTTPFields()
        for (name, value) in service.signature(of: answer, to: incoming) {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        fields[.contentType] = answer.type
        fields[.cacheControl] = "no-store"
        let body = ResponseBody { writer in
            var writer = writer
            // A listener that hangs up is let go at once, not at the next heartbeat.
            try await request.body.consumeWithCancellationOnInboundClose { _ in
                for await beat in Heartbeat.beats(heads, every: heartbeat) {
                    try await writer.write(ByteBuffer(string: beat))
                }
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: fields, body: body)
    }
}

extension HTTPField.Name {
    static let retryAfter = HTTPField.Name("Retry-After")!
    static let forwardedFor = HTTPField.Name("X-Forwarded-For")!
}
