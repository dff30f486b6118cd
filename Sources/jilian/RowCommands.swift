import Alliance
import ArgumentParser
import CRDT
import Foundation
import Replica
import Store
import Sync

/// Rows for people and for programs.
enum RowOutput {
    static func list(_ replica: OpenReplica, _ table: Table, asJSON: Bool) throws {
        let rows = try replica.list(table)
        let json = JSON.array(rows.map { JSON($0, of: table) })
        let names = try replica.names()
        Output.result(json, asJSON: asJSON) {
            var text = TextTable(["编号", "所属单位"] + table.columns.map(\.title.zh))
            for row in rows {
                text.add(
                    [row.key.id.description, names.memberName(row.key.owner) ?? "—"]
                        + table.columns.map { $0.text(of: row[$0.id]?.value ?? .null, names: names) })
            }
            return text.text() + "\n共 \(rows.count) 行。"
        }
    }
}

struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "列出一张表 · list a table")
    @OptionGroup var common: CommonOptions
    @Argument(help: "表名 · table")
    var table: String

    func run() throws {
        let replica = try common.open()
        try RowOutput.list(replica, try replica.table(table), asJSON: common.json)
    }
}

struct ShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "显示一行及每格的来历 · show a row and whence each cell comes")
    @OptionGroup var common: CommonOptions
    @Argument(help: "表名 · table")
    var table: String
    @Argument(help: "编号或名称 · id or natural key")
    var id: String

    func run() throws {
        let replica = try common.open()
        let table = try replica.table(table)
        let json = try replica.show(try replica.find(id, in: table), of: table)
        Output.result(json, asJSON: common.json) {
            var text = TextTable(["栏", "值", "状态", "写于"])
            for column in table.columns {
                let cell = json["columns"]?[column.name]
                text.add([
                    column.title.zh, cell?["text"]?.text ?? "", cell?["state"]?.text == "local" ? "仅本机" : "已确认",
                    Output.time(cell?["time"]),
                ])
            }
            return "\(json["id"]?.text ?? "") · \(json["ownerName"]?.text ?? "")\n" + text.text()
        }
    }
}

struct AddCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "add", abstract: "新建一行 · make a row")
    @OptionGroup var common: CommonOptions
    @Argument(help: "表名 · table")
    var table: String
    @Argument(help: "栏名=值 · column=value")
    var assignments: [String]
    @OptionGroup var batch: BatchConsentOptions

    func run() throws {
        let replica = try common.open()
        let table = try replica.table(table)
        let key = try replica.add(
            try replica.values(assignments, in: table), to: table, consent: try batch.statement(replica))
        let stamp = try replica.store.read { try $0.row(key)?.presence?.stamp }
        let json: JSON = ["id": JSON(key.id), "owner": JSON(key.owner), "stamp": stamp.map { JSON($0) } ?? .null]
        Output.result(json, asJSON: common.json) { "已新建 \(key.id)" }
    }
}

struct SetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "set", abstract: "修改一行 · edit a row")
    @OptionGroup var common: CommonOptions
    @Argument(help: "表名 · table")
    var table: String
    @Argument(help: "编号或名称 · id or natural key")
    var id: String
    @Argument(help: "栏名=值 · column=value")
    var assignments: [String]
    @Option(
        name: .customLong("shown"), help: "栏名=时间戳：显示时的时间戳，已变则不写 · column=stamp as shown; not written if it has moved")
    var shown: [String] = []

    func run() throws {
        let replica = try common.open()
        let table = try replica.table(table)
        var stamps: [String: String] = [:]
        for item in shown {
            let halves = item.split(separator: "=", maxSplits: 1)
            guard halves.count == 2 else { throw ValidationError("--shown 栏名=时间戳 · column=stamp") }
            stamps[String(halves[0])] = String(halves[1])
        }
        let json = try replica.edit(
            try replica.find(id, in: table), of: table, assignments, shown: shown.isEmpty ? nil : stamps)
        Output.result(json, asJSON: common.json) { json["changed"] == 0 ? "内容相同，未作改动。" : "已修改。" }
    }
}

struct DeleteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "delete", abstract: "删除一行 · delete a row")
    @OptionGroup var common: CommonOptions
    @Argument(help: "表名 · table")
    var table: String
    @Argument(help: "编号或名称 · id or natural key")
    var id: String

    func run() throws {
        let replica = try common.open()
        let row = try replica.find(id, in: try replica.table(table))
        try replica.commit([RowEdit(key: row.key, act: .delete)])
        let stamp = try replica.store.read { try $0.row(row.key)?.presence?.stamp }
        let json: JSON = ["changed": 1, "id": JSON(row.key.id), "stamp": stamp.map { JSON($0) } ?? .null]
        Output.result(json, asJSON: common.json) { "已删除 \(row.key.id)" }
    }
}

struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "从 CSV 或 Excel（xlsx）导入 · import CSV or XLSX")
    @OptionGroup var common: CommonOptions
    @Argument(help: "表名 · table")
    var table: String
    @Argument(help: "CSV 或 xlsx 文件 · file")
    var file: String
    @Option(help: "编码：utf8、gb18030、utf16le、utf16be；缺省自动识别 · encoding; found by itself if not given")
    var encoding: String?
    @Option(help: "工作簿中的工作表；缺省为第一个有内容的 · a workbook's sheet; the first that holds anything if not given")
    var sheet: String?
    @Option(help: "表头=栏名，可重复；栏名空着则不读入 · heading=column; without a column it is left out")
    var map: [String] = []
    @Flag(help: "只预览，不写入 · preview only")
    var dryRun = false
    @OptionGroup var batch: BatchConsentOptions

    /// By a heading of the file, the column that was named for it.
    private func chosen(in table: Table) throws -> [String: String] {
        try map.reduce(into: [:]) { chosen, pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2 else { throw ValidationError("--map: \(pair)") }
            chosen[parts[0]] = parts[1].isEmpty ? "" : try column(parts[1], of: table)
        }
    }

    private func column(_ name: String, of table: Table) throws -> String {
        guard let column = table.columns.first(where: { [$0.name, $0.title.zh].contains(name) }) else {
            throw ValidationError("--map: \(table.columns.map(\.name).joined(separator: ", "))")
        }
        return column.name
    }

    func run() throws {
        let replica = try common.open()
        let table = try replica.table(table)
        var named: TextEncoding?
        if let encoding {
            guard let found = TextEncoding(rawValue: encoding.lowercased().filter { $0 != "-" && $0 != "_" }) else {
                throw ValidationError("--encoding: utf8, gb18030, utf16le, utf16be")
            }
            named = found
        }
        guard let data = FileManager.default.contents(atPath: file) else {
            throw CommandError(
                .refused, "file",
                Phrase("无法读取文件 \(file)；请检查路径和权限。", "The file \(file) can't be read; check path and rights."))
        }
        let result = try replica.importRows(
            [UInt8](data), into: table, encoding: named, sheet: sheet, chosen: chosen(in: table),
            consent: batch.statement(replica), dryRun: dryRun
        ) { done, total in
            Output.progress("已写入 \(done)/\(total) 行")
        }
        Output.endProgress()
        Output.result(result.json, asJSON: common.json) { text(result) }
        if result.problemCount > 0 { throw ExitCode(CommandError.Kind.refused.rawValue) }
    }

    private func text(_ result: OpenReplica.ImportResult) -> String {
        var lines = ["\(result.plan.formTitle)，\(result.plan.rows.count) 行可用。"]
        lines += result.plan.notices.map { "请注意：\($0.zh)" }
        for heading in result.plan.ignored { lines.append("未识别的栏，已忽略：\(heading)") }
        for problem in result.problems {
            let column = problem.column.map { "“\($0)”" } ?? ""
            lines.append("第 \(problem.line) 行\(column)“\(problem.value)”：\(problem.phrase.zh)")
        }
        if result.problemCount > result.problems.count {
            lines.append("另有 \(result.problemCount - result.problems.count) 处问题。")
        }
        let kept = result.kept > 0 ? "另有 \(result.kept) 人没有同意记录，资料只存本机（consent list --without）。" : ""
        let counts = "新建 \(result.created) 行，修改 \(result.changed) 行，不变 \(result.unchanged) 行。" + kept
        lines.append(
            result.problemCount > 0 ? "有 \(result.problemCount) 处问题，什么也没有写入。" : (dryRun ? "预览：将" : "已") + counts)
        return lines.joined(separator: "\n")
    }
}

struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "导出为 CSV（Excel 可直接打开）或 xlsx · export CSV that Excel opens, or XLSX")
    @OptionGroup var common: CommonOptions
    @Argument(help: "表名 · table")
    var table: String
    @Flag(help: "导出为 Excel 工作簿 · an Excel workbook")
    var xlsx = false

    func run() throws {
        let replica = try common.open()
        let table = try replica.table(table)
        if xlsx {
            FileHandle.standardOutput.write(Data(try replica.exportWorkbook(table)))
        } else if common.json {
            try RowOutput.list(replica, table, asJSON: true)
        } else {
            FileHandle.standardOutput.write(Data(try replica.export(table)))
        }
    }
}
