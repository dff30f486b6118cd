import Alliance
import CRDT
import Replica
import Sync
import Web

/// A conflict as pages show it: both values, who wrote them, and when.
struct ShownConflict: Sendable {
    struct Side: Sendable {
        let text: String
        /// Unix milliseconds.
        let time: Int64
        let member: String
    }

    let id: String
    let table: Table?
    let row: String
    let rowName: String
    let column: Column?
    /// `edit`, `deleted`, `delete_lost`.
    let kind: String
    let winning: Side?
    let losing: Side?
    let resolution: String?

    init(_ json: JSON, _ schema: Schema) {
        id = json["id"]?.text ?? ""
        let table = json["table"]?.text.flatMap { schema[$0] }
        self.table = table
        row = json["row"]?.text ?? ""
        rowName = json["rowName"]?.text ?? ""
        column = json["column"]?.text.flatMap { table?.column(named: $0) }
        kind = json["kind"]?.text ?? ""
        func side(_ name: String) -> Side? {
            guard let side = json[name], case .object = side else { return nil }
            return Side(
                text: side["text"]?.text ?? "", time: side["time"]?.count ?? 0, member: side["memberName"]?.text ?? "")
        }
        winning = side("winning")
        losing = side("losing")
        resolution = json["resolution"]?.text
    }
}

extension NodeConsole {
    func openConflicts(all: Bool = false) throws -> [ShownConflict] {
        try replica.conflictsJSON(all: all).list.map { ShownConflict($0, replica.schema) }
    }

    func conflicts(_ visit: Visit) throws -> Page {
        let all = visit.query["all"] != nil
        let list = try openConflicts(all: all)
        let chips = Parts.segments(
            [("/conflicts", NodeTexts.openOnes, !all), ("/conflicts?all=1", NodeTexts.allOnes, all)],
            label: NodeTexts.conflicts)
        let items: HTML =
            list.isEmpty
            ? Parts.empty(.inbox, NodeTexts.noConflicts, NodeTexts.noConflictsText)
            : "<ul class=\"cfs\">\(list.reversed().enumerated().map { conflictItem($1, visit, isOpen: $0 == 0) })</ul>"
        let content: HTML = """
            \(Parts.head(HTML(NodeTexts.conflicts), under: HTML(NodeTexts.conflictsText), actions: chips))\
            \(Parts.card("conflicts-card", all ? NodeTexts.allOnes : NodeTexts.openOnes, live: "state", items))
            """
        return Page(HTML(NodeTexts.conflicts), place: "/conflicts", content)
    }

    func conflictItem(_ conflict: ShownConflict, _ visit: Visit, isOpen: Bool) -> HTML {
        let table = conflict.table?.title ?? NodeTexts.unknownTable
        let name = conflict.rowName.isEmpty ? String(conflict.row.prefix(8)) : conflict.rowName
        let state: HTML? = conflict.resolution.map {
            Pill(.ok, .check, $0 == "restored" ? NodeTexts.restored : NodeTexts.kept).html
        }
        let body: HTML
        if let winning = conflict.winning, let losing = conflict.losing {
            body = choice(conflict, winning, losing, visit)
        } else {
            body = "<div class=\"cmp\">\(NodeTexts.unreadableConflict)</div>"
        }
        return """
            <li><details\(" open" as HTML, if: isOpen) name="conflict"><summary><span class="ai">\(Icon.scales.html)</span>\
            <span class="cs"><b>\(name)</b><span class="muted">\(table) · \(Parts.time(conflict.losing?.time ?? 0))</span></span>\
            \(state)\(Icon.chevron.html(class: "chev"))</summary>\(body)</details></li>
            """
    }

