import Alliance
import CRDT
import Foundation
import HTTPTypes
import Replica
import Web

/// Plans (招生计划): made, allotted, cut by what lies in the pool.
extension HubConsole {
    func plans(_ visit: Visit) throws -> Page {
        guard case .array(let all) = try replica.plans() else { preconditionFailure("plans are a list") }
        let members = try replica.registeredMembers().filter { $0.left == 0 && !$0.isSecretariat }.map(\.name)
        let cards = all.map { card($0, members, visit) }
        let content: HTML =
            cards.isEmpty
            ? "<section class=\"card\">\(Parts.empty(.key, HubTexts.noPlans, HubTexts.noPlansText))</section>"
            : .joined(cards)
        let add: HTML =
            mayAct(visit) ? Parts.button(to: "/plans/new", .plus, HubTexts.newPlan, style: "pri", dialog: true) : ""
        return Page(
            HTML(HubTexts.plans), place: "/plans",
            "\(Parts.head(HTML(HubTexts.plans), under: HTML(HubTexts.plansText), actions: add))\(content)")
    }

    private func card(_ plan: JSON, _ members: [String], _ visit: Visit) -> HTML {
        let id = plan["id"]?.text ?? ""
        let later: HTML =
            plan["later"].flatMap { $0 == .null ? nil : $0 }.map { stage -> HTML in
                """
                <h3 class="sub-h">\(HubTexts.laterStage(plan["lead"]?.text ?? ""))</h3>\(figures(stage))\
                \(holdings("later-\(id)", stage))
                """
            } ?? ""
        return """
            <section class="card" id="p-\(id)" aria-labelledby="p-\(id)-h"><header><h2 id="p-\(id)-h">\(plan["name"]?.text ?? "")</h2>\
            <span class="sp"></span>\(figures(plan))</header>\(holdings("plan-\(id)", plan))\(later)\(forms(id, plan, members, visit))</section>
            """
    }

    private func figures(_ stage: JSON) -> HTML {
        let (total, pool) = (Self.number(stage["total"]), Self.number(stage["pool"]))
        let way = Self.number(stage["onTheirWay"])
        return "<span class=\"small muted\">\(HubTexts.planFigures(total, pool, way))</span>"
    }

    private func holdings(_ id: String, _ stage: JSON) -> HTML {
        guard case .array(let members)? = stage["members"], !members.isEmpty else {
            return "<p class=\"body muted small\">\(HubTexts.nothingAllotted)</p>"
        }
        let lines = members.map { member -> Grid.Line in
            let (held, used) = (Self.number(member["held"]), Self.number(member["used"]))
            return Grid.Line([
                HTML(text: member["name"]?.text ?? ""), HTML(text: "\(held)"), HTML(text: "\(used)"),
                HTML(text: "\(held - used)"), Parts.bar(Int(used), of: Int(held), use: true),
            ])
        }
        return Grid(
            id, label: HubTexts.plans,
            headings: [
                .init(HubTexts.memberName), .init(HubTexts.held, isNumber: true), .init(HubTexts.used, isNumber: true),
                .init(Texts.left, isNumber: true), .init(HubTexts.share),
            ], lines: lines
        ).html
    }

    private func forms(_ id: String, _ plan: JSON, _ members: [String], _ visit: Visit) -> HTML {
        guard mayAct(visit) else { return "" }
        let options = members.map { name -> HTML in "<option value=\"\(name)\"></option>" }
        let key = UUID().uuidString
        return """
            <footer><form method="post" action="/plans/\(id)/allot" class="inline acts" data-swap="content">\
            <input type="hidden" name="csrf" value="\(visit.token)"><input type="hidden" name="key" value="\(key)">\
            <span class="field"><input name="member" list="m-\(id)" required aria-label="\(HubTexts.memberName)" placeholder="\(HubTexts.memberName)">\
            <datalist id="m-\(id)">\(options)</datalist></span><span class="field short"><input name="count" required inputmode="numeric" \
            aria-label="\(HubTexts.howMany)" placeholder="\(HubTexts.howMany)"></span>\
            <button class="btn sm">\(HubTexts.allot)</button></form><span class="sp"></span>\
            <form method="post" action="/plans/\(id)/total" class="inline acts" data-swap="content">\
            <input type="hidden" name="csrf" value="\(visit.token)"><span class="field short"><input name="total" required inputmode="numeric" \
            value="\(Self.number(plan["total"]))" aria-label="\(HubTexts.total)"></span>\
            <button class="btn sm ghost">\(HubTexts.setTotal)</button></form></footer>
            """
    }

