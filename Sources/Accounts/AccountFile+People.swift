public import Alliance
import GRDB
import Replica

extension AccountFile {
    /// All accounts, the closed ones too, in the order in which they were made.
    public func accounts() throws -> [Account] {
        try database.read { try Row.fetchAll($0, sql: "SELECT * FROM account ORDER BY id").compactMap(Account.init) }
    }

    /// Whether somebody can manage accounts.
    public func hasChief() throws -> Bool { try accounts().contains { $0.role.isChief && $0.closed == 0 } }

    public func account(named name: String) throws -> Account {
        let row = try database.read {
            try Row.fetchOne($0, sql: "SELECT * FROM account WHERE name = ?", arguments: [name])
        }
        guard let account = row.flatMap(Account.init) else {
            throw CommandError(.refused, "absent", Phrase("没有账号 \(name)。", "There is no account \(name)."))
        }
        return account
    }

    /// Changes what somebody may do. Who is signed in as them has the new role at once.
    public func setRole(_ role: Role, of name: String, by who: String) throws {
        let account = try account(named: name)
        guard roles.contains(role) else { throw Self.unknownRole }
        try change(account, by: who, "role", "\(account.name) \(account.role.rawValue) → \(role.rawValue)") {
            try $0.execute(sql: "UPDATE account SET role = ? WHERE id = ?", arguments: [role.rawValue, account.id])
        }
    }

    /// Closes an account, and ends its sessions.
    public func close(_ name: String, by who: String) throws {
        let account = try account(named: name)
        let now = clock()
        try change(account, by: who, "close", account.name) {
            try $0.execute(sql: "UPDATE account SET closed = ? WHERE id = ?", arguments: [now, account.id])
            try $0.execute(sql: "DELETE FROM session WHERE account = ?", arguments: [account.id])
            try $0.execute(sql: "DELETE FROM link WHERE account = ?", arguments: [account.id])
        }
    }

    /// Opens a closed account again.
    public func reopen(_ name: String, by who: String) throws {
        let account = try account(named: name)
        try change(account, by: who, "reopen", account.name) {
            try $0.execute(sql: "UPDATE account SET closed = 0 WHERE id = ?", arguments: [account.id])
        }
    }

    /// One change with its line in the audit list, unless it would leave nobody who manages accounts.
    private func change(
        _ account: Account, by who: String, _ act: String, _ subject: String, _ body: (Database) throws -> Void
    )
        throws
    {
        let now = clock()
        try database.write { database in
            try body(database)
            let chiefs = try Row.fetchAll(database, sql: "SELECT * FROM account WHERE closed = 0").compactMap(
                Account.init
            )
            .filter(\.role.isChief)
            guard !chiefs.isEmpty || !account.role.isChief || account.closed != 0 else {
                throw CommandError(
                    .refused, "last-chief",
                    Phrase(
                        "这是最后一个管理账号，未作改动；请先另设一个。",
                        "This is the last account that manages the others, and was not changed; make another one first."
                    ))
            }
            try Self.note(database, now, who, act, subject)
        }
    }

    static var unknownRole: CommandError {
        CommandError(.usage, "role", Phrase("没有这种角色。", "There is no such role."))
    }

    // MARK: What a name and a password must be

    public static let passwordMin = 8
    static let passwordMax = 200
    static let nameMax = 40

    static func check(name: String) throws {
        let isPlain = name.unicodeScalars.allSatisfy {
            !$0.properties.isWhitespace && $0.value >= 0x20 && $0.value != 0x7F
        }
        guard (1...nameMax).contains(name.count), isPlain else {
            throw CommandError(
                .refused, "name",
                Phrase("登录名为 1 到 \(nameMax) 个字符，不含空格。", "A name has 1 to \(nameMax) characters and no space."))
        }
    }

    static func check(password: String, name: String) throws {
        guard (passwordMin...passwordMax).contains(password.count), password.lowercased() != name.lowercased() else {
            throw CommandError(
                .refused, "password",
                Phrase(
                    "密码至少 \(passwordMin) 个字符，且不能与登录名相同。",
                    "A password has at least \(passwordMin) characters and is not the name."))
        }
    }
}
