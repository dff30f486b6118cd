import Alliance
import Board
import CRDT
import Foundation
import Replica
import Sync
import Web

/// The sync board: which schools need somebody now, then how all stand.
struct BoardPage {
    let look: LatestBoard.Look
    let tier: Tier
    let history: [(slot: UInt64, sample: AllianceSample)]
    let lags: [RowID: [UInt64?]]
    let lines: [AttemptLine]
    let token: String
    /// Whether the visitor may do something about what they see.
    let mayAct: Bool
    var filter = NodeFilter(show: "", text: "")

    /// Whether the table shows all nodes that there are, and not only the first.
    var isWhole = false

    /// Rows of the table at first: those that want somebody stand there.
    static let shown = 50

    private var board: HubBoard { look.board }
    private var names: [RowID: String] { look.names }

    var page: Page {
        let tiers = Tier.allCases.map {
            (address: "/board?tier=\($0.name)", text: HubTexts.tier($0.name), isCurrent: $0 == tier)
        }
        let head = Parts.head(
            HTML(HubTexts.board), under: HTML(HubTexts.journalTo(board.facts.head, board.active.count)),
            actions: Self.liveState + Parts.segments(tiers, label: HubTexts.history))
        let stale: HTML? = board.isServing ? nil : Note(.warn, HubTexts.notServing).html
        return Page(
            HTML(HubTexts.board), place: "/board",
            """
            \(head)\(stale)<section class="card kpis" id="kpis" data-live="board" aria-label="\(HubTexts.board)">\(counters)</section>\
            <div class="two even">\(heat)\(alerts)</div><div class="two even">\(throughput)\(log)</div>\(nodes)
            """)
    }

    /// Whether what is seen is live, is being taken up again, or stands still: shown by the script that listens.
    private static let liveState: HTML = """
        <span class="pill ok" data-live-state="live" hidden><span class="live-dot"></span>\(Texts.live)</span>\
        <span class="pill warn" data-live-state="again" hidden>\(Icon.sync.html)\(Texts.again)</span>\
        <span class="pill bad" data-live-state="broken" hidden>\(Icon.warning.html)\(Texts.broken)</span>
        """

    // MARK: Counters

    private var counters: [HTML] {
        let heard = board.active.count(where: \.state.isHeard)
        let oldest =
            board.facts.oldestConflict == 0 || board.now < board.facts.oldestConflict
            ? nil : HubTexts.oldest(Words.duration(board.now - board.facts.oldestConflict))
        return [
            counter(
                HubTexts.heard, "<b>\(heard)</b> / \(board.active.count)", \.heard,
                under: look.needing.isEmpty
                    ? nil : (Phrase("需处理 \(look.needing.count)", "\(look.needing.count) want you"), "bad")),
            counter(HubTexts.lagMiddle, duration(board.lag(50)), \.middle),
            counter(HubTexts.lagHigh, duration(board.lag(90)), \.high),
            counter(HubTexts.pending, number(board.pending), \.pending),
            counter(
                HubTexts.conflicts, number(UInt64(board.facts.openConflicts)), \.conflicts,
                under: oldest.map { ($0, "warn") }, tone: board.facts.openConflicts > 0 ? "warn" : ""),
            counter(HubTexts.requestsOpen, number(UInt64(board.facts.openRequests)), \.requests),
        ]
    }

    private func counter(
        _ label: Phrase, _ value: HTML, _ path: KeyPath<AllianceSample, UInt64?>, under: (Phrase, String)? = nil,
        tone: String = ""
    ) -> HTML {
        let line: HTML? = under.map { "<span class=\"d \($0.1)\">\($0.0)</span>" }
        let values = history.map { $0.sample[keyPath: path].map { Double($0) } }
        return """
            <div class="kpi"><span class="l">\(label)</span><span class="v">\(value)</span>\(line)\
            \(Charts.spark(values, tone, label: label))</div>
            """
    }

    private func number(_ value: UInt64?) -> HTML {
        value.map { "<b>\($0)</b>" } ?? "<b class=\"muted\">\(HubTexts.unknown)</b>"
    }

