import Alliance
import ArgumentParser
import Replica

/// The last imports, and the way back from each.
struct ImportsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "imports", abstract: "最近的导入，可以撤销 · the last imports, to be taken back",
        subcommands: [List.self, Undo.self], defaultSubcommand: List.self)

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "列出 · list them")
        @OptionGroup var common: CommonOptions

        func run() throws {
            let kept = try common.open().keptImports()
            Output.result(.array(kept.map(\.json)), asJSON: common.json) {
                var table = TextTable(["编号", "时间", "表"])
                for one in kept {
                    table.add([one.id, ChinaTime.text(milliseconds: one.time / 1000 * 1000), one.table])
                }
                return table.text()
            }
        }
    }

    struct Undo: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "撤销一次导入；之后改过的保留 · take an import back, but for what was changed since")
        @OptionGroup var common: CommonOptions
        @Argument(help: "编号，写出开头即可 · its id, or the start of it")
        var id: String

        func run() throws {
            let (undone, kept) = try common.open().undoImport(id)
            Output.result(["undone": JSON(undone), "kept": JSON(kept)], asJSON: common.json) {
                "撤销了 \(undone) 行" + (kept == 0 ? "。" : "；\(kept) 行在导入之后有改动，保留现状。")
            }
        }
    }
}
