import Alliance
import Crypto
import Foundation
import Store

/// A command with its idempotency key (幂等键): sent again under the same key it does nothing more, and is answered the
/// same.
///
/// The key and the answer are written in the transaction that does what was asked, so a process that is killed has done
/// both or neither. A command that was refused leaves no key behind.
struct KeyedCommand {
    /// The most characters that a key has.
    static let keySizeMax = 200

    private let name: String
    /// Empty: sent again, it is done again.
    private let key: String
    private let scope: String
    private let content: JSON

    /// - Parameters:
    ///   - name: of the command; a key that came with one is not another's.
    ///   - scope: where the key is one, such as a plan; empty for all of this replica.
    ///   - content: all that was asked for, as it was sent.
    init(_ name: String, key: String, within scope: String = "", _ content: JSON) throws {
        guard key.unicodeScalars.count <= Self.keySizeMax else {
            throw CommandError(
                .usage, "key",
                Phrase(
                    "重发键最长 \(Self.keySizeMax) 个字符，未作改动。",
                    "A key has at most \(Self.keySizeMax) characters; nothing was changed."))
        }
        (self.name, self.key, self.scope, self.content) = (name, key, scope, content)
    }

    /// What it was answered before; `nil` if it is new here.
    /// - Throws: `CommandError` under `key-used` if another command came with the key.
    func answer(in transaction: SQLiteTransaction) throws -> JSON? {
        guard !key.isEmpty, let before = try transaction.answer(to: keyHash) else { return nil }
        guard before.command == hash else {
            throw CommandError(
                .refused, "key-used",
                Phrase(
                    "键 \(key) 已用于另一条命令，未作改动。重发请与原来完全相同；要办另一件事，请换一个键。",
                    "The key \(key) came with another command; nothing was changed. Repeat that one as it was, or take another key."
                ))
        }
        return JSON(bytes: [UInt8](before.answer.utf8)) ?? .null
    }

    /// Does what was asked, unless it was done before.
    /// - Returns: its answer, now or then.
    func once(in transaction: SQLiteTransaction, _ act: () throws -> JSON) throws -> JSON {
        if let answer = try answer(in: transaction) { return answer }
        let answer = try act()
        if !key.isEmpty { try transaction.setAnswer(answer.serialised(), to: keyHash, of: hash) }
        return answer
    }

    /// The key itself may be a student's number.
    private var keyHash: [UInt8] { [UInt8](SHA256.hash(data: Data("\(scope) \(key)".utf8))) }

    private var hash: [UInt8] {
        [UInt8](SHA256.hash(data: Data((["name": .string(name), "content": content] as JSON).serialised().utf8)))
    }
}
