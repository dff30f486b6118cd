import Alliance
import Replica
import Web

extension NodeConsole {
    /// What waits and why, table by table; nothing where nothing does.
    func waitingCard(_ standing: Standing) throws -> HTML {
        guard standing.pending > 0 else { return "" }
        let items = try replica.waiting().map { item -> HTML in
            let sent =
                item.unsent == 0
                ? NodeTexts.waitsForAnswer : item.unanswered == 0 ? NodeTexts.waitsForTurn : NodeTexts.waitsPartly
            let reason = why(standing) ?? sent
            return """
                <li><span class="ai">\(Icon.cloudUp.html)</span><div><b>\(item.table.title)</b><p>\(reason)</p></div>\
                <span>\(NodeTexts.waitingRows(item.unsent + item.unanswered))</span></li>
                """
        }
        let note: HTML = "<div class=\"body\"><p class=\"muted small\">\(NodeTexts.waitingNote)</p></div>"
        return Parts.card(
            "waiting", NodeTexts.whatWaits,
            beside:
                "<span class=\"small muted\">\(NodeTexts.since) \(Parts.time(standing.pendingSince, relative: true))</span>",
            live: "state", "<ul class=\"rows\">\(items)</ul>\(note)")
    }

    /// The same in short, for the start: how much of each table, and why.
    func waitingBars(_ standing: Standing) throws -> HTML {
        guard standing.pending > 0 else { return "" }
        let all = try replica.waiting().map { (title: $0.table.title, count: $0.unsent + $0.unanswered) }
        let most = all.map(\.count).max() ?? 1
        let items = all.prefix(6).map { item -> HTML in
            "<li><span>\(item.title)</span>\(Parts.bar(item.count, of: most))<b>\(item.count)</b></li>"
        }
        let reason = why(standing) ?? NodeTexts.waitsForTurn
        return Parts.card(
            "waiting", NodeTexts.waitingToSend, live: "state", actions: Parts.link("/sync#waiting", NodeTexts.details),
            "<ul class=\"waits\">\(items)</ul><div class=\"body\"><p class=\"muted small\">\(reason)</p></div>")
    }

    /// Why nothing leaves at all; `nil` where it does.
    private func why(_ standing: Standing) -> Phrase? {
        switch standing.state {
        case .offline: NodeTexts.waitsForLine
        case .new: NodeTexts.waitsForFirst
        case .alarmed: NodeTexts.waitsForAlarm
        case .waiting, .merged, .proved: nil
        }
    }
}
