import Alliance
import CRDT
import Foundation
import HTTPTypes
import Replica
import Sync
import Web

/// One plan's admissions by name: for administrators alone, since who was admitted stays on this machine.
extension NodeConsole {
    func plan(_ visit: Visit, problem: CommandError? = nil) throws -> Page {
        let id = visit.parameters["plan"] ?? ""
        guard let plan = try ShownPlan.all(replica).first(where: { $0.id == id }) else {
            throw CommandError(.refused, "no-such-plan", NodeTexts.noSuchPlan)
        }
        let admissions = try replica.admissions(of: id).list
        let held = plan.held(by: schoolName)
        let lines = admissions.map { line($0, plan, visit) }
        let grid = Grid(
            "admissions", label: NodeTexts.admissions,
            headings: [
                .init(NodeTexts.applicant), .init(NodeTexts.placeNumber, isNumber: true), .init(NodeTexts.orderClass),
                .init(NodeTexts.state), .init(nil),
            ], lines: lines)
        let list: HTML =
            lines.isEmpty ? Parts.empty(.people, NodeTexts.noAdmissions, NodeTexts.noAdmissionsText) : grid.html
        let note: HTML? = problem.map { Note(.bad, $0.phrase).html }
        let left = held - plan.used(by: schoolName)
        let content: HTML = """
            \(Parts.head(HTML(text: plan.name), under: HTML(NodeTexts.ownPlaces(held, left))))\(note)<div class="two">\
            <div class="col">\(Parts.card("admissions-card", NodeTexts.admissions, actions: Grid.filter(for: "admissions", NodeTexts.search), list))</div>\
            <div class="col">\(left > 0 ? admitCard(plan, visit, problem) : "")\(try classCard(admissions))</div></div>
            """
        return Page(
            HTML(text: plan.name), place: "/quotas", above: [("/quotas", HTML(NodeTexts.quotas))], content)
    }

    private func line(_ admission: JSON, _ plan: ShownPlan, _ visit: Visit) -> Grid.Line {
        let state = admission["state"]?.text ?? ""
        let pill: Pill =
            switch state {
            case "registered": Pill(.ok, .check, NodeTexts.registered, detail: admission["registered"]?.text)
            case "admitted": Pill(.info, .check, NodeTexts.admittedState)
            default: Pill(.plain, nil, NodeTexts.withdrawnState)
            }
        let isUnsent = admission["sent"] == false
        let unsent: HTML = isUnsent ? " \(Pill(.plain, .cloudUp, NodeTexts.requestUnsent).html)" : ""
        let name = admission["name"]?.text ?? ""
        let number = admission["number"]?.text ?? ""
        let shown: HTML = name.isEmpty ? HTML(NodeTexts.unnamed) : HTML(text: name)
        let place = admission["place"]?.count
        return Grid.Line([
            "<b>\(shown)</b><small>\(number)</small>", place.map { HTML(text: "\($0)") } ?? "",
            HTML(text: admission["orderClass"]?.text ?? ""), "\(pill.html)\(unsent)",
            place.map { acts($0, state, plan, visit) } ?? "",
        ])
    }

    private func acts(_ place: Int64, _ state: String, _ plan: ShownPlan, _ visit: Visit) -> HTML {
        guard state != "withdrawn" else { return "" }
        func button(_ act: String, _ text: Phrase, _ style: String = "sm ghost") -> HTML {
            Form.button(
                "/quotas/\(plan.id)/\(act)", token: visit.token, hidden: [("place", "\(place)"), ("from", "plan")], nil,
                text, style: style)
        }
        let register: HTML = state == "admitted" ? button("register", NodeTexts.register) : ""
        let over: HTML = plan.lead.isEmpty ? "" : button("hand-over", NodeTexts.handOver)
        return "\(register)\(over)\(button("cancel", NodeTexts.cancelPlace, "sm ghost danger"))"
    }

    private func admitCard(_ plan: ShownPlan, _ visit: Visit, _ problem: CommandError?) -> HTML {
        let classes = (try? orderClasses()) ?? []
        let choices = [("", HTML(NodeTexts.noClass))] + classes.map { ($0.id, HTML(text: $0.name)) }
        let form = visit.form
        let key = form["key"].isEmpty || problem == nil ? UUID().uuidString : form["key"]
        let page = Form(
            "/quotas/\(plan.id)/admit", token: visit.token,
            fields: [
                Field("name", NodeTexts.applicantName, value: form["name"], isRequired: true),
                Field("number", NodeTexts.documentNumber, value: form["number"]),
                Field("class", NodeTexts.orderClass, .choice(choices), value: form["class"]),
            ], hidden: [("key", key), ("from", "plan")], submit: NodeTexts.admit, swaps: "content")
        return Parts.card("admit", NodeTexts.admit, "<div class=\"body\">\(page.html)</div>")
    }