    private func choice(
        _ conflict: ShownConflict, _ winning: ShownConflict.Side, _ losing: ShownConflict.Side, _ visit: Visit
    ) -> HTML {
        let title = conflict.column?.title ?? NodeTexts.wholeRow
        let isDeletion = conflict.kind == "delete_lost"
        func option(_ value: String, _ role: Phrase, _ side: ShownConflict.Side, _ text: HTML, _ isChosen: Bool) -> HTML
        {
            """
            <label class="opt"><input type="radio" name="choice" value="\(value)"\(" checked" as HTML, if: isChosen)>\
            <span class="who">\(role)</span><b>\(text)</b><span class="muted">\(side.member) \(Parts.time(side.time))</span></label>
            """
        }
        func shown(_ side: ShownConflict.Side) -> HTML {
            side.text.isEmpty ? "<span class=\"muted\">\(NodeTexts.empty)</span>" : HTML(text: side.text)
        }
        let sides: HTML = """
            <fieldset><legend>\(title)</legend>\(option("keep", NodeTexts.winning, winning, shown(winning), true))\
            \(option("restore", NodeTexts.losing, losing, isDeletion ? HTML(NodeTexts.deletion) : shown(losing), false))</fieldset>
            """
        guard conflict.resolution == nil, isAdministrator(visit) else { return "<div class=\"cmp\">\(sides)</div>" }
        let edit: HTML =
            conflict.kind == "edit"
            ? Parts.button(
                to: "/tables/\(conflict.table?.name ?? "")/rows/\(conflict.row)/edit", nil, NodeTexts.otherValue,
                style: "sm",
                dialog: true) : ""
        return """
            <form class="cmp" method="post" action="/conflicts/\(conflict.id)" data-swap="content">\
            <input type="hidden" name="csrf" value="\(visit.token)"><input type="hidden" name="from" value="\(visit.path)">\(sides)\
            <div class="ca"><button class="btn pri sm">\(NodeTexts.takeChosen)</button>\(edit)\
            <span class="small muted hide-s">\(NodeTexts.choiceIsNoted)</span></div></form>
            """
    }

    @Sendable func resolveConflict(_ visit: Visit) throws -> Reply {
        let row = try replica.find(visit.parameters["id"] ?? "", in: try replica.table("conflict"))
        switch visit.form["choice"] {
        case "restore": try replica.restoreConflict(row)
        case "keep": try replica.keepConflict(row)
        default: throw CommandError(.usage, "choice", NodeTexts.choose)
        }
        wake()
        return .done(visit.form["from"] == "/" ? "/" : "/conflicts", "resolved")
    }

    // MARK: What the hub did not take

    func rejected(_ visit: Visit) throws -> Page {
        let all = visit.query["all"] != nil
        let chips = Parts.segments(
            [("/rejected", NodeTexts.openOnes, !all), ("/rejected?all=1", NodeTexts.allOnes, all)],
            label: NodeTexts.rejected)
        let items = try replica.rejected(all: all).map { entry -> HTML in
            let json = replica.rejectedJSON(entry)
            let told = (json["reasons"]?.list ?? []).map { Phrase($0["zh"]?.text ?? "", $0["en"]?.text ?? "") }
            let reasons = told.isEmpty ? [OpenReplica.reasonIsGone] : told
            let rows = (json["rows"]?.list ?? []).map { row -> HTML in
                let table = row["table"]?.text.flatMap { replica.schema[$0] }
                return "\(table?.title ?? NodeTexts.unknownTable): \(Self.values(row["values"], of: table)) "
            }
            let acts: HTML =
                entry.state == "open" && isAdministrator(visit)
                ? Form.button("/rejected/\(entry.id)/retry", token: visit.token, .undo, NodeTexts.retry)
                    + Form.button(
                        "/rejected/\(entry.id)/drop", token: visit.token, nil, NodeTexts.drop, style: "sm ghost danger")
                : ""
            return """
                <li class="bad"><span class="ai">\(Icon.undo.html)</span><div><b>\(rows)</b>\
                <p>\(Set(reasons).map { HTML($0) }) · \(Parts.time(Int64(clamping: entry.transaction.wall)))</p></div>\(acts)</li>
                """
        }
        let list: HTML =
            items.isEmpty
            ? Parts.empty(.check, NodeTexts.noRejected, NodeTexts.noRejectedText) : "<ul class=\"rows\">\(items)</ul>"
        let content: HTML = """
            \(Parts.head(HTML(NodeTexts.rejected), under: HTML(NodeTexts.rejectedText), actions: chips))\
            \(Parts.card("rejected-card", NodeTexts.rejected, live: "state", list))
            """
        return Page(HTML(NodeTexts.rejected), place: "/rejected", content)
    }

    private static func values(_ json: JSON?, of table: Table?) -> HTML {
        guard case .object(let members)? = json else { return "" }
        return .joined(
            members.sorted { $0.key < $1.key }.map { name, value -> HTML in
                let title = table?.column(named: name)?.title ?? Phrase(name, name)
                return "\(title) \(value.text ?? value.serialised()) "
            })
    }

    @Sendable func settleRejected(_ visit: Visit) throws -> Reply {
        guard let id = Int64(visit.parameters["id"] ?? "") else { throw CommandError(.usage, "id", NodeTexts.choose) }
        switch visit.parameters["act"] {
        case "retry": try replica.retryRejected(id)
        case "drop": try replica.dropRejected(id)
        default: throw CommandError(.usage, "act", NodeTexts.choose)
        }
        wake()
        return .done("/rejected", visit.parameters["act"] == "retry" ? "retried" : "dropped")
    }
}
