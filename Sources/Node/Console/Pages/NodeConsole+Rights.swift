import Alliance
import CRDT
import Foundation
import Replica
import Web

extension NodeConsole {
    // MARK: Places

    func quotas(_ visit: Visit) throws -> Page {
        let own = schoolName
        let cards = try ShownPlan.all(replica).map { planCard($0, own, visit) }
        let content: HTML =
            cards.isEmpty
            ? "<section class=\"card\">\(Parts.empty(.key, NodeTexts.noPlans, NodeTexts.noPlansText))</section>"
            : .joined(cards)
        let actions: HTML =
            isAdministrator(visit) ? Parts.button(to: "/duplicates", .warning, NodeTexts.duplicates) : ""
        return Page(
            HTML(NodeTexts.quotas), place: "/quotas",
            "\(Parts.head(HTML(NodeTexts.quotas), under: HTML(NodeTexts.quotasText), actions: actions))\(content)")
    }

    private func planCard(_ plan: ShownPlan, _ own: String, _ visit: Visit) -> HTML {
        let lines = plan.members.map { member in
            Grid.Line([
                HTML(text: member.name), HTML(text: "\(member.held)"), HTML(text: "\(member.used)"),
                HTML(text: "\(member.held - member.used)"), Parts.bar(member.used, of: member.held, use: true),
            ])
        }
        let grid = Grid(
            "plan-\(plan.id)", label: HTMLText.plan(plan.name),
            headings: [
                .init(NodeTexts.school), .init(NodeTexts.held, isNumber: true), .init(NodeTexts.used, isNumber: true),
                .init(Texts.left, isNumber: true), .init(NodeTexts.share),
            ], lines: lines)
        let beside: HTML =
            "<span class=\"small muted\">\(NodeTexts.planFigures(plan.total, plan.pool, plan.onTheirWay))</span>"
        let forms: HTML = isAdministrator(visit) && plan.held(by: own) > 0 ? planForms(plan, visit) : ""
        return """
            <section class="card" id="p-\(plan.id)" aria-labelledby="p-\(plan.id)-h"><header><h2 id="p-\(plan.id)-h">\(plan.name)</h2>\(beside)</header>\
            \(grid.html)\(forms)</section>
            """
    }

    private func planForms(_ plan: ShownPlan, _ visit: Visit) -> HTML {
        let path = "/quotas/\(plan.id)"
        return """
            <footer>\(Parts.button(to: path, .people, NodeTexts.admissions, style: "pri"))\
            <form method="post" action="\(path)/release" class="inline acts" data-swap="content">\
            <input type="hidden" name="csrf" value="\(visit.token)"><input type="hidden" name="key" value="\(UUID().uuidString)">\
            <span class="field"><input name="count" aria-label="\(NodeTexts.howMany)" placeholder="\(NodeTexts.howMany)"></span>\
            <button class="btn">\(NodeTexts.release)</button></form></footer>
            """
    }

    @Sendable func releasePlaces(_ visit: Visit) throws -> Reply {
        guard let count = Int(visit.form["count"]), count > 0 else {
            throw CommandError(.usage, "count", NodeTexts.atLeastOne)
        }
        _ = try replica.releasePlaces(count, of: visit.parameters["plan"] ?? "", to: nil)
        wake()
        return .done("/quotas", "released")
    }

    // MARK: Requests

    func requests(_ visit: Visit) throws -> Page {
        let items = try replica.requests().list.map { request -> HTML in
            let isMine = request["mine"] == true && request["own"] != true
            let id = request["id"]?.text ?? ""
            let acts: HTML =
                isMine && isAdministrator(visit)
                ? """
                \(Form.button("/requests/\(id)/approve", token: visit.token, .check, NodeTexts.approve, style: "sm pri"))\
                <form method="post" action="/requests/\(id)/decline" class="inline acts" data-swap="content">\
                <input type="hidden" name="csrf" value="\(visit.token)"><span class="field"><input name="reason" required \
                aria-label="\(NodeTexts.reason)" placeholder="\(NodeTexts.reason)"></span>\
                <button class="btn sm danger">\(NodeTexts.decline)</button></form>
                """ : Pill(.warn, .clock, request["own"] == true ? NodeTexts.askedByUs : NodeTexts.othersDecide).html
            let waits: HTML = request["waits"] == true ? " \(Pill(.info, .clock, NodeTexts.waits).html)" : ""
            return """
                <li><span class="ai">\(Icon.calendar.html)</span><div><b>\(request["space"]?.text ?? "")</b>\
                <p>\(request["member"]?.text ?? "") · \(Parts.time(request["from"]?.count ?? 0)) – \(Parts.clock(request["to"]?.count ?? 0)) · \
                \(NodeTexts.workstations(request["count"]?.count ?? 0))\(waits)</p></div><div class="acts">\(acts)</div></li>
                """
        }
        let list: HTML =
            items.isEmpty
            ? Parts.empty(.list, NodeTexts.noRequests, NodeTexts.noRequestsText) : "<ul class=\"rows\">\(items)</ul>"
        return Page(
            HTML(NodeTexts.requests), place: "/requests",
            "\(Parts.head(HTML(NodeTexts.requests), under: HTML(NodeTexts.requestsText)))\(Parts.card("requests", NodeTexts.openOnes, live: "state", list))"
        )
    }

    @Sendable func approve(_ visit: Visit) throws -> Reply {
        _ = try replica.approve(visit.parameters["id"] ?? "")
        wake()
        return .done("/requests", "approved")
    }

    @Sendable func decline(_ visit: Visit) throws -> Reply {
        _ = try replica.decline(visit.parameters["id"] ?? "", because: visit.form["reason"])
        wake()
        return .done("/requests", "declined")
    }
}

/// Values that stand where a phrase is asked for.
enum HTMLText {
    static func plan(_ name: String) -> Phrase { Phrase(name, name) }
}
