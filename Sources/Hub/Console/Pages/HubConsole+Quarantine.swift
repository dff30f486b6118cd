import Alliance
import CRDT
import HTTPTypes
import Replica
import Web

/// Points of replicas that have ended, and the statement by which they are given on.
extension HubConsole {
    func quarantine(_ visit: Visit) throws -> Page {
        let lines = try replica.quarantines().map { item -> Grid.Line in
            let act: HTML =
                mayAct(visit) && item.present != nil
                ? Parts.button(to: "/quarantine/\(item.id)", .shield, HubTexts.toStatement, style: "sm") : ""
            let present =
                item.present == nil
                ? Pill(.warn, .clock, HubTexts.noPresent) : Pill(.info, nil, HubTexts.waitsForStatement)
            return Grid.Line(
                [
                    "<a href=\"/board/nodes/\(item.id.description)\"><b>\(item.memberName)</b></a><small>\(item.name)</small>",
                    HTML(text: "\(item.former.count)"), HTML(text: "\(item.assets)"), HTML(text: "\(item.uses)"),
                    Parts.time(Int64(clamping: item.former.map(\.ended).max() ?? 0), relative: true), present.html, act,
                ], tone: .warn)
        }
        let grid = Grid(
            "quarantine", label: HubTexts.quarantine,
            headings: [
                .init(HubTexts.member), .init(HubTexts.formerReplicas, isNumber: true),
                .init(HubTexts.heldAssets, isNumber: true), .init(HubTexts.standingUses, isNumber: true),
                .init(HubTexts.endedAt), .init(HubTexts.state), .init(nil),
            ], lines: lines)
        let list =
            lines.isEmpty ? Parts.empty(.shield, HubTexts.noQuarantine, HubTexts.noQuarantineText) : grid.html
        return Page(
            HTML(HubTexts.quarantine), place: "/quarantine",
            """
            \(Parts.head(HTML(HubTexts.quarantine), under: HTML(HubTexts.quarantineText)))\
            \(Parts.card("quarantine-card", HubTexts.quarantine, list))
            """)
    }

    private func item(_ visit: Visit) throws -> Quarantine {
        guard let item = try replica.quarantines().first(where: { $0.id.description == visit.parameters["node"] })
        else {
            throw CommandError(.refused, "absent", HubTexts.nothingInQuarantine)
        }
        return item
    }

    /// What is stated, sentence by sentence; each is ticked by itself.
    private static let sentences: [(name: String, text: Phrase)] = [
        ("copies", HubTexts.stateNoCopy), ("sticks", HubTexts.stateNoStick), ("backups", HubTexts.stateNoBackup),
        ("unknown", HubTexts.stateUnknown),
    ]

    func statement(_ visit: Visit, problems: Set<String> = []) throws -> Page {
        let item = try item(visit)
        let replicas = item.former.map { former -> HTML in
            """
            <li><div><code>\(former.id.description)</code><p>\(HubTexts.fromTo) \
            \(Parts.time(Int64(clamping: former.registered))) – \(Parts.time(Int64(clamping: former.ended))) · \
            \(HubTexts.holdsOf(former.assets, former.uses))</p></div></li>
            """
        }
        let fields = Self.sentences.map { sentence in
            Field(
                sentence.name, sentence.text, .check, value: visit.form[sentence.name],
                problem: problems.contains(sentence.name) ? HubTexts.notStated : nil, isWide: true)
        }
        let typed = Field(
            "name", HubTexts.typeName(item.name), value: visit.form["name"], isRequired: true,
            problem: problems.contains("name") ? HubTexts.nameDiffers : nil, isWide: true)
        let form = Form(
            "/quarantine/\(item.id)", token: visit.token, fields: fields + [typed], submit: HubTexts.attest,
            note: Note(.warn, title: HubTexts.statementTitle, HubTexts.statementText(item.memberName, item.name)).html,
            back: "/quarantine")
        let title = HubTexts.statementOf(item.memberName)
        return Page(
            HTML(title), place: "/quarantine", above: [("/quarantine", HTML(HubTexts.quarantine))],
            """
            \(Parts.head(HTML(title), under: HTML(text: item.name)))<div class="two">\
            \(Parts.card("statement", HubTexts.statement, "<div class=\"body\">\(form.html)</div>"))\
            \(Parts.card("former", HubTexts.formerReplicas, "<ul class=\"rows\">\(replicas)</ul>"))</div>
            """)
    }

    @Sendable func attest(_ visit: Visit) throws -> Reply {
        let item = try item(visit)
        var problems = Set(Self.sentences.map(\.name).filter { visit.form[$0] != "1" })
        if visit.form["name"] != item.name { problems.insert("name") }
        guard problems.isEmpty else {
            return .page(try statement(visit, problems: problems), status: .unprocessableContent)
        }
        _ = try replica.attest(item.id.description, statesNothingLeft: true)
        latest.forget()
        return .done("/quarantine", "attested", about: "\(item.memberName) \(item.name)")
    }

    // MARK: Copies

    @Sendable func decideCopy(_ visit: Visit) throws -> Reply {
        let node = visit.parameters["node"] ?? ""
        let copy = visit.form["copy"]
        guard let decision = CopyDecision(rawValue: visit.form["decision"]) else {
            throw CommandError(.usage, "decision", HubTexts.chooseDecision)
        }
        try replica.decide(node, copy, decision.meaning)
        latest.forget()
        return .done("/board/nodes/\(node)", "decided", about: "\(node) \(copy) \(decision.rawValue)")
    }
}