    private func duration(_ value: UInt64?) -> HTML {
        guard let value else { return number(nil) }
        let words = Words.duration(value)
        let zh = words.zh.split(separator: " ")
        let unit = Phrase(String(zh.last ?? ""), String(words.en.split(separator: " ").last ?? ""))
        return "<b>\(String(zh.first ?? ""))</b> \(unit)"
    }

    // MARK: All nodes at a glance

    static func bucket(_ lag: UInt64?) -> Int? {
        guard let lag else { return nil }
        return [60_000, 600_000, 3_600_000, 86_400_000].firstIndex { lag < $0 } ?? 4
    }

    private var heat: HTML {
        let scale = (0...4).map { "<span><i class=\"b\($0)\"></i>\(HubTexts.lagBucket($0))</span>" as HTML }
        let places = Dictionary(grouping: board.active, by: \.facts.place).sorted { $0.key < $1.key }
        let rows = places.map { place, nodes -> HTML in
            let heard = nodes.count(where: \.state.isHeard)
            let label: HTML = place.isEmpty ? HTML(Phrase("未填地区", "no place")) : HTML(text: place)
            return """
                <div class="hrow"><span class="hl">\(label)</span><div class="heat">\
                \(nodes.sorted { $0.facts.title < $1.facts.title }.map(cell))</div>\
                <span class="hs"><b>\(heard)</b>/\(nodes.count)</span></div>
                """
        }
        let content: HTML =
            places.isEmpty
            ? Parts.empty(.nodes, HubTexts.noLog, HubTexts.noLogText) : "<div class=\"hbody\">\(rows)</div>"
        return Parts.card(
            "heat", HubTexts.lagOfAll, live: "board", actions: "<span class=\"scale\">\(scale)</span>", content)
    }

    private func cell(_ node: NodeStanding) -> HTML {
        let lag = node.lag.map { Words.duration($0) } ?? HubTexts.unknown
        let title = Phrase(
            "\(node.facts.title)：\(node.state.phrase.zh)，滞后 \(lag.zh)",
            "\(node.facts.title): \(node.state.phrase.en), lag \(lag.en)")
        let mark: HTML = node.facts.openConflicts > 0 ? " cf" : ""
        let bucket = Self.bucket(node.lag).map(String.init) ?? "-"
        return """
            <a class="b\(bucket)\(mark)" href="/board/nodes/\(node.facts.id.description)" title="\(title)">\
            <span class="vh">\(title)</span></a>
            """
    }

    // MARK: Alerts

    private var alerts: HTML {
        let open = look.open
        let counts = [AlertKind.Severity.urgent, .attention, .notice].compactMap { severity -> HTML? in
            let count = open.count { $0.severity == severity }
            let tone: Tone = severity == .urgent ? .bad : severity == .attention ? .warn : .info
            return count == 0
                ? nil : Pill(tone, nil, Phrase("\(count) \(severity.phrase.zh)", "\(count) \(severity.phrase.en)")).html
        }
        let content: HTML =
            open.isEmpty
            ? Parts.empty(.check, HubTexts.noAlerts, HubTexts.noAlertsText)
            : "<ul class=\"rows\">\(open.prefix(6).map { AlertItem($0, names, board.now, token: token, mayAct: mayAct).html })</ul>"
        return Parts.card(
            "alerts", HubTexts.alerts, beside: HTML.joined(counts), live: "board",
            actions: Parts.link("/board/alerts", HubTexts.all), content)
    }

    // MARK: Throughput and log

    private var throughput: HTML {
        let key: HTML = """
            <span class="scale"><span><i class="ln"></i>\(HubTexts.up)</span><span><i class="ln d"></i>\(HubTexts.down)</span></span>
            """
        return Parts.card(
            "throughput", HubTexts.throughput,
            beside: "<span class=\"muted small\">\(HubTexts.each(tier.width))</span>",
            live: "board", actions: key,
            "<div class=\"chw\">\(Charts.throughput(history, label: HubTexts.throughput))</div>")
    }

    private var log: HTML {
        let items = lines.prefix(9).map { line -> HTML in
            let icon: Icon = line.refusal != nil ? .warning : line.items.up > 0 ? .cloudUp : .download
            return """
                <li>\(Parts.clock(Int64(clamping: line.last)))\(icon.html)<span><b>\(names[line.node] ?? "")</b> \
                \(line.phrase)</span></li>
                """
        }
        let content: HTML =
            lines.isEmpty ? Parts.empty(.sync, HubTexts.noLog, HubTexts.noLogText) : "<ol class=\"log\">\(items)</ol>"
        return Parts.card("log", HubTexts.log, live: "board", content)
    }

