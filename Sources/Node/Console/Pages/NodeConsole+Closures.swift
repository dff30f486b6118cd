import Alliance
import CRDT
import HTTPTypes
import Replica
import Sync
import Web

/// Closures with the bookings that they hit, and what holders gave away of their time.
extension NodeConsole {
    func closures(_ visit: Visit, problem: CommandError? = nil) throws -> Page {
        let items = try replica.closures().list.map { closure($0, visit) }
        let list: HTML =
            items.isEmpty
            ? Parts.empty(.gear, NodeTexts.noClosures, NodeTexts.noClosuresText) : .joined(items)
        let note: HTML? = problem.map { Note(.bad, $0.phrase).html }
        let form: HTML = isAdministrator(visit) ? try closureForm(visit) : ""
        let content: HTML = """
            \(Parts.head(HTML(NodeTexts.closures), under: HTML(NodeTexts.closuresText), actions: Parts.button(to: "/openings", .clock, NodeTexts.openings)))\
            \(note)<div class="two"><div class="col">\(Parts.card("closures", NodeTexts.closures, list))</div>\
            <div class="col">\(form)</div></div>
            """
        return Page(HTML(NodeTexts.closures), place: "/closures", content)
    }

    private func closure(_ closure: JSON, _ visit: Visit) -> HTML {
        let now = Int64(clamping: World.wall)
        let spaces = (closure["spaces"]?.list ?? []).compactMap(\.text).joined(separator: "、")
        let hits = (closure["hits"]?.list ?? []).map { hit -> HTML in
            guard hit["id"] != nil else {
                return
                    "<li>\(hit["member"]?.text ?? "") · \(Parts.time(hit["from"]?.count ?? 0)) – \(Parts.clock(hit["to"]?.count ?? 0))</li>"
            }
            let booking = ShownBooking(hit)
            let end: HTML =
                isAdministrator(visit) && booking.isOpen(at: now)
                ? Parts.button(
                    to: "/bookings/\(booking.id)/cancel", nil,
                    booking.member == schoolName ? NodeTexts.cancelBooking : NodeTexts.displace, style: "sm danger",
                    dialog: true) : ""
            return """
                <li><span><a class="lnk" href="\(booking.address)">\(booking.title)</a> · \(booking.member) · \(booking.space) · \
                \(Parts.time(booking.from)) – \(Parts.clock(booking.to))</span> \(end)</li>
                """
        }
        let hit: HTML =
            hits.isEmpty
            ? "<p class=\"muted small\">\(NodeTexts.hitsNothing)</p>"
            : "<p class=\"small\">\(Pill(.warn, .warning, NodeTexts.hitCount(hits.count)).html)</p><ul class=\"hits\">\(hits)</ul>"
        let id = closure["id"]?.text ?? ""
        let edit: HTML =
            isAdministrator(visit)
            ? Parts.button(to: "/tables/closure/rows/\(id)", .list, NodeTexts.details, style: "sm ghost") : ""
        return """
            <div class="body closure"><div class="head"><div class="ttl"><b>\(closure["kindZh"]?.text ?? "") · \(closure["base"]?.text ?? "")</b>\
            <p class="muted small">\(spaces)</p></div>\(edit)</div>\
            <p>\(Parts.time(closure["from"]?.count ?? 0)) – \(Parts.time(closure["to"]?.count ?? 0)) \(closure["reason"]?.text ?? "")</p>\(hit)</div>
            """
    }

    private func ownSpaces() throws -> [(value: String, text: HTML)] {
        let own = try replica.state().member
        return try replica.list(try replica.table("space")).filter { $0.key.owner == own }.map {
            ($0.key.id.description, HTML(text: Self.text($0, SpaceColumn.name)))
        }
    }

    private func closureForm(_ visit: Visit) throws -> HTML {
        let own = try replica.state().member
        let bases = try replica.list(try replica.table("base")).filter { $0.key.owner == own }.map {
            (value: "base \($0.key.id)", text: "\(NodeTexts.wholeBase) · \(Self.text($0, BaseColumn.name))" as HTML)
        }
        let column = try replica.table("closure").column(ClosureColumn.kind)
        let kinds: [(value: String, text: HTML)] =
            if case .choice(let choices)? = column?.type { choices.map { ($0.code, HTML($0.title)) } } else { [] }
        let form = visit.form
        let page = Form(
            "/closures", token: visit.token,
            fields: [
                Field(
                    "what", NodeTexts.whatCloses, .choice(try ownSpaces() + bases), value: form["what"],
                    isRequired: true),
                Field("from", NodeTexts.from, value: form["from"], isRequired: true, hint: NodeTexts.instantHint),
                Field("to", NodeTexts.to, value: form["to"], isRequired: true),
                Field("kind", NodeTexts.kind, .choice(kinds), value: form["kind"]),
                Field("reason", NodeTexts.why, value: form["reason"]),
            ], submit: NodeTexts.close, note: "<p class=\"muted small\">\(NodeTexts.closeText)</p>", swaps: "content")
        return Parts.card("close", NodeTexts.close, "<div class=\"body\">\(page.html)</div>")
    }

