import Alliance
public import Replica

/// Everything that a node holds of one person, its console's accounts and audit list too (个人信息副本).
public enum PersonDossier {
    /// - Parameters:
    ///   - person: a staff number.
    ///   - accounts: the data folder.
    public static func make(of person: String, _ replica: OpenReplica, accounts folder: String) throws -> JSON {
        guard case .object(var json) = try replica.personExport(person) else { return .null }
        let file = try AccountFile(folder, roles: Role.school)
        let name = json["name"]?.text ?? ""
        let number = json["number"]?.text ?? person
        let own = try file.accounts().filter { !name.isEmpty && $0.display == name || $0.name == number }
        json["accounts"] = .array(
            own.map { ["name": .string($0.name), "display": .string($0.display), "role": .string($0.role.rawValue)] })
        let words = Set([number, json["id"]?.text ?? ""] + own.map(\.name)).filter { !$0.isEmpty }
        json["audit"] = .array(try lines(naming: words, file))
        return .object(json)
    }

    /// The audit lines that name one of some words: whole words of what was done on, or who did it.
    private static func lines(naming words: Set<String>, _ file: AccountFile) throws -> [JSON] {
        try file.audit(count: AccountFile.auditMax).filter { line in
            words.contains(line.who)
                || line.subject.split(whereSeparator: { " /,:→".contains($0) }).contains { words.contains(String($0)) }
        }.map {
            [
                "time": JSON($0.time), "who": .string($0.who), "act": .string($0.act), "subject": .string($0.subject),
            ]
        }
    }
}
