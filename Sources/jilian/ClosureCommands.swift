import ArgumentParser
import Replica

/// Closures and the bookings that they hit.
enum ClosureOutput {
    static func text(_ json: JSON) -> String {
        guard case .array(let hits)? = json["hits"], case .array(let spaces)? = json["spaces"] else { return "" }
        let names = spaces.compactMap(\.text).joined(separator: "、")
        let head =
            "\(names)：\(BookingOutput.time(json["from"])) — \(BookingOutput.time(json["to"])) 停用（\(json["kindZh"]?.text ?? "")）\(json["reason"]?.text ?? "")"
        guard !hits.isEmpty else { return head + "\n没有影响到预约。" }
        let lines = hits.map { hit in
            "  \(hit["member"]?.text ?? "") \(BookingOutput.line(hit)) \(hit["purpose"]?.text ?? "") \(hit["id"]?.text ?? "")"
        }
        return ([head, "影响到 \(hits.count) 个预约，它们仍然有效，请改期或用 cancel --reason 让出："] + lines).joined(separator: "\n")
    }
}

struct CloseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "close", abstract: "停用实训室或整个基地一段时间，并列出受影响的预约 · close for a time and list what it hits")
    @OptionGroup var common: CommonOptions
    @Argument(help: "实训室；整个基地用 --base · space")
    var space: String?
    @Option(help: "实训基地 · base")
    var base: String?
    @Option(help: "开始 · begins")
    var from: String
    @Option(help: "结束 · ends")
    var to: String
    @Option(help: "类别：维护、考试、竞赛、假期 · maintenance, exam, contest, holiday")
    var kind = "维护"
    @Option(help: "原因 · reason")
    var reason = ""

    func run() throws {
        let json = try common.open().close(space: space, base: base, from: from, to: to, kind: kind, reason: reason)
        Output.result(json, asJSON: common.json) { ClosureOutput.text(json) }
    }
}

struct ClosuresCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "closures", abstract: "停用时段及受影响的预约 · closures and what they hit")
    @OptionGroup var common: CommonOptions

    func run() throws {
        let json = try common.open().closures()
        Output.result(json, asJSON: common.json) {
            guard case .array(let all) = json else { return "" }
            return all.isEmpty ? "没有停用时段。" : all.map(ClosureOutput.text).joined(separator: "\n")
        }
    }
}
