import Alliance
import CRDT
import HTTPTypes
import Hummingbird
import NIOCore
import Replica
import Serving
import Sync
import Wire

/// The node's JSON API: the same commands as the command line's, under `/api/v1`.
struct NodeAPI: Sendable {
    let replica: OpenReplica
    let driver: SyncDriver
    /// Called when something was written.
    let wake: @Sendable () -> Void
    private let queue = BlockingQueue("node.api")

    /// The largest file that is imported, bytes.
    static let fileSizeMax = 32 << 20

    init(replica: OpenReplica, driver: SyncDriver, wake: @escaping @Sendable () -> Void) {
        self.replica = replica
        self.driver = driver
        self.wake = wake
    }

    func route(_ router: Router<BasicRequestContext>) {
        router.get("/healthz") { _, _ in Response(["status": "ok"] as JSON) }
        router.get("/readyz") { _, _ in await run { ["status": "ready", "rev": JSON(try replica.state().cursor.rev)] } }
        let api = router.group("/api/v1")
        api.get("status") { _, _ in await run { try replica.statusJSON() } }
        api.post("sync") { _, _ in Response(await driver.run().json) }
        api.get("tables") { _, _ in
            Response(.array(replica.schema.tables.map { ["name": .string($0.name), "zh": .string($0.title.zh), "en": .string($0.title.en)] }))
        }
        rows(api)
        inboxes(api)
    }

    private func rows(_ api: RouterGroup<BasicRequestContext>) {
        api.get("tables/:table/rows") { _, context in
            let name = try context.parameters.require("table")
            return await run {
                let table = try replica.table(name)
                return .array(try replica.list(table).map { JSON($0, of: table) })
            }
        }
        api.get("tables/:table/rows/:id") { _, context in
            let (name, id) = (try context.parameters.require("table"), try context.parameters.require("id"))
            return await run {
                let table = try replica.table(name)
                return try replica.show(try replica.find(id, in: table), of: table)
            }
        }
        api.post("tables/:table/rows") { request, context in
            let name = try context.parameters.require("table")
            let body = await json(request)
            return await run(writes: true) {
                let table = try replica.table(name)
                return ["id": JSON(try replica.add(try replica.values(try assignments(body), in: table), to: table).id)]
            }
        }
        api.patch("tables/:table/rows/:id") { request, context in
            let (name, id) = (try context.parameters.require("table"), try context.parameters.require("id"))
            let body = await json(request)
            return await run(writes: true) {
                let table = try replica.table(name)
                return try replica.edit(
                    try replica.find(id, in: table), of: table, try assignments(body),
                    shown: try shown(body))
            }
        }
        api.delete("tables/:table/rows/:id") { _, context in
            let (name, id) = (try context.parameters.require("table"), try context.parameters.require("id"))
            return await run(writes: true) {
                let row = try replica.find(id, in: try replica.table(name))
                return ["changed": JSON(try replica.commit([RowEdit(key: row.key, act: .delete)]))]
            }
        }
        api.post("tables/:table/import") { request, context in
            let name = try context.parameters.require("table")
            let dryRun = request.uri.queryParameters["dry-run"] != nil
            guard let buffer = try? await request.body.collect(upTo: Self.fileSizeMax) else {
                return Response(tooLarge)
            }
            let bytes = Array(buffer: buffer)
            return await run(writes: !dryRun) {
                try replica.importRows(bytes, into: try replica.table(name), encoding: nil, dryRun: dryRun).json
            }
        }
    }

    private func inboxes(_ api: RouterGroup<BasicRequestContext>) {
        api.get("conflicts") { request, _ in
            let all = request.uri.queryParameters["all"] != nil
            return await run { try replica.conflictsJSON(all: all) }
        }
        api.post("conflicts/:id/:act") { _, context in
            let (id, act) = (try context.parameters.require("id"), try context.parameters.require("act"))
            return await run(writes: true) {
                let row = try replica.find(id, in: try replica.table("conflict"))
                switch act {
                case "restore": try replica.restoreConflict(row)
                case "keep": try replica.keepConflict(row)
                default: throw unknownAct(act)
                }
                return ["id": .string(id), "resolution": .string(act == "restore" ? "restored" : "kept")]
            }
        }
        api.get("rejected") { _, _ in await run { .array(try replica.rejected().map(replica.rejectedJSON)) } }
        api.post("rejected/:id/:act") { _, context in
            let (id, act) = (try context.parameters.require("id", as: Int64.self), try context.parameters.require("act"))
            return await run(writes: true) {
                switch act {
                case "retry": try replica.retryRejected(id)
                case "drop": try replica.dropRejected(id)
                default: throw unknownAct(act)
                }
                return ["id": .number(id), "state": .string(act == "retry" ? "retried" : "dropped")]
            }
        }
    }

    // MARK: Plumbing

    private func run(writes: Bool = false, _ body: @escaping @Sendable () throws -> JSON) async -> Response {
        do {
            let result = try await queue.run(body)
            if writes { wake() }
            return Response(result)
        } catch {
            return Response(CommandError(error))
        }
    }

    private func json(_ request: Request) async -> JSON? {
        guard let buffer = try? await request.body.collect(upTo: JSON.sizeMax) else { return nil }
        return JSON(bytes: Array(buffer: buffer))
    }

    /// `{"values": {"column": value, …}}` as the command line's assignments.
    private func assignments(_ body: JSON?) throws -> [String] {
        guard case .object(let values)? = body?["values"] else {
            throw CommandError(
                .usage, "body", Phrase("请求内容应为 JSON：{\"values\": {栏名: 值}}。", "The body should be JSON: {\"values\": {column: value}}."))
        }
        return try values.sorted { $0.key < $1.key }.map { "\($0)=\(try text($1, column: $0))" }
    }

    private func text(_ value: JSON, column: String) throws -> String {
        switch value {
        case .null: return ""
        case .bool(let flag): return flag ? "1" : "0"
        case .number(let number): return String(number)
        case .string(let text): return text
        case .array(let items): return try items.map { try text($0, column: column) }.joined(separator: ";")
        case .object:
            throw CommandError(.usage, "value", Phrase("\(column) 的值不能是对象。", "The value of \(column) can't be an object."))
        }
    }

    private func shown(_ body: JSON?) throws -> [String: String]? {
        guard case .object(let stamps)? = body?["shown"] else { return nil }
        return stamps.compactMapValues(\.text)
    }

    private func unknownAct(_ act: String) -> CommandError {
        CommandError(.usage, "act", Phrase("没有 \(act) 这一操作。", "There is no act \(act)."))
    }

    private var tooLarge: CommandError {
        CommandError(.usage, "too-large", Phrase("文件超过 32 MiB；请拆成几个。", "The file is over 32 MiB; split it."))
    }
}
