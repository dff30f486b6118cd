import Accounts
import Alliance
import ArgumentParser
import Replica
import Sync

/// The accounts of a console, for whoever can read its data folder: above all the last administrator who has forgotten
/// the password.
struct AccountCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account", abstract: "网页控制台的账号 · accounts of the web console",
        subcommands: [List.self, Reset.self, Invite.self, Close.self])

    /// The console's accounts, by what the folder is.
    private static func file(_ common: CommonOptions) throws -> AccountFile {
        let replica = try common.open()
        return try AccountFile(common.data, roles: replica.state().role == .hub ? Role.secretariat : Role.school)
    }

    /// Who did it, in the audit list.
    private static let who = "jilian account"

    private static func show(_ secret: Secret, _ common: CommonOptions) {
        Output.result(["link": .string("/link/\(secret.text)")], asJSON: common.json) {
            "把它接在控制台地址后面，在浏览器中打开（只能用一次，24 小时内有效）：\n/link/\(secret.text)"
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "列出账号 · list accounts")
        @OptionGroup var common: CommonOptions

        func run() throws {
            let accounts = try AccountCommand.file(common).accounts()
            let json = accounts.map { account -> JSON in
                [
                    "name": .string(account.name), "display": .string(account.display),
                    "role": .string(account.role.rawValue), "closed": JSON(time: account.closed),
                ]
            }
            Output.result(.array(json), asJSON: common.json) {
                var table = TextTable(["登录名", "称呼", "角色", "状态"])
                for account in accounts {
                    table.add([
                        account.name, account.display, account.role.title.zh, account.closed == 0 ? "可用" : "已停用",
                    ])
                }
                return accounts.isEmpty ? "还没有账号；启动服务时会给出建立第一个账号的链接。" : table.text()
            }
        }
    }

    struct Reset: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "忘记密码：给出一次性链接 · a one-time link for a new password")
        @OptionGroup var common: CommonOptions
        @Argument(help: "登录名 · name")
        var name: String

        func run() throws {
            AccountCommand.show(
                try AccountCommand.file(common).resetLink(for: name, by: AccountCommand.who), common)
        }
    }

    struct Invite: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "给出建立账号的一次性链接 · a one-time link that makes an account")
        @OptionGroup var common: CommonOptions
        @Argument(help: "角色 · administrator, teacher, viewer; operator, auditor")
        var role: String

        func run() throws {
            guard let role = Role(rawValue: role) else {
                throw CommandError(
                    .usage, "role",
                    Phrase("没有角色 \(role)。", "There is no role \(role)."))
            }
            AccountCommand.show(try AccountCommand.file(common).invite(role, by: AccountCommand.who), common)
        }
    }

    struct Close: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "停用账号 · close an account")
        @OptionGroup var common: CommonOptions
        @Argument(help: "登录名 · name")
        var name: String

        func run() throws {
            try AccountCommand.file(common).close(name, by: AccountCommand.who)
            Output.result(["closed": .string(name)], asJSON: common.json) { "已停用 \(name)，其登录已结束。" }
        }
    }
}
