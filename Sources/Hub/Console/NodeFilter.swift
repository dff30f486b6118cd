import Alliance
import Board
import CRDT
import Replica
import Sync
import Web

/// Which nodes the table shows: by a chip, and by words.
struct NodeFilter {
    let show: String
    let text: String

    static let all: [(show: String, text: Phrase)] = [
        ("", HubTexts.all), ("needing", HubTexts.needing), ("lost", NodeState.lost.phrase),
        ("offline", NodeState.offline.phrase), ("conflict", HubTexts.conflictsShort), ("version", HubTexts.version),
    ]

    func takes(_ node: NodeStanding, _ needing: Set<RowID>) -> Bool {
        let words = text.lowercased().split(separator: " ")
        if !words.isEmpty {
            let content = "\(node.facts.title) \(node.facts.place) \(node.facts.id)".lowercased()
            guard words.allSatisfy({ content.contains($0) }) else { return false }
        }
        switch show {
        case "needing": return needing.contains(node.facts.id)
        case "conflict": return node.facts.openConflicts > 0
        case "": return true
        default: return node.state.rawValue == show
        }
    }
}
