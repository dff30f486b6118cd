import Alliance
import Board
import CRDT
import Replica
import Sync

/// The nodes of a board as a file for a spreadsheet; what is not known is an empty cell.
enum BoardCSV {
    static func bytes(of board: HubBoard) -> [UInt8] {
        let heading = ["状态", "成员", "节点", "地区", "最近成功", "滞后（秒）", "待上行", "待下行", "冲突", "程序", "时钟偏差（毫秒）", "上次证明一致", "编号"]
        let lines = board.nodes.map { node -> [String] in
            let facts = node.facts
            let report = facts.report
            return [
                node.state.phrase.zh, facts.memberName, facts.name, facts.place, time(facts.lastHeard),
                node.lag.map { "\($0 / 1000)" } ?? "", report.map { "\($0.pending)" } ?? "",
                node.behind.map(String.init) ?? "", "\(facts.openConflicts)", report?.program ?? "",
                report.map { "\($0.clockOffset)" } ?? "", time(report?.provedAt ?? 0), facts.id.description,
            ]
        }
        return CSVFile.csv(texts: [heading] + lines)
    }

    private static func time(_ milliseconds: UInt64) -> String {
        milliseconds == 0 ? "" : ChinaTime.text(milliseconds: Int64(clamping: milliseconds / 1000 * 1000))
    }
}
