import Accounts
import Alliance
import CRDT
import Foundation
import HTTPTypes
import Replica
import Web

/// Teachers' consents, their withdrawals, and what is held of one person.
extension NodeConsole {
    // MARK: The list

    func persons(_ visit: Visit, problem: Phrase? = nil) throws -> Page {
        let isWithout = visit.query["without"] == "1"
        guard case .array(let persons) = try replica.personsJSON(withoutConsent: isWithout) else {
            preconditionFailure("the list of persons is an array")
        }
        let lines = persons.map { person -> Grid.Line in
            let number = person["number"]?.text ?? ""
            let id = person["id"]?.text ?? ""
            let consent = person["consent"]
            let title = number.isEmpty ? HTML(NodeTexts.remainder) : HTML(text: number)
            return Grid.Line([
                "<a href=\"\(Self.place(of: number.isEmpty ? id : number))\">\(title)</a>",
                HTML(text: person["name"]?.text ?? ""), statePill(person).html,
                HTML(text: consent?["given"]?.text ?? ""), time(consent?["withdrawn"]),
            ])
        }
        let grid = Grid(
            "persons", label: NodeTexts.consents,
            headings: [
                .init(NodeTexts.staffNumber), .init(NodeTexts.personName), .init(NodeTexts.consentState),
                .init(NodeTexts.consentDate), .init(NodeTexts.withdrawnAt),
            ], lines: lines)
        let chips = Parts.segments(
            [
                ("/persons", NodeTexts.everyone, !isWithout),
                ("/persons?without=1", NodeTexts.withoutConsent, isWithout),
            ], label: NodeTexts.consentState)
        let body = lines.isEmpty ? Parts.empty(.people, NodeTexts.noPersons, NodeTexts.noPersonsText) : grid.html
        let note: HTML? = problem.map { Note(.bad, $0).html }
        let all = Form(
            "/consents", token: visit.token, fields: consentFields(visit, withFields: false),
            submit: NodeTexts.recordForAll, note: "<p class=\"muted full\">\(NodeTexts.recordForAllText)</p>",
            columns: 2)
        let hasKept = persons.contains { $0["state"] == "kept" }
        let batch: HTML? =
            hasKept ? Parts.card("batch", NodeTexts.recordForAll, "<div class=\"body\">\(all.html)</div>") : nil
        let content: HTML = """
            \(Parts.head(HTML(NodeTexts.consents), under: HTML(NodeTexts.consentsText), actions: Parts.button(to: "/tables/teacher/new", .plus, NodeTexts.addPerson, style: "pri", dialog: true)))\
            \(note)<section class="card" id="list"><header>\(chips)<span class="sp"></span>\
            \(Grid.filter(for: "persons", NodeTexts.search))</header>\(body)</section>\(batch)
            """
        return Page(HTML(NodeTexts.consents), place: "/persons", above: [], content)
    }

