import Accounts
import Alliance
import ArgumentParser
import Foundation
import Replica

/// One statement for all persons of a command.
struct BatchConsentOptions: ParsableArguments {
    @Option(
        name: .customLong("consent"),
        help: "教师：已收齐同意，写明日期；没有它，资料只存本机 · teachers: consents are collected, dated so; without it entries are kept here")
    var date: String?
    @Option(name: .customLong("consent-method"), help: "方式：paper 或 electronic · how it was given")
    var method = ""

    func statement(_ replica: OpenReplica) throws -> ConsentStatement? {
        try date.map {
            try replica.consentStatement(given: $0, method: method, recordedBy: CommandLineUser.name)
        }
    }
}

/// What teachers have consented to, and what became of it when they no longer do.
struct ConsentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "consent", abstract: "教师的同意与撤回 · teachers' consents and their withdrawals",
        discussion: """
            没有登记同意的教师资料只存在本机；撤回后，联盟各处在下次同步时删除。
            Without a recorded consent a teacher's entry stays in this file; a withdrawal removes it everywhere at the next sync.
            """,
        subcommands: [Give.self, Withdraw.self, List.self, Show.self])

    struct Give: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "登记同意，并共享留存的资料 · record a consent and share what is kept")
        @OptionGroup var common: CommonOptions
        @Argument(help: "工号，可多个 · staff numbers")
        var persons: [String] = []
        @Flag(help: "留存在本机且未撤回的全部教师 · everyone who is kept here and has not withdrawn")
        var all = false
        @Option(help: "同意书上的日期 · the date on it")
        var date: String
        @Option(help: "方式：paper 或 electronic · how it was given")
        var method = ""
        @Option(help: "项目，逗号分隔；缺省为全部 · fields; all if not given")
        var fields = ""
        @Option(help: "目的 · purpose")
        var purpose = ""
        @Option(help: "同意书文本的版本 · version of its text")
        var textVersion = ""

        func validate() throws {
            guard all != !persons.isEmpty else {
                throw ValidationError("给出工号，或 --all · give staff numbers, or --all")
            }
        }

        func run() throws {
            let replica = try common.open()
            let statement = try replica.consentStatement(
                given: date, method: method, fields: fields, purpose: purpose, textVersion: textVersion,
                recordedBy: CommandLineUser.name)
            let json = try replica.giveConsent(statement, to: all ? nil : persons)
            Output.result(json, asJSON: common.json) {
                "已登记 \(Output.number(json["given"])) 人的同意，新共享 \(Output.number(json["shared"])) 人的资料。"
            }
        }
    }

    struct Withdraw: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "登记撤回：资料在各处删除，只存本机 · record a withdrawal: the entry goes everywhere but here")
        @OptionGroup var common: CommonOptions
        @Argument(help: "工号 · staff number")
        var person: String

        func run() throws {
            let json = try common.open().withdrawConsent(of: person)
            Output.result(json, asJSON: common.json) { ConsentText.person(json) }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "本校教师的同意情况 · how consents stand")
        @OptionGroup var common: CommonOptions
        @Flag(help: "只列没有同意的 · only those without a consent")
        var without = false

        func run() throws {
            let json = try common.open().personsJSON(withoutConsent: without)
            Output.result(json, asJSON: common.json) {
                guard case .array(let persons) = json, !persons.isEmpty else { return "没有教师。" }
                var table = TextTable(["工号", "姓名", "状态", "同意日期", "撤回时间"])
                for person in persons {
                    table.add([
                        person["number"]?.text ?? "", person["name"]?.text ?? "", person["stateZh"]?.text ?? "",
                        person["consent"]?["given"]?.text ?? "—", Output.time(person["consent"]?["withdrawn"]),
                    ])
                }
                return table.text() + "\n共 \(persons.count) 人。"
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "一位教师的同意，撤回后删除到哪一步 · one teacher's consent, and how far an erasure has come")
        @OptionGroup var common: CommonOptions
        @Argument(help: "工号 · staff number")
        var person: String

        func run() throws {
            let json = try common.open().personJSON(person)
            Output.result(json, asJSON: common.json) { ConsentText.person(json) }
        }
    }
}

/// One person's data.
struct PersonCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "person", abstract: "一位教师的个人信息 · one teacher's personal data",
        subcommands: [Keep.self, Forget.self, Export.self])

    struct Keep: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "只存本机，或修改留存的资料 · keep an entry here alone, or change one that is kept")
        @OptionGroup var common: CommonOptions
        @Argument(help: "栏名=值 · column=value")
        var assignments: [String]

        func run() throws {
            let replica = try common.open()
            let changed = try replica.keep(replica.values(assignments, in: replica.table("teacher")))
            Output.result(["changed": JSON(changed ? 1 : 0)], asJSON: common.json) {
                changed ? "已存在本机；登记同意（consent give）后才会共享。" : "内容相同，未作改动。"
            }
        }
    }

    struct Forget: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "删除本机留存的资料 · delete an entry that is kept here")
        @OptionGroup var common: CommonOptions
        @Argument(help: "工号 · staff number")
        var person: String

        func run() throws {
            try common.open().forgetKept(person)
            Output.result(["forgotten": .string(person)], asJSON: common.json) { "已删除本机留存的 \(person)。" }
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "一位教师的全部资料：条目、同意、预约、谁收到过 · all that is held of a teacher")
        @OptionGroup var common: CommonOptions
        @Argument(help: "工号 · staff number")
        var person: String
        @Option(help: "另存为 CSV 文件 · also as a CSV file")
        var csv: String?

        func run() throws {
            let json = try PersonDossier.make(of: person, common.open(), accounts: common.data)
            if let csv {
                guard
                    FileManager.default.createFile(
                        atPath: csv, contents: Data(OpenReplica.personCSV(json)), attributes: [.posixPermissions: 0o600]
                    )
                else {
                    throw CommandError(
                        .refused, "file",
                        Phrase("无法写入 \(csv)；请检查路径和权限。", "\(csv) can't be written; check path and rights."))
                }
            }
            Output.result(json, asJSON: common.json) { json.serialised(pretty: true) }
        }
    }
}

/// A person's consent for people.
enum ConsentText {
    static func person(_ json: JSON) -> String {
        var lines = ["\(json["number"]?.text ?? "") \(json["name"]?.text ?? "")：\(json["stateZh"]?.text ?? "")"]
        if let consent = json["consent"], consent != .null {
            lines.append(
                "  同意于 \(consent["given"]?.text ?? "")（\(consent["methodZh"]?.text ?? "")，文本 \(consent["textVersion"]?.text ?? "")，登记人 \(consent["recordedBy"]?.text ?? "")）"
            )
        }
        guard let end = json["withdrawal"], end != .null else { return lines.joined(separator: "\n") }
        lines.append("  撤回于 \(Output.time(end["withdrawn"]))")
        lines.append(end["rev"] == .null ? "  尚未送达中心" : "  已送达中心：日志第 \(Output.number(end["rev"])) 号")
        if let members = end["members"], members != .null {
            lines.append("  \(Output.number(members["of"])) 家成员中 \(Output.number(members["acknowledged"])) 家已确认")
        }
        lines.append(end["complete"] == .null ? "  尚未全部删除" : "  删除完成：\(Output.time(end["complete"]))")
        if case .array(let waiting)? = end["waiting"], !waiting.isEmpty {
            lines.append("  等待：\(waiting.compactMap(\.text).joined(separator: "、"))")
        }
        return lines.joined(separator: "\n")
    }
}