    private func count(_ text: String, _ name: String) throws -> Int {
        guard let count = Int(text.trimmingCharacters(in: .whitespaces)), count >= 0 else {
            throw CommandError(.usage, name, HubTexts.notANumber(text))
        }
        return count
    }

    @Sendable func allot(_ visit: Visit) throws -> Reply {
        let (plan, member) = (visit.parameters["plan"] ?? "", visit.form["member"])
        let count = try count(visit.form["count"], "count")
        _ = try replica.allot(count, of: plan, to: member)
        return .done("/plans", "allotted", about: "\(plan) \(member) \(count)")
    }

    /// More places go to the pool; fewer are taken from it, and from nowhere else.
    @Sendable func setTotal(_ visit: Visit) throws -> Reply {
        let plan = visit.parameters["plan"] ?? ""
        let total = try count(visit.form["total"], "total")
        let table = try replica.table("plan")
        let row = try replica.find(plan, in: table)
        let names = try replica.names()
        let values = table.naturalKey.compactMap(table.column).map {
            "\($0.name)=\($0.text(of: row[$0.id]?.value ?? .null, names: names))"
        }
        _ = try replica.setPlan(values, total: total)
        return .done("/plans", "total", about: "\(plan) \(total)")
    }

    // MARK: A new one

    private var planColumns: [Column] {
        replica.schema[.plan].map { table in table.columns.filter { table.naturalKey.contains($0.id) || $0.required } }
            ?? []
    }

    func newPlan(_ visit: Visit, problem: Phrase? = nil) throws -> Page {
        let names = try replica.names()
        let fields = try planColumns.map { column -> Field in
            Field(
                column.name, column.title, try kind(of: column, names), value: visit.form[column.name],
                isRequired: column.required)
        }
        let note: HTML = problem.map { Note(.bad, $0).html } ?? ""
        let form = Form(
            "/plans/new", token: visit.token,
            fields: fields + [
                Field("total", HubTexts.total, .number, value: visit.form["total"], isRequired: true)
            ], submit: HubTexts.newPlan, note: "<div class=\"full\">\(note)</div>", back: "/plans", columns: 2)
        return formPage(HubTexts.newPlan, form, above: ("/plans", HubTexts.plans))
    }

    private func kind(of column: Column, _ names: Names) throws -> Field.Kind {
        switch column.type {
        case .choice(let choices): return .choice(choices.map { ($0.title.zh, HTML($0.title)) })
        case .integer: return .number
        case .reference(let id):
            guard let table = replica.schema[id] else { return .text }
            let rows = try replica.page(of: table, count: 300).rows
            return .suggested(rows.compactMap { names.rowName(id, $0.key.id) }.sorted())
        default: return .text
        }
    }

    @Sendable func makePlan(_ visit: Visit) throws -> Reply {
        do {
            let total = try count(visit.form["total"], "total")
            let values = planColumns.map { "\($0.name)=\(visit.form[$0.name])" }
            let plan = try replica.setPlan(values, total: total)
            return .done("/plans", "plan", about: "\(plan["name"]?.text ?? "") \(total)")
        } catch {
            return .page(try newPlan(visit, problem: CommandError(error).phrase), status: .unprocessableContent)
        }
    }
}
