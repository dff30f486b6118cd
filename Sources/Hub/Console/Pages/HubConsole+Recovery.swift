import Alliance
import HTTPTypes
import Replica
import Web

/// After a restoration: what came back, from whom, what is missing, and the end of it.
extension HubConsole {
    func recovery(_ visit: Visit, problems: Set<String> = []) throws -> Page {
        let json = try replica.recoveryJSON()
        guard json != .null else {
            return page(
                under: HubTexts.recoveryText,
                "<section class=\"card\">\(Parts.empty(.undo, HubTexts.noRecovery, HubTexts.noRecoveryText))</section>\(opening(visit, problems))"
            )
        }
        let isOpen = json["closed"] == .null
        let nodes = Self.list(json, "nodes")
        let silent = nodes.filter { $0["heard"] != .bool(true) }
        let state =
            isOpen ? Pill(.warn, .clock, HubTexts.recoveryGoesOn) : Pill(.ok, .check, HubTexts.recoveryClosed)
        let facts: [(Phrase, HTML)] = [
            (HubTexts.state, state.html), (HubTexts.epoch, HTML(text: "\(Self.number(json["epoch"]))")),
            (HubTexts.recoveryFrom, HTML(text: "\(Self.number(json["from"]))")),
            (HubTexts.headNow, HTML(text: "\(Self.number(json["head"]))")),
            (HubTexts.openedAt, Parts.time(Self.number(json["opened"]))),
            (HubTexts.closedAt, isOpen ? "—" : Parts.time(Self.number(json["closed"]))),
            (HubTexts.cause, HTML(text: json["cause"]?.text ?? "")),
        ]
        let list = facts.map { "<div><dt>\($0.0)</dt><dd>\($0.1)</dd></div>" as HTML }
        return page(
            under: HubTexts.recoveryText,
            """
            <div class="two"><div class="col">\(returned(json))\(waiting(json))\(heard(nodes))</div><div class="col">\
            \(Parts.card("facts", HubTexts.recovery, live: "board", "<div class=\"body\"><dl class=\"facts\">\(list)</dl></div>"))\
            \(isOpen ? closing(silent, visit, problems) : opening(visit, problems))</div></div>
            """)
    }

    private func page(under: Phrase, _ content: HTML) -> Page {
        Page(
            HTML(HubTexts.recovery), place: "/recovery",
            "\(Parts.head(HTML(HubTexts.recovery), under: HTML(under)))\(content)")
    }

    private static func list(_ json: JSON, _ key: String) -> [JSON] {
        if case .array(let list)? = json[key] { list } else { [] }
    }

    private func returned(_ json: JSON) -> HTML {
        let lines = Self.list(json, "returned").map { item in
            Grid.Line([
                HTML(text: item["memberName"]?.text ?? ""), "<code>\(item["replica"]?.text ?? "")</code>",
                HTML(text: "\(Self.number(item["segments"]))"),
            ])
        }
        let grid = Grid(
            "returned", label: HubTexts.cameBack,
            headings: [
                .init(HubTexts.writtenBy), .init(HubTexts.replicas), .init(HubTexts.segments, isNumber: true),
            ], lines: lines)
        let content = lines.isEmpty ? Parts.empty(.undo, HubTexts.nothingBack, HubTexts.nothingBackText) : grid.html
        return Parts.card("returned-card", HubTexts.cameBack, live: "board", content)
    }

    private func waiting(_ json: JSON) -> HTML {
        let lines = Self.list(json, "waiting").map { item in
            let why =
                item["lackingBefore"] == .bool(true)
                ? HubTexts.lacksBefore : HubTexts.lacksSections(Self.number(item["lackingSections"]))
            return Grid.Line([
                HTML(text: item["memberName"]?.text ?? ""), HTML(text: "\(Self.number(item["seq"]))"),
                Parts.time(Self.number(item["written"])), HTML(why),
            ])
        }
        guard !lines.isEmpty else { return "" }
        let grid = Grid(
            "waiting", label: HubTexts.stillMissing,
            headings: [
                .init(HubTexts.writtenBy), .init(HubTexts.segmentNumber, isNumber: true), .init(HubTexts.time),
                .init(HubTexts.what),
            ], lines: lines)
        return Parts.card("waiting-card", HubTexts.stillMissing, live: "board", grid.html)
    }

