import Alliance
import Replica
import Web

/// Requests that nobody has answered, rivals beside each other.
extension HubConsole {
    func requests(_ visit: Visit) throws -> Page {
        guard case .array(let all) = try replica.requests() else { preconditionFailure("requests are a list") }
        let cards = Self.rivals(all).enumerated().map { index, group in card(index, group, visit) }
        let content: HTML =
            cards.isEmpty
            ? "<section class=\"card\">\(Parts.empty(.calendar, HubTexts.noRequests, HubTexts.noRequestsText))</section>"
            : .joined(cards)
        return Page(
            HTML(HubTexts.requests), place: "/requests",
            """
            \(Parts.head(HTML(HubTexts.requests), under: HTML(HubTexts.requestsText(all.count))))\
            <div id="requests" data-live="board" class="stacked">\(content)</div>
            """)
    }

    /// Requests that want some of the same, together, in the order in which the first of them came.
    static func rivals(_ all: [JSON]) -> [[JSON]] {
        var groups: [(ids: Set<String>, list: [JSON])] = []
        for request in all {
            var ids = Set([request["id"]?.text ?? ""])
            if case .array(let others)? = request["competing"] { ids.formUnion(others.compactMap(\.text)) }
            var list = [request]
            let touched = groups.indices.filter { !groups[$0].ids.isDisjoint(with: ids) }
            for index in touched { ids.formUnion(groups[index].ids) }
            list = touched.flatMap { groups[$0].list } + list
            let place = touched.first ?? groups.count
            for index in touched.reversed() { groups.remove(at: index) }
            groups.insert((ids, list), at: place)
        }
        return groups.map(\.list)
    }

    private func card(_ index: Int, _ group: [JSON], _ visit: Visit) -> HTML {
        let lines = group.map { request -> Grid.Line in
            let id = request["id"]?.text ?? ""
            let isLate = request["overdue"] == .bool(true)
            let count = Self.number(request["count"])
            let purpose = [request["purpose"]?.text, request["className"]?.text].compactMap { $0 }
                .filter { !$0.isEmpty }.joined(separator: " · ")
            let limit = Self.number(request["respondBy"])
            let by: HTML =
                limit == 0 ? "—" : isLate ? Pill(.warn, .clock, HubTexts.overdue).html : Parts.time(limit)
            return Grid.Line(
                [
                    "<b>\(request["member"]?.text ?? "")</b><small>\(purpose)</small>",
                    "\(Parts.time(Self.number(request["from"]))) – \(Parts.clock(Self.number(request["to"])))",
                    HTML(text: "\(count)"), Parts.time(Self.number(request["asked"]), relative: true), by,
                    answerer(request), act(id, request, visit),
                ], tone: isLate ? .warn : .plain)
        }
        let grid = Grid(
            "requests-\(index)", label: HubTexts.requests,
            headings: [
                .init(HubTexts.asker), .init(HubTexts.wantedTime), .init(HubTexts.wantedCount, isNumber: true),
                .init(HubTexts.askedAt), .init(HubTexts.answerBy), .init(HubTexts.answeredBy), .init(nil),
            ], lines: lines)
        let name = group.first?["space"]?.text ?? ""
        let beside: HTML = group.count > 1 ? Pill(.warn, .scales, HubTexts.rivalCount(group.count)).html : ""
        return """
            <section class="card" aria-labelledby="r-\(index)-h"><header><h2 id="r-\(index)-h">\(name)</h2>\(beside)</header>\
            \(grid.html)</section>
            """
    }

    private func answerer(_ request: JSON) -> HTML {
        guard case .array(let holders)? = request["holders"], !holders.isEmpty else {
            return Pill(.info, nil, HubTexts.hubAnswers).html
        }
        return HTML(text: holders.compactMap(\.text).joined(separator: "、"))
    }

    private func act(_ id: String, _ request: JSON, _ visit: Visit) -> HTML {
        guard mayAct(visit), request["mayDecide"] == .bool(true) else { return "" }
        return """
            <form method="post" action="/requests/\(id)/decline" class="inline acts" data-swap="content">\
            <input type="hidden" name="csrf" value="\(visit.token)"><span class="field"><input name="reason" required \
            aria-label="\(HubTexts.reason)" placeholder="\(HubTexts.reason)"></span>\
            <button class="btn sm danger">\(HubTexts.decline)</button></form>
            """
    }

    @Sendable func decline(_ visit: Visit) throws -> Reply {
        _ = try replica.decline(visit.parameters["request"] ?? "", because: visit.form["reason"])
        latest.forget()
        return .done("/requests", "declined")
    }

    /// A number; 0 for anything else.
    static func number(_ json: JSON?) -> Int64 { if case .number(let number)? = json { number } else { 0 } }
}