    @Sendable func close(_ visit: Visit) throws -> Reply {
        let what = visit.form["what"]
        let base = what.hasPrefix("base ") ? String(what.dropFirst(5)) : nil
        do {
            _ = try replica.close(
                space: base == nil ? what : nil, base: base, from: visit.form["from"], to: visit.form["to"],
                kind: visit.form["kind"], reason: visit.form["reason"])
            wake()
            return .done("/closures", "closed")
        } catch {
            return .page(try closures(visit, problem: CommandError(error)), status: .unprocessableContent)
        }
    }

    // MARK: Allotments

    func allotments(_ visit: Visit, problem: CommandError? = nil, _ given: HTML = "") throws -> Page {
        let own = schoolName
        let lines = try replica.allotments().list.map { item -> Grid.Line in
            func hours(_ name: String) -> HTML { HTML(NodeTexts.workstationHours(item[name]?.count ?? 0)) }
            let (total, used) = (item["given"]?.count ?? 0, item["used"]?.count ?? 0)
            let isOurs = item["to"]?.text == own && (item["unused"]?.count ?? 0) > (item["passed"]?.count ?? 0)
            let back: HTML =
                isOurs && isAdministrator(visit)
                ? Form.button(
                    "/allotments/\(item["id"]?.text ?? "")/back", token: visit.token, .undo, NodeTexts.giveBack,
                    style: "sm ghost") : ""
            return Grid.Line([
                "<b>\(item["space"]?.text ?? "")</b><small>\(item["note"]?.text ?? "")</small>",
                "\(item["from"]?.text ?? "") → \(item["to"]?.text.map { HTML(text: $0) } ?? HTML(NodeTexts.pool))",
                "\(hours("given"))\(Parts.bar(Int(used), of: Int(total), use: true))", hours("used"), hours("unused"),
                back,
            ])
        }
        let grid = Grid(
            "allotments", label: NodeTexts.allotments,
            headings: [
                .init(NodeTexts.space), .init(NodeTexts.fromTo), .init(NodeTexts.given), .init(NodeTexts.used),
                .init(NodeTexts.unused), .init(nil),
            ], lines: lines)
        let list: HTML =
            lines.isEmpty ? Parts.empty(.key, NodeTexts.noAllotments, NodeTexts.noAllotmentsText) : grid.html
        let note: HTML? = problem.map { Note(.bad, $0.phrase).html }
        let form: HTML = isAdministrator(visit) ? try allotmentForm(visit) : ""
        return Page(
            HTML(NodeTexts.allotments), place: "/allotments",
            """
            \(Parts.head(HTML(NodeTexts.allotments), under: HTML(NodeTexts.allotmentsText)))\(note)\(given)\
            \(Parts.card("allotments-card", NodeTexts.allotments, list))\(form)
            """)
    }

    private func allotmentForm(_ visit: Visit) throws -> HTML {
        let names = try replica.names()
        let own = try replica.state().member
        let members = try replica.list(try replica.table("member")).map(\.key.id).compactMap { id -> (String, HTML)? in
            let member = MemberID(rawValue: id.rawValue)
            guard member != own, let name = names.memberName(member) else { return nil }
            return (id.description, HTML(text: name))
        }
        let form = visit.form
        let page = Form(
            "/allotments", token: visit.token,
            fields: [
                Field("space", NodeTexts.space, .choice(try ownSpaces()), value: form["space"], isRequired: true),
                Field(
                    "to", NodeTexts.allotTo, .choice([("", HTML(NodeTexts.pool))] + members), value: form["to"]),
                Field(
                    "weekdays", NodeTexts.seriesWeekdays, value: form["weekdays"], isRequired: true,
                    hint: NodeTexts.weekdaysHint),
                Field(
                    "periods", NodeTexts.hour, value: form["periods"], isRequired: true, hint: NodeTexts.periodsHint),
                Field("weeks", NodeTexts.teachingWeeks, value: form["weeks"], hint: NodeTexts.allWeeksHint),
                Field(
                    "workstations", NodeTexts.workstationCount, .number, value: form["workstations"],
                    hint: NodeTexts.allSeatsHint),
            ], submit: NodeTexts.allot, note: "<p class=\"full muted small\">\(NodeTexts.allotText)</p>", columns: 2,
            swaps: "content")
        return Parts.card("allot", NodeTexts.allot, "<div class=\"body\">\(page.html)</div>")
    }

    @Sendable func allot(_ visit: Visit) throws -> Reply {
        let form = visit.form
        do {
            var windows = OpenReplica.Windows(weekdays: form["weekdays"], hours: .periods(form["periods"]))
            windows.weeks = form["weeks"]
            windows.workstations = form["workstations"].isEmpty ? nil : Int(form["workstations"]) ?? 0
            let answer = try replica.allot(form["space"], windows, to: form["to"].isEmpty ? nil : form["to"])
            wake()
            let left = (answer["left"]?.list ?? []).map { "\($0["date"]?.text ?? "") \($0["reason"]?.text ?? "")" }
            let said = NodeTexts.allotted(answer["given"]?.list.count ?? 0, left)
            return .page(try allotments(visit, Note(left.isEmpty ? .ok : .warn, said).html))
        } catch {
            return .page(try allotments(visit, problem: CommandError(error)), status: .unprocessableContent)
        }
    }

    @Sendable func giveBack(_ visit: Visit) throws -> Reply {
        _ = try replica.giveBack(visit.parameters["id"] ?? "")
        wake()
        return .done("/allotments", "given-back")
    }
}