    private func orderClasses() throws -> [(id: String, name: String, places: Int64)] {
        let own = try replica.state().member
        return try replica.list(try replica.table("order_class")).filter { $0.key.owner == own }.map { row in
            (
                row.key.id.description, Self.text(row, OrderClassColumn.name), Self.number(row, OrderClassColumn.places)
            )
        }
    }

    private func classCard(_ admissions: [JSON]) throws -> HTML {
        let classes = try orderClasses()
        let items = classes.map { item -> HTML in
            let taken = admissions.count { $0["orderClass"]?.text == item.name && $0["state"]?.text != "withdrawn" }
            return """
                <li><div><b>\(item.name)</b><p>\(NodeTexts.classPlaces(taken, Int(item.places)))</p>\
                \(Parts.bar(taken, of: Int(item.places), use: true))</div></li>
                """
        }
        let list: HTML =
            items.isEmpty
            ? Parts.empty(.people, NodeTexts.noClasses, NodeTexts.noClassesText) : "<ul class=\"rows\">\(items)</ul>"
        return Parts.card(
            "classes", NodeTexts.orderClasses, actions: Parts.link("/tables/order_class", NodeTexts.details), list)
    }

    // MARK: Acts

    private func answer(_ visit: Visit, _ done: String, _ act: () throws -> Void) throws -> Reply {
        let isPlan = visit.form["from"] == "plan"
        do {
            try act()
            wake()
            return .done(isPlan ? "/quotas/\(visit.parameters["plan"] ?? "")" : "/quotas", done)
        } catch {
            guard isPlan else { throw error }
            return .page(try plan(visit, problem: CommandError(error)), status: .unprocessableContent)
        }
    }

    private func place(_ visit: Visit) throws -> Int64 {
        guard let place = Int64(visit.form["place"]), place > 0 else {
            throw CommandError(.usage, "place", NodeTexts.atLeastOne)
        }
        return place
    }

    @Sendable func admit(_ visit: Visit) throws -> Reply {
        try answer(visit, "admitted") {
            var applicant = OpenReplica.Applicant()
            applicant.name = visit.form["name"].trimmingCharacters(in: .whitespaces)
            applicant.number = visit.form["number"].trimmingCharacters(in: .whitespaces)
            applicant.orderClass = visit.form["class"]
            applicant.idempotencyKey = visit.form["key"]
            _ = try replica.admit(applicant, to: visit.parameters["plan"] ?? "")
        }
    }

    @Sendable func cancelPlace(_ visit: Visit) throws -> Reply {
        try answer(visit, "place-free") {
            _ = try replica.withdraw(
                place: place(visit), of: visit.parameters["plan"] ?? "", because: visit.form["reason"])
        }
    }

    @Sendable func registerPlace(_ visit: Visit) throws -> Reply {
        try answer(visit, "registered") {
            _ = try replica.register(place: place(visit), of: visit.parameters["plan"] ?? "", on: visit.form["on"])
        }
    }

    @Sendable func handOver(_ visit: Visit) throws -> Reply {
        try answer(visit, "handed-over") {
            _ = try replica.handOver(place: place(visit), of: visit.parameters["plan"] ?? "")
        }
    }

    // MARK: Applicants who are admitted twice

    func duplicates(_ visit: Visit) throws -> Page {
        let cases = try replica.duplicates().list
        let items = cases.map { item -> HTML in
            let isOpen = item["open"] == true
            let sides = (item["admissions"]?.list ?? []).map { side -> HTML in
                let state = side["standing"] == true ? NodeTexts.admittedState : NodeTexts.withdrawnState
                return "\(side["school"]?.text ?? "") (\(state)) "
            }
            let pill = isOpen ? Pill(.bad, .warning, NodeTexts.openCase) : Pill(.ok, .check, NodeTexts.closedCase)
            return """
                <li><span class="ai">\(Icon.people.html)</span><div><b>\(sides)</b><p>\(NodeTexts.duplicateText)</p></div>\
                <div class="acts">\(pill.html)</div></li>
                """
        }
        let list: HTML =
            items.isEmpty
            ? Parts.empty(.check, NodeTexts.noDuplicates, NodeTexts.noDuplicatesText)
            : "<ul class=\"rows\">\(items)</ul>"
        // Where nothing can be compared, that nothing was found says nothing.
        let canCompare = try replica.applicantKey() != nil
        let key: HTML = canCompare ? "" : Note(.warn, NodeTexts.noApplicantKey).html
        let card: HTML =
            canCompare || !items.isEmpty ? Parts.card("duplicates", NodeTexts.duplicates, list) : ""
        return Page(
            HTML(NodeTexts.duplicates), place: "/quotas", above: [("/quotas", HTML(NodeTexts.quotas))],
            "\(Parts.head(HTML(NodeTexts.duplicates), under: HTML(NodeTexts.duplicatesText)))\(key)\(card)"
        )
    }
}
