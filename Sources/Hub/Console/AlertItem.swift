import Alliance
import Board
import CRDT
import Replica
import Sync
import Web

extension NodeStanding {
    /// Its state as the pages show it: never by colour alone.
    var pill: Pill {
        switch state.tone {
        case .bad: Pill(.bad, .warning, state.phrase)
        case .warn: Pill(.warn, .clock, state.phrase)
        case .ok: Pill(.ok, .check, state.phrase)
        case .calm: Pill(.plain, state == .syncing ? .sync : state == .offline ? .offline : .clock, state.phrase)
        }
    }
}

/// One alert in a list, with what may be done about it.
struct AlertItem {
    let alert: Alert
    let names: [RowID: String]
    let now: UInt64
    let token: String
    let mayAct: Bool
    /// Whether there is room for a note to what is acknowledged.
    let hasNote: Bool

    init(
        _ alert: Alert, _ names: [RowID: String], _ now: UInt64, token: String, mayAct: Bool, hasNote: Bool = false
    ) {
        self.hasNote = hasNote
        self.alert = alert
        self.names = names
        self.now = now
        self.token = token
        self.mayAct = mayAct
    }

    var html: HTML {
        let key = alert.key
        let tone: HTML = alert.severity == .urgent ? "bad" : alert.severity == .attention ? "warn" : ""
        let subject = key.subject == AlertKey.hub ? HTML(Phrase("中心", "Hub")) : HTML(text: names[key.subject] ?? "")
        let link: HTML? =
            key.subject == AlertKey.hub ? nil : Parts.link("/board/nodes/\(key.subject)", HubTexts.lookAt)
        let author: HTML? =
            alert.phase == .acknowledged
            ? "<span class=\"muted small\">\(HubTexts.acknowledgedBy(alert.record.author, alert.record.note))</span>"
            : nil
        return """
            <li class="\(tone)"><span class="ai">\(Icon.warning.html)</span><div><b>\(key.kind.title)</b>\
            <p><span class="who">\(subject)</span> \(alert.condition.detail)</p>\
            <div class="acts">\(Parts.time(Int64(clamping: alert.record.since), relative: true))\(link)\(author)\(acts)</div></div></li>
            """
    }

    private var acts: HTML {
        guard mayAct else { return "" }
        func button(_ act: String, _ text: Phrase) -> HTML {
            Form.button(
                "/board/alerts/\(act)", token: token, hidden: [("alert", alert.key.name)], nil, text, style: "sm ghost")
        }
        switch alert.phase {
        case .open, .waiting:
            return (hasNote ? acknowledgement : button("acknowledge", HubTexts.acknowledge))
                + button("quieten", HubTexts.quietDay)
        case .acknowledged: return button("quieten", HubTexts.quietDay)
        case .quiet: return button("tell", HubTexts.tellAgain)
        }
    }

    /// Who looks after it says what they did: it stands beside their name.
    private var acknowledgement: HTML {
        """
        <form method="post" action="/board/alerts/acknowledge" class="inline acts" data-swap="content">\
        <input type="hidden" name="csrf" value="\(token)"><input type="hidden" name="alert" value="\(alert.key.name)">\
        <span class="field"><input name="note" maxlength="200" aria-label="\(HubTexts.note)" placeholder="\(HubTexts.note)"></span>\
        <button class="btn sm">\(HubTexts.acknowledge)</button></form>
        """
    }
}