    private func heard(_ nodes: [JSON]) -> HTML {
        let lines = nodes.sorted { ($0["heard"] == .bool(true) ? 1 : 0) < ($1["heard"] == .bool(true) ? 1 : 0) }.map {
            node in
            let isHeard = node["heard"] == .bool(true)
            let pill = isHeard ? Pill(.ok, .check, HubTexts.gaveBack) : Pill(.warn, .clock, HubTexts.notHeardYet)
            return Grid.Line([
                "<b>\(node["memberName"]?.text ?? "")</b><small>\(node["name"]?.text ?? "")</small>", pill.html,
            ])
        }
        let grid = Grid(
            "heard", label: HubTexts.nodes, headings: [.init(HubTexts.member), .init(HubTexts.state)], lines: lines)
        let content = lines.isEmpty ? Parts.empty(.nodes, HubTexts.noNodes, HubTexts.noNodeYetText) : grid.html
        return Parts.card("heard-card", HubTexts.nodes, live: "board", content)
    }

    // MARK: Acts

    private func closing(_ silent: [JSON], _ visit: Visit, _ problems: Set<String>) -> HTML {
        guard mayAct(visit) else { return "" }
        func check(_ name: String, _ text: Phrase) -> Field {
            Field(
                name, text, .check, value: visit.form[name],
                problem: problems.contains(name) ? HubTexts.notStated : nil, isWide: true)
        }
        let names = silent.map { "\($0["memberName"]?.text ?? "") \($0["name"]?.text ?? "")" }
        let rest = silent.isEmpty ? [] : [check("rest", HubTexts.stateRest(names))]
        let form = Form(
            "/recovery/close", token: visit.token, fields: [check("register", HubTexts.stateRegister)] + rest,
            submit: HubTexts.closeRecovery, note: Note(.warn, HubTexts.closeText).html, swaps: "content")
        return Parts.card("close", HubTexts.closeRecovery, "<div class=\"body\">\(form.html)</div>")
    }

    private func opening(_ visit: Visit, _ problems: Set<String>) -> HTML {
        guard mayAct(visit) else { return "" }
        let field = Field(
            "back", HubTexts.stateWentBack, .check, value: visit.form["back"],
            problem: problems.contains("back") ? HubTexts.notStated : nil, isWide: true)
        let form = Form(
            "/recovery/open", token: visit.token, fields: [field], submit: HubTexts.openRecovery,
            note: Note(.warn, HubTexts.openText).html, swaps: "content")
        return """
            <details class="card fold"><summary>\(HubTexts.openRecovery)</summary><div class="body">\(form.html)</div></details>
            """
    }

    @Sendable func openRecovery(_ visit: Visit) throws -> Reply {
        guard visit.form["back"] == "1" else {
            return .page(try recovery(visit, problems: ["back"]), status: .unprocessableContent)
        }
        try replica.openRecovery()
        latest.forget()
        return .done("/recovery", "recovery-opened")
    }

    @Sendable func closeRecovery(_ visit: Visit) throws -> Reply {
        let isLeft = Self.list(try replica.recoveryJSON(), "nodes").contains { $0["heard"] != .bool(true) }
        let wanted = ["register"] + (isLeft ? ["rest"] : [])
        let problems = Set(wanted.filter { visit.form[$0] != "1" })
        guard problems.isEmpty else {
            return .page(try recovery(visit, problems: problems), status: .unprocessableContent)
        }
        try replica.closeRecovery(statesRest: visit.form["rest"] == "1")
        latest.forget()
        return .done("/recovery", "recovery-closed")
    }
}
