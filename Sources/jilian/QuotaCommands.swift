import Alliance
import ArgumentParser
import Foundation
import Replica

/// Plans and their places.
struct QuotaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quota", abstract: "招生计划和名额 · plans and places",
        subcommands: [
            Plan.self, Allot.self, Release.self, Admit.self, Cancel.self, Register.self, HandOver.self, List.self,
            Duplicates.self, Key.self, Status.self,
        ])

    private static func text(_ plan: JSON) -> String {
        var lines = ["\(plan["name"]?.text ?? "")：\(count(plan))"] + members(plan)
        if let later = plan["later"], later != .null {
            lines.append("  后段（\(plan["lead"]?.text ?? "")）：\(count(later))")
            lines += members(later).map { "  " + $0 }
        }
        return lines.joined(separator: "\n")
    }

    private static func count(_ stage: JSON) -> String {
        "共 \(Output.number(stage["total"]))，公共池 \(Output.number(stage["pool"]))，在途 \(Output.number(stage["onTheirWay"]))"
    }

    private static func members(_ stage: JSON) -> [String] {
        guard case .array(let members)? = stage["members"] else { return [] }
        return members.map {
            "  \($0["name"]?.text ?? "") 持有 \(Output.number($0["held"]))，已用 \(Output.number($0["used"]))"
        }
    }

    private static func text(ofAdmission json: JSON) -> String {
        let place = json["place"] == .null ? "–" : Output.number(json["place"])
        let parts = [
            "名额 \(place)", json["stateZh"]?.text ?? "", json["name"]?.text ?? "", json["orderClass"]?.text ?? "",
            json["registered"]?.text ?? "", json["sent"] == .bool(false) ? "未上报" : "",
        ]
        return parts.filter { !$0.isEmpty }.joined(separator: "  ")
    }

    struct Plan: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "设立计划，或改变其名额总数（中心）· make a plan or change its total")
        @OptionGroup var common: CommonOptions
        @Argument(help: "year= major= level= pathway= …")
        var values: [String]
        @Option(help: "名额总数 · places in all")
        var total: Int

        func run() throws {
            let json = try common.open().setPlan(values, total: total)
            Output.result(json, asJSON: common.json) { QuotaCommand.text(json) }
        }
    }

    struct Allot: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "从公共池分配名额给成员（中心）· allot places of the pool")
        @OptionGroup var common: CommonOptions
        @Argument(help: "计划编号 · plan")
        var plan: String
        @Argument(help: "成员 · member")
        var member: String
        @Argument(help: "数量 · how many")
        var count: Int
        @OptionGroup var repeats: KeyOptions

        func run() throws {
            let json = try common.open().allot(count, of: plan, to: member, idempotencyKey: repeats.key)
            Output.result(json, asJSON: common.json) { QuotaCommand.text(json) }
        }
    }

    struct Release: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "退回未用的名额，或转给别的学校 · give unused places back, or on")
        @OptionGroup var common: CommonOptions
        @Argument(help: "计划编号 · plan")
        var plan: String
        @Argument(help: "数量 · how many")
        var count: Int
        @Option(help: "转给 · to a member")
        var to: String?
        @OptionGroup var repeats: KeyOptions

        func run() throws {
            let json = try common.open().releasePlaces(count, of: plan, to: to, idempotencyKey: repeats.key)
            Output.result(json, asJSON: common.json) { QuotaCommand.text(json) }
        }
    }

    struct Admit: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "录取：占用一个本校持有的名额，当即有效 · admit; final at once")
        @OptionGroup var common: CommonOptions
        @Argument(help: "计划编号 · plan")
        var plan: String
        @Option(help: "考生姓名，只存本机 · name; stays on this machine")
        var name = ""
        @Option(help: "证件号码，只存本机；上报的是比对用的标记 · document number; only a mark of it leaves")
        var number = ""
        @Option(help: "订单班 · order class")
        var orderClass = ""
        @Option(help: "重发不重复的键，如校内学号 · idempotency key; stays here")
        var key = ""

        func run() throws {
            var applicant = OpenReplica.Applicant()
            (applicant.name, applicant.number, applicant.orderClass) = (name, number, orderClass)
            applicant.idempotencyKey = key
            let json = try common.open().admit(applicant, to: plan)
            Output.result(json, asJSON: common.json) {
                "已录取，名额号 \(Output.number(json["place"]))" + (json["new"] == .bool(true) ? "。" : "（此前已录取）。")
            }
        }
    }

    struct Cancel: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "考生退出：名额仍归本校 · an applicant withdraws; the place stays the school's")
        @OptionGroup var common: CommonOptions
        @Argument(help: "计划编号 · plan")
        var plan: String
        @Argument(help: "名额号 · place")
        var place: Int64
        @Option(help: "原因 · reason")
        var reason = ""
        @OptionGroup var repeats: KeyOptions

        func run() throws {
            let json = try common.open().withdraw(
                place: place, of: plan, because: reason, idempotencyKey: repeats.key)
            Output.result(json, asJSON: common.json) { "名额 \(place) 已空出。" }
        }
    }

    struct Register: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "注册：录取的学生已报到 · a student has come")
        @OptionGroup var common: CommonOptions
        @Argument(help: "计划编号 · plan")
        var plan: String
        @Argument(help: "名额号 · place")
        var place: Int64
        @Option(help: "日期，默认今天 · day")
        var on = ""

        func run() throws {
            let json = try common.open().register(place: place, of: plan, on: on)
            Output.result(json, asJSON: common.json) { QuotaCommand.text(ofAdmission: json) }
        }
    }

    struct HandOver: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "转段：后段名额随学生转给牵头学校 · hand the later stage over to the lead school")
        @OptionGroup var common: CommonOptions
        @Argument(help: "计划编号 · plan")
        var plan: String
        @Argument(help: "名额号 · place")
        var place: Int64
        @OptionGroup var repeats: KeyOptions

        func run() throws {
            let json = try common.open().handOver(place: place, of: plan, idempotencyKey: repeats.key)
            Output.result(json, asJSON: common.json) { "名额 \(place) 的后段已转给牵头学校，同步后生效。" }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "一个计划的录取 · a plan's admissions")
        @OptionGroup var common: CommonOptions
        @Argument(help: "计划编号 · plan")
        var plan: String

        func run() throws {
            let json = try common.open().admissions(of: plan)
            Output.result(json, asJSON: common.json) {
                guard case .array(let all) = json else { return "" }
                return all.isEmpty ? "还没有录取。" : all.map(QuotaCommand.text(ofAdmission:)).joined(separator: "\n")
            }
        }
    }

    struct Duplicates: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "同一考生被录取两次的个案 · applicants who are admitted twice")
        @OptionGroup var common: CommonOptions

        func run() throws {
            let json = try common.open().duplicates()
            Output.result(json, asJSON: common.json) {
                guard case .array(let all) = json else { return "" }
                return all.isEmpty ? "没有重复录取。" : all.map(Self.text).joined(separator: "\n")
            }
        }

        private static func text(_ duplicate: JSON) -> String {
            guard case .array(let sides)? = duplicate["admissions"] else { return "" }
            let schools = sides.map { "\($0["school"]?.text ?? "")（\($0["standing"] == .bool(true) ? "在册" : "已退出")）" }
            return (duplicate["open"] == .bool(true) ? "待处理  " : "已了结  ") + schools.joined(separator: "、")
        }
    }

    struct Key: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "考生密钥：各校相同才能比对，中心没有 · the schools' key for comparing applicants; the hub never has it")
        @OptionGroup var common: CommonOptions
        @Argument(help: "new 新设，或他校告知的代码；不填则显示 · new, or the code that another school told")
        var code: String?

        func run() throws {
            let replica = try common.open()
            let key: ApplicantKey?
            if let code {
                key = try replica.setApplicantKey(code == "new" ? nil : code)
            } else {
                key = try replica.applicantKey()
            }
            let json: JSON = ["code": key.map { .string($0.code) } ?? .null]
            Output.result(json, asJSON: common.json) {
                guard let key else { return "还没有考生密钥。" }
                return "考生密钥：\(key.code)\n请当面或书面告知其他学校，不要发给中心。"
            }
        }
    }

    struct Status: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "各计划的名额 · all plans")
        @OptionGroup var common: CommonOptions

        func run() throws {
            let json = try common.open().plans()
            Output.result(json, asJSON: common.json) {
                guard case .array(let plans) = json else { return "" }
                return plans.isEmpty ? "还没有招生计划。" : plans.map { QuotaCommand.text($0) }.joined(separator: "\n")
            }
        }
    }
}