    static func place(of person: String) -> String {
        "/persons/" + (person.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")
    }

    private func statePill(_ person: JSON) -> Pill {
        let text = Phrase(person["stateZh"]?.text ?? "", person["stateEn"]?.text ?? "")
        switch person["state"]?.text {
        case "shared": return Pill(.ok, .check, text)
        case "unrecorded": return Pill(.warn, .warning, text)
        case "withdrawn": return Pill(.plain, .undo, text)
        default: return Pill(.plain, nil, text)
        }
    }

    private func time(_ json: JSON?) -> HTML {
        guard case .number(let time)? = json else { return "" }
        return Parts.time(time)
    }

    // MARK: One person

    func person(_ visit: Visit, problem: CommandError? = nil) throws -> Page {
        let person = try replica.personJSON(visit.parameters["person"] ?? "")
        let path = path(person)
        let state = person["state"]?.text ?? ""
        let name = person["name"]?.text.flatMap { $0.isEmpty ? nil : $0 } ?? person["number"]?.text ?? ""
        var acts: [HTML] = [Parts.button(to: "\(path)/export", .download, NodeTexts.exportPerson)]
        acts.append(Parts.button(to: "\(path)/json", .download, NodeTexts.exportJSON))
        if person["kept"] != .null, state != "shared" {
            acts.append(Parts.button(to: "\(path)/forget", .trash, NodeTexts.forget, style: "danger", dialog: true))
        }
        if ["shared", "unrecorded", "consented"].contains(state) {
            acts.append(Parts.button(to: "\(path)/withdraw", .undo, NodeTexts.withdraw, style: "danger", dialog: true))
        }
        acts.append(Parts.button(to: "\(path)/consent", .check, NodeTexts.recordConsent, style: "pri", dialog: true))
        let note: HTML? = problem.map { Note(.bad, $0.phrase).html }
        let entry: HTML? =
            ["shared", "unrecorded"].contains(state)
            ? Parts.link("/tables/teacher/rows/\(person["id"]?.text ?? "")", NodeTexts.sharedEntry) : nil
        let content: HTML = """
            \(Parts.head(HTML(text: name), under: "\(person["number"]?.text ?? "") · \(statePill(person).html) \(entry)", actions: "<div class=\"acts\">\(acts)</div>"))\
            \(note)\(withdrawalCard(person))\(consentCard(person))\(keptCard(person))
            """
        return Page(
            HTML(text: name), place: "/persons", above: [("/persons", HTML(NodeTexts.consents))], content)
    }

    private func path(_ person: JSON) -> String {
        let number = person["number"]?.text ?? ""
        return Self.place(of: number.isEmpty ? person["id"]?.text ?? "" : number)
    }

    private func list(_ items: [(Phrase, HTML)]) -> HTML {
        let lines = items.map { item -> HTML in "<dt>\(item.0)</dt><dd>\(item.1)</dd>" }
        return "<div class=\"body\"><dl class=\"kv\">\(lines)</dl></div>"
    }

    private func consentCard(_ person: JSON) -> HTML {
        guard let consent = person["consent"], consent != .null else {
            return Parts.card(
                "consent", NodeTexts.consentRecord,
                "<div class=\"body\">\(Note(.info, NodeTexts.noConsentYet).html)</div>")
        }
        func text(_ key: String) -> HTML { HTML(text: consent[key]?.text ?? "") }
        var fields = [HTML(NodeTexts.always)]
        if case .array(let names)? = consent["fields"] {
            fields += names.compactMap(\.text).map { HTML(replica.schema.title(ofConsentField: $0)) }
        }
        let table = replica.schema[.consent]
        func title(_ id: ColumnID, _ key: String) -> HTML {
            guard case .choice(let choices)? = table?.column(id)?.type,
                let choice = choices.first(where: { $0.code == consent[key]?.text })
            else { return text(key) }
            return HTML(choice.title)
        }
        return Parts.card(
            "consent", NodeTexts.consentRecord,
            list([
                (NodeTexts.consentDate, text("given")), (NodeTexts.method, title(ConsentColumn.method, "method")),
                (NodeTexts.consentPurpose, text("purpose")),
                (NodeTexts.recipients, title(ConsentColumn.recipients, "recipients")),
                (NodeTexts.coveredFields, .joined(fields.flatMap { ["<span class=\"tag\">", $0, "</span> "] })),
                (NodeTexts.textVersion, text("textVersion")), (NodeTexts.recordedBy, text("recordedBy")),
                (NodeTexts.recordedAt, time(consent["recorded"])),
            ]))
    }

    private func keptCard(_ person: JSON) -> HTML {
        guard case .object(let cells)? = person["kept"], let table = replica.schema[.teacher] else { return "" }
        let lines = table.columns.compactMap { column in
            cells[column.name]?.text.map { (column.title, HTML(text: $0)) }
        }
        return Parts.card("kept", NodeTexts.keptHere, list(lines))
    }

    /// The four steps of a withdrawal; what is not known is said to be so.
    private func withdrawalCard(_ person: JSON) -> HTML {
        guard let end = person["withdrawal"], end != .null else { return "" }
        let told: HTML
        if case .number(let rev)? = end["rev"] {
            told = "\(Pill(.ok, .check, NodeTexts.stepTold).html) \(NodeTexts.atRev(rev)) \(time(end["told"]))"
        } else {
            told = HTML(NodeTexts.stepNotTold)
        }
        var members = HTML(NodeTexts.stepUnknown)
        if case .number(let count)? = end["members"]?["acknowledged"], case .number(let all)? = end["members"]?["of"] {
            let bar = Parts.bar(Int(clamping: count), of: Int(clamping: all))
            members = "\(NodeTexts.ofMembers(count, all)) \(bar)"
        }
        var done: HTML = "<span class=\"muted\">\(NodeTexts.stepNotComplete)</span>"
        if case .number(let time)? = end["complete"] {
            done = "\(Pill(.ok, .check, NodeTexts.stepComplete).html) \(Parts.time(time))"
        } else if case .array(let waiting)? = end["waiting"], !waiting.isEmpty {
            done = "\(NodeTexts.stepNotComplete)：\(waiting.compactMap(\.text).joined(separator: "、"))"
        }
        return Parts.card(
            "erasure", NodeTexts.erasure,
            list([
                (NodeTexts.stepWithdrawn, time(end["withdrawn"])), (NodeTexts.stepTold, told),
                (NodeTexts.stepAcknowledged, members), (NodeTexts.stepComplete, done),
            ]))
    }

    @Sendable func exportPerson(_ visit: Visit) throws -> Reply {
        let export = try PersonDossier.make(
            of: visit.parameters["person"] ?? "", replica, accounts: replica.folder)
        let name = export["number"]?.text ?? ""
        return .file(OpenReplica.personCSV(export), type: "text/csv; charset=utf-8", name: "\(name).csv")
    }

    @Sendable func exportPersonJSON(_ visit: Visit) throws -> Reply {
        let export = try PersonDossier.make(
            of: visit.parameters["person"] ?? "", replica, accounts: replica.folder)
        let bytes = Array(export.serialised(pretty: true).utf8)
        return .file(bytes, type: "application/json; charset=utf-8", name: "\(export["number"]?.text ?? "").json")
    }
}
