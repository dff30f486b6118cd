import Accounts
import Alliance
import ArgumentParser
import Replica
import Sync

extension HubCommand {
    /// Everything that was done at the hub, by page and by command line.
    struct Audit: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "审计：谁在何时做了什么，网页和命令行都在内 · who did what, by page and by command line")
        @OptionGroup var common: CommonOptions
        @Option(help: "只看此号之前的 · only before this number")
        var before: Int64?
        @Option(help: "条数，至多 1000 · how many, at most 1000")
        var count = 100

        func validate() throws {
            guard (1...1000).contains(count) else { throw ValidationError("--count 应为 1 到 1000 · 1 to 1000") }
        }

        func run() throws {
            try common.open().require(.hub)
            let lines = try AccountFile(common.data, roles: Role.secretariat).audit(before: before, count: count)
            let json = JSON.array(
                lines.map { line in
                    [
                        "id": JSON(line.id), "time": JSON(line.time), "who": .string(line.who),
                        "act": .string(line.act), "subject": .string(line.subject),
                    ]
                })
            Output.result(json, asJSON: common.json) {
                var table = TextTable(["号", "时间", "何人", "做了什么", "对象"])
                for line in lines {
                    table.add([
                        "\(line.id)", Output.time(JSON(line.time)), line.who.isEmpty ? "程序" : line.who, line.act,
                        line.subject,
                    ])
                }
                return table.text()
            }
        }
    }
}
