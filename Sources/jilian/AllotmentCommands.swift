import ArgumentParser
import Replica

struct ReleaseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release", abstract: "把本校空着的工位放开一段时间 · give free workstations away for a time")
    @OptionGroup var common: CommonOptions
    @Argument(help: "实训室 · space")
    var space: String
    @Option(help: "开始 · begins")
    var from: String
    @Option(help: "结束 · ends")
    var to: String
    @Option(help: "工位数 · workstations")
    var workstations = 1
    @Option(help: "分配给成员；不给则放入公共池 · to a member; else to the pool")
    var member: String?
    @OptionGroup var repeats: KeyOptions

    func run() throws {
        let json = try common.open().releaseTime(
            space, from: from, to: to, workstations: workstations, member: member, idempotencyKey: repeats.key)
        Output.result(json, asJSON: common.json) {
            "已放开 \(Output.number(json["released"])) 个工位：\(BookingOutput.time(json["from"])) — \(BookingOutput.time(json["to"]))，同步后生效。"
        }
    }
}

struct AllotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "allot", abstract: "把一个学期的每周时段分配给成员，或放入公共池 · give weekly windows of a term to a member or to all")
    @OptionGroup var common: CommonOptions
    @Argument(help: "实训室 · space")
    var space: String
    @Option(help: "分配给 · to a member")
    var to: String?
    @Flag(help: "放入公共池 · open to all")
    var open = false
    @OptionGroup var weekly: WeeklyOptions
    @Option(help: "节次，如 5-8 · periods")
    var periods: String?
    @Option(help: "工位数；不给则全部 · workstations; all if not given")
    var workstations: Int?
    @OptionGroup var repeats: KeyOptions

    func validate() throws {
        guard (to != nil) != open else { throw ValidationError("请给出 --to 成员 或 --open · give --to or --open") }
        guard weekly.weekday != nil else { throw ValidationError("请给出 --weekday · give --weekday") }
    }

    func run() throws {
        var windows = OpenReplica.Windows(weekdays: weekly.weekday ?? "", hours: try weekly.hours(periods))
        windows.term = weekly.term
        windows.weeks = weekly.weeks ?? ""
        windows.workstations = workstations
        let json = try common.open().allot(space, windows, to: to, idempotencyKey: repeats.key)
        Output.result(json, asJSON: common.json) {
            guard case .array(let given)? = json["given"], case .array(let left)? = json["left"] else { return "" }
            let skipped = left.map { "\($0["date"]?.text ?? "") \($0["reason"]?.text ?? "")" }
            return
                "已放开 \(given.count) 次（\(json["note"]?.text ?? "")），每次 \(Output.number(json["workstations"])) 个工位，同步后生效。"
                + (skipped.isEmpty ? "" : "\n未放开：" + skipped.joined(separator: "；"))
        }
    }
}

struct AllotmentsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "allotments", abstract: "时段的分配：给出、已用、未用 · what was given, used, unused",
        subcommands: [List.self, Back.self], defaultSubcommand: List.self)

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "列出 · list")
        @OptionGroup var common: CommonOptions

        func run() throws {
            let json = try common.open().allotments()
            Output.result(json, asJSON: common.json) {
                guard case .array(let all) = json else { return "" }
                var text = TextTable(["实训室", "给出", "给", "时段", "工位·分钟", "已用", "未用", "已退回", "编号"])
                for one in all {
                    text.add([
                        one["space"]?.text ?? "", one["from"]?.text ?? "", one["to"]?.text ?? "公共池",
                        one["note"]?.text ?? "",
                        Output.number(one["given"]), Output.number(one["used"]), Output.number(one["unused"]),
                        Output.number(one["back"]), one["id"]?.text ?? "",
                    ])
                }
                return text.text() + "\n共 \(all.count) 项。"
            }
        }
    }

    struct Back: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "退回未用的时段给原单位 · give back what is unused")
        @OptionGroup var common: CommonOptions
        @Argument(help: "分配编号 · allotment")
        var allotment: String

        func run() throws {
            let json = try common.open().giveBack(allotment)
            Output.result(json, asJSON: common.json) { "已退回 \(Output.number(json["back"])) 工位·分钟，同步后生效。" }
        }
    }
}
