import Alliance
import CRDT
import Foundation
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

    func route(_ router: Router<ServingContext>) {
        router.get("/healthz") { _, _ in Response(["status": "ok"] as JSON) }
        router.get("/readyz") { _, _ in await run { ["status": "ready", "rev": JSON(try replica.state().cursor.rev)] } }
        let api = router.group("/api/v1")
        api.get("status") { _, _ in await run { try replica.statusJSON() } }
        api.post("sync") { _, _ in Response(await driver.run().json) }
        api.get("tables") { _, _ in
            Response(
                .array(
                    replica.schema.tables.map {
                        ["name": .string($0.name), "zh": .string($0.title.zh), "en": .string($0.title.en)]
                    }))
        }
        rows(api)
        inboxes(api)
        bookings(api)
        holdings(api)
        places(api)
        persons(api)
    }

    private func rows(_ api: RouterGroup<ServingContext>) {
        api.get("tables/:table/rows") { _, context in
            let name = try parameter("table", context)
            return await run {
                let table = try replica.table(name)
                return .array(try replica.list(table).map { JSON($0, of: table) })
            }
        }
        api.get("tables/:table/rows/:id") { _, context in
            let (name, id) = (try parameter("table", context), try parameter("id", context))
            return await run {
                let table = try replica.table(name)
                return try replica.show(try replica.find(id, in: table), of: table)
            }
        }
        api.post("tables/:table/rows") { request, context in
            let name = try parameter("table", context)
            let body = try await json(request)
            return await run(writes: true) {
                let table = try replica.table(name)
                let values = try replica.values(try assignments(body, in: table, besides: ["consent"]), in: table)
                let consent = try body["consent"].flatMap { $0 == .null ? nil : try statement($0) }
                return ["id": JSON(try replica.add(values, to: table, consent: consent).id)]
            }
        }
        api.patch("tables/:table/rows/:id") { request, context in
            let (name, id) = (try parameter("table", context), try parameter("id", context))
            let body = try await json(request)
            return await run(writes: true) {
                let table = try replica.table(name)
                return try replica.edit(
                    try replica.find(id, in: table), of: table, try assignments(body, in: table, besides: ["shown"]),
                    shown: try shown(body))
            }
        }
        api.delete("tables/:table/rows/:id") { _, context in
            let (name, id) = (try parameter("table", context), try parameter("id", context))
            return await run(writes: true) {
                let row = try replica.find(id, in: try replica.table(name))
                return ["changed": JSON(try replica.commit([RowEdit(key: row.key, act: .delete)]))]
            }
        }
        api.post("tables/:table/import") { request, context in
            let name = try parameter("table", context)
            let dryRun = request.uri.queryParameters["dry-run"] != nil
            let given = request.uri.queryParameters["consent"].map(String.init)
            let sheet = request.uri.queryParameters["sheet"].map(String.init)
            guard let buffer = try? await request.body.collect(upTo: Self.fileSizeMax) else {
                return Response(tooLarge)
            }
            let bytes = Array(buffer: buffer)
            return await respond(writes: !dryRun) {
                let consent = try given.map { try replica.consentStatement(given: $0, recordedBy: Self.recorder) }
                let result = try replica.importRows(
                    bytes, into: try replica.table(name), encoding: nil, sheet: sheet, consent: consent, dryRun: dryRun)
                return Response(result.json, status: result.problemCount > 0 && !dryRun ? .unprocessableContent : .ok)
            }
        }
    }

    private func inboxes(_ api: RouterGroup<ServingContext>) {
        api.get("conflicts") { request, _ in
            let all = request.uri.queryParameters["all"] != nil
            return await run { try replica.conflictsJSON(all: all) }
        }
        api.post("conflicts/:id/:act") { _, context in
            let (id, act) = (try parameter("id", context), try parameter("act", context))
            return await run(writes: true) {
                let row = try replica.find(id, in: try replica.table("conflict"))
                switch act {
                case "restore": try replica.restoreConflict(row)
                case "keep": try replica.keepConflict(row)
                default: throw unknownAct(act)
                }
                return ["id": JSON(row.key.id), "resolution": .string(act == "restore" ? "restored" : "kept")]
            }
        }
        api.get("rejected") { _, _ in await run { .array(try replica.rejected().map(replica.rejectedJSON)) } }
        api.post("rejected/:id/:act") { _, context in
            let (id, act) = (try number("id", context), try parameter("act", context))
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

    func run(writes: Bool = false, _ body: @escaping @Sendable () throws -> JSON) async -> Response {
        await respond(writes: writes) { Response(try body()) }
    }

    private func respond(writes: Bool, _ body: @escaping @Sendable () throws -> Response) async -> Response {
        do {
            let response = try await queue.run(body)
            if writes { wake() }
            return response
        } catch {
            return Response(CommandError(error))
        }
    }

    /// A part of the path, as it was before it was percent-encoded.
    func parameter(_ name: String, _ context: ServingContext) throws -> String {
        let text = try context.parameters.require(name)
        guard let plain = text.removingPercentEncoding else {
            throw CommandError(.usage, "address", Phrase("地址中的 \(text) 无法识别。", "\(text) in the address can't be read."))
        }
        return plain
    }

    func number(_ name: String, _ context: ServingContext) throws -> Int64 {
        let text = try parameter(name, context)
        guard let number = Int64(text) else {
            throw CommandError(.usage, "id", Phrase("编号应为数字，不是 \(text)。", "The id should be a number, not \(text)."))
        }
        return number
    }

    func json(_ request: Request) async throws -> JSON {
        guard let buffer = try? await request.body.collect(upTo: JSON.sizeMax) else {
            throw CommandError(
                .usage, "too-large", Phrase("请求超过 4 MiB，未处理。", "The request is over 4 MiB; nothing was done."))
        }
        guard let json = JSON(bytes: Array(buffer: buffer)) else {
            throw CommandError(
                .usage, "json", Phrase("请求内容不是 JSON，或含有小数。", "The body is not JSON, or has a number with a fraction."))
        }
        return json
    }

    /// `{"values": {"column": value, …}}` as the command line's assignments. A member that is neither that nor in
    /// `others` is refused: it might be the misspelt check of what was shown.
    func assignments(_ body: JSON, in table: Table, besides others: Set<String> = []) throws -> [String] {
        guard case .object(let members) = body, case .object(let values)? = members["values"],
            others.union(["values"]).isSuperset(of: members.keys)
        else {
            let more = others.sorted().map { ", \"\($0)\": …" }.joined()
            throw CommandError(
                .usage, "body",
                Phrase(
                    "请求内容应为 JSON：{\"values\": {栏名: 值}\(more)}，别无他项。",
                    "The body should be JSON: {\"values\": {column: value}\(more)}, and nothing else."))
        }
        return try values.sorted { $0.key < $1.key }.map { name, value in
            let column = try replica.column(name, in: table)
            return "\(column.name)=\(try text(value, of: column))"
        }
    }

    private func text(_ value: JSON, of column: Column) throws -> String {
        switch value {
        case .null: return ""
        case .bool(let flag): return flag ? "1" : "0"
        case .number(let number): return String(number)
        case .string(let text): return text
        case .array(let items) where column.type == .members && items.allSatisfy({ $0.text != nil }):
            return items.compactMap(\.text).joined(separator: ";")
        case .array, .object:
            throw CommandError(
                .usage, "value",
                Phrase(
                    "\(column.name) 的值不能是对象；只有成员列表可写成数组，其元素为文字。",
                    "The value of \(column.name) can't be an object, and an array only of texts and for a list of members."
                ))
        }
    }

    /// By column the stamp that was shown; `nil` only where nothing is said of it, so that no slip lets a check go.
    private func shown(_ body: JSON) throws -> [String: String]? {
        switch body["shown"] {
        case nil, .null?: return nil
        case .object(let stamps)? where stamps.values.allSatisfy({ $0.text != nil }):
            return stamps.compactMapValues(\.text)
        default:
            throw CommandError(
                .usage, "shown", Phrase("shown 应为 {栏名: 时间戳}。", "shown should be {column: stamp}."))
        }
    }

    func unknownAct(_ act: String) -> CommandError {
        CommandError(.usage, "act", Phrase("没有 \(act) 这一操作。", "There is no act \(act)."))
    }

    private var tooLarge: CommandError {
        CommandError(.usage, "too-large", Phrase("文件超过 32 MiB；请拆成几个。", "The file is over 32 MiB; split it."))
    }
}
