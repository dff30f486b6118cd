import Alliance
import Board
import CRDT
import Replica
import Sync
import Web

/// One node's story: how it stands, what it did, what it was refused, and which replicas it had.
struct StoryPage {
    let board: HubBoard
    let node: NodeStanding
    let tier: Tier
    let samples: [NodeSample]
    let lines: [AttemptLine]
    let token: String
    let mayAct: Bool

    var page: Page {
        let facts = node.facts
        let address = "/board/nodes/\(facts.id)"
        let tiers = Tier.allCases.map {
            (address: "\(address)?tier=\($0.name)", text: HubTexts.tier($0.name), isCurrent: $0 == tier)
        }
        let head = Parts.head(
            "\(facts.memberName) · \(facts.name)", under: node.pill.html,
            actions: Parts.button(to: "/journal?node=\(facts.id)", .list, HubTexts.journal, style: "sm")
                + Parts.segments(tiers, label: HubTexts.history))
        let alerts = board.alerts.filter { $0.key.subject == facts.id }.map {
            AlertItem($0, [facts.id: facts.title], board.now, token: token, mayAct: mayAct).html
        }
        let standing: HTML? =
            alerts.isEmpty
            ? nil : Parts.card("alerts", HubTexts.alerts, live: "board", "<ul class=\"rows\">\(alerts)</ul>")
        return Page(
            "\(facts.memberName) · \(facts.name)", place: "/board", above: [("/board", HTML(HubTexts.board))],
            """
            \(head)\(standing)<div class="two"><div class="col">\(story)</div><div class="col">\(figures)\(replicas)</div></div>
            """)
    }

    private var figures: HTML {
        let report = node.facts.report
        let tally = node.tally
        let lags = samples.map { $0.lag.map { Double($0) } }
        func known(_ value: UInt64?) -> HTML { value.map { HTML(text: "\($0)") } ?? HTML(HubTexts.unknown) }
        let items: [(Phrase, HTML)] = [
            (HubTexts.lastSuccess, Parts.time(Int64(clamping: node.facts.lastHeard), relative: true)),
            (HubTexts.proved, Parts.time(Int64(clamping: report?.provedAt ?? 0), relative: true)),
            (HubTexts.lag, node.lag.map { HTML(Words.duration($0)) } ?? HTML(HubTexts.unknown)),
            (HubTexts.pending, known(report?.pending)), (HubTexts.behindShort, known(node.behind)),
            (HubTexts.conflicts, HTML(text: "\(node.facts.openConflicts)")),
            (HubTexts.version, HTML(text: report?.program ?? "—")),
            (HubTexts.clock, report.map { HTML(Words.offset($0.clockOffset)) } ?? HTML(HubTexts.unknown)),
            (HubTexts.attempts, tally.map { HTML(text: "\($0.attempts) / \($0.refusals)") } ?? HTML(HubTexts.unknown)),
            (HubTexts.bytes, tally.map { HTML(text: "\($0.bytes.up) / \($0.bytes.down)") } ?? HTML(HubTexts.unknown)),
            (HubTexts.joined, Parts.time(Int64(clamping: node.facts.joined))),
        ]
        let list = items.map { "<div><dt>\($0.0)</dt><dd>\($0.1)</dd></div>" as HTML }
        return Parts.card(
            "figures", HubTexts.state, live: "board",
            """
            <div class="body">\(Charts.spark(lags, "", label: HubTexts.lastDay, width: 320, height: 48))\
            <dl class="facts">\(list)</dl></div>
            """)
    }

    private var story: HTML {
        let items = lines.map { line -> HTML in
            let icon: Icon = line.refusal != nil ? .warning : line.items.up > 0 ? .cloudUp : .sync
            return "<li>\(Parts.time(Int64(clamping: line.last)))\(icon.html)<span>\(line.phrase)</span></li>"
        }
        let content: HTML =
            items.isEmpty
            ? Parts.empty(.sync, HubTexts.noLog, HubTexts.noLogText) : "<ol class=\"log wrap\">\(items)</ol>"
        return Parts.card("story", HubTexts.exchanges, live: "board", content)
    }

    private var replicas: HTML {
        let present = node.facts.replica.map { id -> HTML in
            "<li><div><b><code>\(id.description)</code></b></div>\(Pill(.ok, nil, HubTexts.present).html)</li>"
        }
        let ended = node.facts.endedReplicas.reversed().map { id -> HTML in
            "<li><div><code>\(id.description)</code></div>\(Pill(.plain, nil, HubTexts.ended).html)</li>"
        }
        let copies = node.facts.copies.map { copy -> HTML in
            """
            <li><div><b>\(HubTexts.copies)</b><p>\(Parts.time(Int64(clamping: copy.lastSeen)))</p></div>\
            <div class="acts">\(Pill(copy.decision == .waiting ? .bad : .plain, nil, copy.decision.phrase).html)\
            \(mayAct && copy.decision == .waiting ? decisions(copy) : "")</div></li>
            """
        }
        return Parts.card("replicas", HubTexts.replicas, "<ul class=\"rows\">\(present)\(copies)\(ended)</ul>")
    }
}

/// The operator's word on a copy, as a form sends it.
enum CopyDecision: String {
    case goesOn = "goes-on"
    case stops

    var meaning: ReplicaCopy.Decision { self == .goesOn ? .goesOn : .stopped }
}

extension StoryPage {
    private func decisions(_ copy: ReplicaCopy) -> HTML {
        func button(_ decision: CopyDecision, _ text: Phrase, _ style: String) -> HTML {
            Form.button(
                "/board/nodes/\(node.facts.id)/copies", token: token,
                hidden: [("copy", copy.name), ("decision", decision.rawValue)], nil, text, style: style)
        }
        return button(.goesOn, HubTexts.goesOn, "sm") + button(.stops, HubTexts.stops, "sm ghost danger")
    }
}

extension ReplicaCopy.Decision {
    var phrase: Phrase {
        switch self {
        case .waiting: Phrase("待判定", "to be decided")
        case .goesOn: Phrase("继续", "goes on")
        case .stopped: Phrase("停用", "stopped")
        }
    }
}