    // MARK: Nodes

    private var nodes: HTML {
        let headings: [Grid.Heading] = [
            .init(HubTexts.member), .init(HubTexts.state), .init(HubTexts.lastSuccess),
            .init(HubTexts.lag, isNumber: true), .init(HubTexts.lastDay), .init(HubTexts.pendingShort, isNumber: true),
            .init(HubTexts.behindShort, isNumber: true), .init(HubTexts.conflictsShort, isNumber: true),
            .init(HubTexts.version), .init(HubTexts.clock, isNumber: true),
        ]
        let chosen = board.nodes.filter { filter.takes($0, look.needing) }
        let shown = isWhole ? chosen.count : min(Self.shown, chosen.count)
        let lines = chosen.prefix(shown).map { line($0) }
        let grid = Grid("nodes", label: HubTexts.nodes, headings: headings, lines: Array(lines))
        let rows: HTML = chosen.isEmpty ? Parts.empty(.nodes, HubTexts.noNodes, HubTexts.noNodesText) : grid.html
        let count: HTML =
            "<footer><span class=\"muted small\">\(HubTexts.shown(shown, board.nodes.count))</span><span class=\"sp\"></span>\(more(shown < chosen.count))</footer>"
        let tools: HTML = """
            <form method="get" action="/board" class="inline acts"><input type="hidden" name="tier" value="\(tier.name)">\
            <input type="hidden" name="show" value="\(filter.show)"><label class="find">\(Icon.search.html)\
            <span class="vh">\(HubTexts.search)</span><input type="search" name="q" value="\(filter.text)" \
            placeholder="\(HubTexts.search)"></label></form>\
            \(Parts.button(to: "/board.csv", .download, HubTexts.export, style: "sm"))
            """
        return Parts.card(
            "nodes-card", HubTexts.nodes, beside: "<span class=\"chips\">\(chips)</span>", live: "board",
            actions: tools,
            "\(rows)\(count)")
    }

    private func more(_ isMore: Bool) -> HTML {
        guard isMore else { return "" }
        let words = filter.text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        return Parts.button(
            to: "/board?tier=\(tier.name)&show=\(filter.show)&q=\(words)&all=1#nodes-card", nil, HubTexts.showAll,
            style: "sm")
    }

    private var chips: [HTML] {
        NodeFilter.all.map { show, text in
            let count = board.nodes.count { NodeFilter(show: show, text: "").takes($0, look.needing) }
            let current: HTML = filter.show == show ? " aria-current=\"true\"" : ""
            return
                "<a href=\"/board?tier=\(tier.name)&amp;show=\(show)#nodes-card\"\(current)>\(text) <b>\(count)</b></a>"
        }
    }

    private func line(_ node: NodeStanding) -> Grid.Line {
        let facts = node.facts
        let report = facts.report
        func known(_ value: UInt64?) -> HTML { value.map { HTML(text: "\($0)") } ?? HTML(HubTexts.unknown) }
        return Grid.Line(
            [
                "<a href=\"/board/nodes/\(facts.id.description)\"><b>\(facts.memberName)</b></a><small>\(facts.name) \(facts.place)</small>",
                node.pill.html, Parts.time(Int64(clamping: facts.lastHeard), relative: true),
                node.lag.map { HTML(Words.duration($0)) } ?? HTML(HubTexts.unknown),
                Charts.line(
                    lags[facts.id] ?? [], node.state.tone == .bad ? "bad" : node.state.tone == .warn ? "warn" : "",
                    label: HubTexts.lastDay),
                known(report?.pending), known(node.behind),
                facts.openConflicts > 0 ? "<b class=\"hot\">\(facts.openConflicts)</b>" : "0",
                HTML(text: report?.program.split(separator: " ").last.map(String.init) ?? "—"),
                report.map { HTML(Words.offset($0.clockOffset)) } ?? HTML(HubTexts.unknown),
            ], tone: node.state.tone == .bad ? .bad : node.state.tone == .warn ? .warn : .plain)
    }
}
