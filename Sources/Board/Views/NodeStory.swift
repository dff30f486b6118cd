import Alliance
import CRDT
public import Replica
import Sync
import Wire

extension Observer {
    /// The one node on the board that an id, a name, or a member with one node names.
    public func node(_ text: String, on board: HubBoard) throws -> NodeStanding {
        let found =
            RowID(text).map { id in board.nodes.filter { $0.facts.id == id } }
            ?? board.nodes.filter { $0.facts.name == text || $0.facts.memberName == text || $0.facts.title == text }
        guard let node = found.first else {
            throw CommandError(
                .refused, "absent",
                Phrase("没有名为 \(text) 的节点；hub board 列出全部。", "There is no node \(text); hub board lists all."))
        }
        guard found.count == 1 else {
            throw CommandError(
                .refused, "ambiguous", Phrase("有多个节点名为 \(text)，请用编号。", "Several nodes are called \(text); use the id."),
                details: found.map { ["id": JSON($0.facts.id), "title": .string($0.facts.title)] })
        }
        return node
    }

    /// One node's story: how it stands, its exchanges and refusals, bytes, replicas, copies and samples.
    public func storyJSON(_ node: NodeStanding, on board: HubBoard, _ tier: Tier) throws -> JSON {
        let facts = node.facts
        let names = [facts.id: facts.title]
        let samples = try file.samples(tier, of: facts.id, to: board.now)
        return [
            "node": JSON(node), "joined": JSON(facts.joined), "revoked": JSON(time: facts.revoked),
            "confirmed": .bool(facts.isConfirmed), "endedReplicas": .array(facts.endedReplicas.map { JSON($0) }),
            "copies": .array(
                facts.copies.map {
                    [
                        "replica": JSON($0.replica), "seq": JSON($0.head.seq), "firstSeen": JSON($0.firstSeen),
                        "lastSeen": JSON($0.lastSeen), "decision": .string($0.decision.rawValue),
                    ]
                }),
            "alarms": .array(
                facts.alarms.map { alarm in
                    [
                        "kind": .string("\(alarm.kind)"), "since": JSON(alarm.since), "detail": .string(alarm.detail),
                        "zh": .string(alarm.kind.phrase.zh), "en": .string(alarm.kind.phrase.en),
                    ]
                }),
            "alerts": .array(board.alerts.filter { $0.key.subject == facts.id }.map { JSON($0, names) }),
            "lines": .array(try file.lines(of: facts.id).map { JSON($0, names) }),
            "tier": .string(tier.name),
            "samples": .array(
                zip(tier.slots(to: board.now), samples).map { slot, sample in
                    [
                        "at": JSON(slot), "lag": JSON(known: sample.lag), "pending": JSON(known: sample.pending),
                        "up": JSON(sample.items.up), "down": JSON(sample.items.down),
                    ]
                }),
        ]
    }
}
