import Alliance
import ArgumentParser
import Foundation
import Replica

/// Plans and their places.
struct QuotaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quota", abstract: "招生计划和名额 · plans and places",
        subcommands: [Plan.self, Allot.self, Release.self, Admit.self, Cancel.self, Status.self])

    private static func text(_ plan: JSON) -> String {
        var lines = [
            "\(plan["name"]?.text ?? "")：共 \(Output.number(plan["total"]))，公共池 \(Output.number(plan["pool"]))，在途 \(Output.number(plan["onTheirWay"]))"
        ]
        if case .array(let members)? = plan["members"] {
            for member in members {
                lines.append(
                    "  \(member["name"]?.text ?? "") 持有 \(Output.number(member["held"]))，已用 \(Output.number(member["used"]))"
                )
            }
        }
        return lines.joined(separator: "\n")
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

        func run() throws {
            let json = try common.open().allot(count, of: plan, to: member)
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

        func run() throws {
            let json = try common.open().releasePlaces(count, of: plan, to: to)
            Output.result(json, asJSON: common.json) { QuotaCommand.text(json) }
        }
    }

    struct Admit: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "录取：占用一个本校持有的名额，当即有效 · admit; final at once")
        @OptionGroup var common: CommonOptions
        @Argument(help: "计划编号 · plan")
        var plan: String
        @Option(help: "重发不重复的键，如校内学号 · idempotency key; stays here")
        var key = ""

        func run() throws {
            let json = try common.open().admit(plan, idempotencyKey: key)
            Output.result(json, asJSON: common.json) {
                "已录取，名额号 \(Output.number(json["place"]))" + (json["new"] == .bool(true) ? "。" : "（此前已录取）。")
            }
        }
    }

    struct Cancel: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "取消录取：名额仍归本校 · end an admission; its place stays the school's")
        @OptionGroup var common: CommonOptions
        @Argument(help: "计划编号 · plan")
        var plan: String
        @Argument(help: "名额号 · place")
        var place: Int64
        @Option(help: "原因 · reason")
        var reason = ""

        func run() throws {
            try common.open().cancelPlace(plan, place: place, because: reason)
            Output.result(["place": JSON(place)], asJSON: common.json) { "名额 \(place) 已空出。" }
        }
    }

    struct Status: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "各计划的名额 · all plans")
        @OptionGroup var common: CommonOptions

        func run() throws {
            let json = try common.open().plans()
            Output.result(json, asJSON: common.json) {
                guard case .array(let plans) = json else { return "" }
                return plans.isEmpty ? "还没有招生计划。" : plans.map(QuotaCommand.text).joined(separator: "\n")
            }
        }
    }
}

/// `hub attest`.
struct AttestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attest", abstract: "把节点旧副本的权利确认移交给它现在的副本 · give a node's former points to its present replica")
    @OptionGroup var common: CommonOptions
    @Argument(help: "节点编号 · node")
    var node: String
    @Flag(help: "声明：旧副本都不再运行，没有存着未上报记录的备份或 U 盘 · no former copy, backup or stick holds unsent records")
    var stateNothingLeft = false

    func run() throws {
        let json = try common.open().attest(node, statesNothingLeft: stateNothingLeft)
        Output.result(json, asJSON: common.json) { "已确认移交 \(Output.number(json["replicas"])) 个旧副本的权利。" }
    }
}
