import ArgumentParser
import Replica

struct RequestsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "requests", abstract: "待批复的申请 · requests that nobody has answered")
    @OptionGroup var common: CommonOptions

    func run() throws {
        let json = try common.open().requests()
        Output.result(json, asJSON: common.json) { Self.text(json) }
    }

    static func text(_ json: JSON) -> String {
        guard case .array(let requests) = json else { return "" }
        var text = TextTable(["单位", "实训室", "开始", "结束", "数量", "用途", "同时申请", "批复期限", "由本校批复", "编号"])
        for request in requests {
            text.add([
                request["member"]?.text ?? "", request["space"]?.text ?? "", BookingOutput.time(request["from"]),
                BookingOutput.time(request["to"]), Output.number(request["count"]),
                "\(request["purpose"]?.text ?? "") \(request["className"]?.text ?? "")\(BookingOutput.waits(request))",
                Self.rivals(request, requests),
                BookingOutput.time(request["respondBy"]) + (request["overdue"] == .bool(true) ? " 已过" : ""),
                request["mine"] == .bool(true) ? "是" : "否", request["id"]?.text ?? "",
            ])
        }
        return text.text() + "\n共 \(requests.count) 项申请。"
    }

    /// The members that ask for some of the same.
    private static func rivals(_ request: JSON, _ all: [JSON]) -> String {
        guard case .array(let ids)? = request["competing"] else { return "" }
        return all.filter { $0["id"].map(ids.contains) ?? false }.compactMap { $0["member"]?.text }.joined(
            separator: "、")
    }
}

struct ApproveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "approve", abstract: "同意申请 · grant a request")
    @OptionGroup var common: CommonOptions
    @Argument(help: "申请编号 · request")
    var request: String
    @OptionGroup var repeats: KeyOptions

    func run() throws {
        let json = try common.open().approve(request, idempotencyKey: repeats.key)
        Output.result(json, asJSON: common.json) { "已同意，对方下次同步即可看到。" }
    }
}

struct DeclineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "decline", abstract: "驳回申请 · decline a request")
    @OptionGroup var common: CommonOptions
    @Argument(help: "申请编号 · request")
    var request: String
    @Option(help: "理由 · reason")
    var reason: String
    @OptionGroup var repeats: KeyOptions

    func run() throws {
        let json = try common.open().decline(request, because: reason, idempotencyKey: repeats.key)
        Output.result(json, asJSON: common.json) { "已驳回，对方会看到理由和可选时段。" }
    }
}

struct RightsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rights", abstract: "本机持有什么，什么在隔离 · what this replica holds, and what waits")
    @OptionGroup var common: CommonOptions

    func run() throws {
        let json = try common.open().rights()
        Output.result(json, asJSON: common.json) {
            guard case .array(let held)? = json["held"], case .array(let coming)? = json["onTheirWay"],
                case .array(let waiting)? = json["quarantined"]
            else { return "" }
            var lines = held.isEmpty ? ["本机没有持有时段或名额。"] : ["本机持有："] + held.map(HoldingOutput.line)
            if !coming.isEmpty { lines += ["在途，下次同步后可用："] + coming.map(HoldingOutput.line) }
            return (lines + waiting.map(HoldingOutput.text)).joined(separator: "\n")
        }
    }
}
