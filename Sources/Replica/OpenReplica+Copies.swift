import Alliance
import CRDT
import Store
public import Sync
import Wire

/// Nodes of which several files are in use.
extension OpenReplica {
    private func copies(_ text: String) throws -> [ReplicaCopy] {
        try require(.hub)
        let node = try node(text).key.id
        return try store.read { transaction in
            let register = Register(transaction)
            return try transaction.copies().filter { try register.node(of: $0.replica)?.id == node }
        }
    }

    /// The copies of a node that were found out.
    public func copiesJSON(_ node: String) throws -> JSON { .array(try copies(node).map { JSON($0) }) }

    /// The operator's word on copies of a node: one, by the name that `copiesJSON` gives it, or `all`.
    public func decide(_ node: String, _ name: String, _ decision: ReplicaCopy.Decision) throws {
        let meant = try copies(node).filter { name == "all" || $0.name == name }
        guard !meant.isEmpty else {
            throw CommandError(
                .refused, "absent",
                Phrase(
                    "该节点没有名为 \(name) 的一份；hub fork 不带选项可列出。",
                    "The node has no copy \(name); hub fork without options lists them."))
        }
        try store.write { transaction in for copy in meant { try Copies(transaction).decide(copy, decision) } }
    }
}

extension ReplicaCopy {
    /// Short enough to be typed.
    public var name: String { String(ReplicaID(rawValue: token).description.prefix(8)) }
}

extension JSON {
    init(_ copy: ReplicaCopy) {
        self = [
            "copy": .string(copy.name), "replica": JSON(copy.replica), "seq": JSON(copy.head.seq),
            "firstSeen": JSON(copy.firstSeen), "lastSeen": JSON(copy.lastSeen),
            "decision": .string(copy.decision.rawValue),
        ]
    }
}
