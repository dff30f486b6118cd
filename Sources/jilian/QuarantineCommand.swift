import ArgumentParser
import Replica
import Sync

/// Holdings for people.
enum HoldingOutput {
    static func line(_ asset: JSON) -> String {
        let name = asset["name"]?.text ?? ""
        switch asset["table"]?.text {
        case "plan": return "  招生计划 \(name)：\(Output.number(asset["places"])) 个名额"
        case "teacher": return "  教师 \(name) 的时间"
        default: return "  实训室 \(name)：\(Output.number(asset["lanes"])) 个工位的时段"
        }
    }

    /// Points that wait for the secretariat, and why.
    static func text(_ waiting: JSON) -> String {
        guard case .array(let assets)? = waiting["assets"] else { return "" }
        let head =
            "隔离：\(waiting["member"]?.text ?? "") \(waiting["nodeName"]?.text ?? "")，旧副本 \(waiting["replica"]?.text ?? "")"
        return ([head] + assets.map(line) + ["  \(waiting["zh"]?.text ?? "")"]).joined(separator: "\n")
    }
}

/// `hub quarantine`.
struct QuarantineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quarantine", abstract: "旧副本所持、待确认移交的时段和名额 · points of former replicas that wait",
        subcommands: [List.self, Release.self], defaultSubcommand: List.self)

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "列出 · list")
        @OptionGroup var common: CommonOptions

        func run() throws {
            let json = try common.open().quarantine()
            Output.result(json, asJSON: common.json) {
                guard case .array(let all) = json, !all.isEmpty else { return "没有在隔离的时段或名额。" }
                let remedy = "核实后：jilian hub quarantine release 节点编号 --state-nothing-left"
                return (all.map { "\(HoldingOutput.text($0))\n  节点编号 \($0["node"]?.text ?? "")" } + [remedy])
                    .joined(separator: "\n")
            }
        }
    }

    struct Release: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "确认移交，同 hub attest · attest, as hub attest does")
        @OptionGroup var attestation: AttestCommand

        func run() throws { try attestation.run() }
    }
}

/// `hub decide`.
struct DecideCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decide", abstract: "无人批复的申请：由秘书处驳回 · decline what its holder does not answer",
        discussion: "公共池里空着的，中心收到申请时已当即答复；留下的由持有单位批复，逾期的可由秘书处驳回。不给编号则列出。")
    @OptionGroup var common: CommonOptions
    @Argument(help: "申请编号 · request")
    var request: String?
    @Option(help: "驳回的理由，对方会看到 · why")
    var decline: String?

    func validate() throws {
        guard (request == nil) == (decline == nil) else {
            throw ValidationError("请同时给出申请编号和 --decline 理由 · give a request and --decline with the reason")
        }
    }

    func run() throws {
        let replica = try common.open()
        try replica.require(.hub)
        guard let request, let decline else {
            let json = try replica.requests()
            return Output.result(json, asJSON: common.json) { RequestsCommand.text(json) }
        }
        let json = try replica.decline(request, because: decline)
        Output.result(json, asJSON: common.json) { "已驳回，对方下次同步会看到理由和可选时段。" }
    }
}
