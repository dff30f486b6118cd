import Alliance
import ArgumentParser
import Board
import CRDT
import Foundation
import Replica
import Sync

extension HubCommand {
    struct BoardCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "board", abstract: "同步态势：哪些学校现在需要处理 · which schools need somebody now")
        @OptionGroup var common: CommonOptions
        @Option(help: "历史：1h、24h、7d · history")
        var tier = "24h"

        func run() throws {
            let observer = try Observer(common.open())
            let board = try observer.look()
            let json = try observer.boardJSON(board, tier.asTier())
            Output.result(json, asJSON: common.json) { text(board) }
        }

        private func text(_ board: HubBoard) -> String {
            var lines = [heading(board)]
            lines += board.open.map { alert in
                let subject = board.nodes.first { $0.facts.id == alert.key.subject }?.facts.title ?? "中心"
                return
                    "[\(alert.severity.phrase.zh)] \(alert.key.kind.title.zh)：\(subject)。\(alert.condition.detail.zh)"
            }
            var table = TextTable(["状态", "成员 · 节点", "最近成功", "滞后", "落后", "待发", "冲突", "时钟", "上次证明一致"])
            for node in board.nodes {
                let report = node.facts.report
                table.add([
                    node.state.phrase.zh, node.facts.title, Output.time(JSON(time: node.facts.lastHeard)),
                    node.lag.map { Words.duration($0).zh } ?? "未知", node.behind.map(String.init) ?? "未知",
                    report.map { "\($0.pending)" } ?? "未知", "\(node.facts.openConflicts)",
                    report.map { Words.offset($0.clockOffset).zh } ?? "未知",
                    Output.time(JSON(time: report?.provedAt ?? 0)),
                ])
            }
            lines.append(table.text())
            return lines.joined(separator: "\n")
        }

        private func heading(_ board: HubBoard) -> String {
            let proved = board.nodes.count { $0.state == .proved }
            let serving =
                board.isServing
                ? "" : "中心未在服务（最近一次：\(Output.time(JSON(time: board.watched ?? 0)))），其间不计离线。"
            return
                "需处理 \(board.needing.count)，正常 \(proved)，共 \(board.active.count) 个节点；日志第 \(board.facts.head) 号。\(serving)"
        }
    }

    struct NodeStoryCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "node", abstract: "一个节点的经过：交换、拒绝、字节、副本 · one node's story")
        @OptionGroup var common: CommonOptions
        @Argument(help: "节点或成员的名称，或节点编号 · name of node or member, or the node's id")
        var node: String
        @Option(help: "历史：1h、24h、7d · history")
        var tier = "24h"

        func run() throws {
            let observer = try Observer(common.open())
            let board = try observer.look()
            let standing = try observer.node(node, on: board)
            let json = try observer.storyJSON(standing, on: board, tier.asTier())
            let lines = try observer.file.lines(of: standing.facts.id)
            Output.result(json, asJSON: common.json) {
                let bytes = standing.tally?.bytes ?? .none
                var text = [
                    "\(standing.facts.title)：\(standing.state.phrase.zh)",
                    "最近成功 \(Output.time(JSON(time: standing.facts.lastHeard)))，最近请求 \(Output.time(JSON(time: standing.tally?.lastAttempt ?? 0)))",
                    "收 \(bytes.up) 字节，发 \(bytes.down) 字节；恢复或重来过 \(standing.facts.endedReplicas.count) 次",
                ]
                text += board.alerts.filter { $0.key.subject == standing.facts.id }.map {
                    "\($0.key.kind.title.zh)：\($0.condition.detail.zh)（\($0.key.name)）"
                }
                text += lines.map { "\(Output.time(JSON($0.last)))  \($0.phrase.zh)" }
                return text.joined(separator: "\n")
            }
        }
    }

    struct Journal: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "日志：每号是谁写的、裁定如何 · the journal, entry by entry")
        @OptionGroup var common: CommonOptions
        @Option(help: "只看此号之前的 · only before this rev")
        var before: UInt64?
        @Option(help: "只看这个节点的 · only this node's")
        var node: String?
        @Option(help: "条数，至多 100 · how many, at most 100")
        var count = 40

        func validate() throws {
            guard (1...OpenReplica.journalPage).contains(count) else {
                throw ValidationError("--count 应为 1 到 \(OpenReplica.journalPage) · 1 to \(OpenReplica.journalPage)")
            }
        }

        func run() throws {
            let json = try common.open().journalJSON(before: before, node: node, count: count)
            Output.result(json, asJSON: common.json) {
                guard case .array(let entries)? = json["entries"] else { return "" }
                var table = TextTable(["序号", "时间", "成员", "节点", "事务", "剔除", "行（表）", "非公开分区"])
                for entry in entries {
                    table.add([
                        Output.number(entry["rev"]), Output.time(entry["time"]), entry["memberName"]?.text ?? "",
                        entry["nodeName"]?.text ?? "", Output.number(entry["transactions"]),
                        Output.number(entry["struck"]), tables(entry["tables"]),
                        Output.number(entry["personal"]?["sections"]),
                    ])
                }
                return table.text()
            }
        }

        private func tables(_ json: JSON?) -> String {
            guard case .object(let tables)? = json else { return "已回收" }
            return tables.sorted { $0.key < $1.key }.map { "\($0.key) \(Output.number($0.value))" }
                .joined(separator: "，")
        }
    }
}

extension String {
    /// A history's name, as it is typed.
    func asTier() throws -> Tier {
        guard let tier = Tier(name: self) else {
            throw CommandError(.usage, "tier", Phrase("历史应为 1h、24h 或 7d。", "The history is 1h, 24h or 7d."))
        }
        return tier
    }
}
