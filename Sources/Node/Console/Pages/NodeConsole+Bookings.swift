import Accounts
import Alliance
import CRDT
import Foundation
import HTTPTypes
import Replica
import Web

extension NodeConsole {
    func bookings(_ visit: Visit) throws -> Page {
        let now = Int64(clamping: World.wall)
        let old = visit.query["past"] != nil
        let page = max(1, min(100_000, visit.query["page"].flatMap { Int($0) } ?? 1))
        let found = try replica.bookings(
            endedBy: now, isOver: old, from: (page - 1) * RowList.pageSize, count: RowList.pageSize)
        let list = found.list.map(ShownBooking.init)
        let own = schoolName
        let lines = list.map { booking -> Grid.Line in
            let isOpen = ["confirmed", "requested", "partly"].contains(booking.state) && booking.to > now
            let act: HTML =
                isOpen && booking.member == own && visit.role != .viewer
                ? Form.button(
                    "/bookings/\(booking.id)/cancel", token: visit.token, nil, Texts.cancel, style: "sm ghost danger")
                : ""
            let why: HTML = booking.reason.isEmpty ? "" : "<small class=\"muted\">\(booking.reason)</small>"
            return Grid.Line([
                "<b>\(booking.title)</b><small>\(booking.member)</small>", HTML(text: booking.space),
                "\(Parts.time(booking.from)) – \(Parts.clock(booking.to))", booking.heads,
                "\(booking.pill(at: now).html)\(why)\(alternatives(booking))", act,
            ])
        }
        let grid = Grid(
            "bookings", label: NodeTexts.bookings,
            headings: [
                .init(NodeTexts.purpose), .init(NodeTexts.space), .init(NodeTexts.when), .init(NodeTexts.size),
                .init(NodeTexts.state), .init(nil),
            ], lines: lines)
        let body: HTML =
            lines.isEmpty ? Parts.empty(.calendar, NodeTexts.noBookings, NodeTexts.noBookingsText) : grid.html
        let chips = Parts.segments(
            [("/bookings", NodeTexts.coming, !old), ("/bookings?past=1", NodeTexts.past, old)],
            label: NodeTexts.bookings)
        let add: HTML =
            visit.role == .viewer
            ? "" : Parts.button(to: "/bookings/new", .plus, NodeTexts.newBooking, style: "pri", dialog: true)
        let content: HTML = """
            \(Parts.head(HTML(NodeTexts.bookings), under: HTML(NodeTexts.bookingsText), actions: add))\
            <section class="card" id="list" data-live="state"><header>\(chips)<span class="sp"></span>\
            \(Grid.filter(for: "bookings", NodeTexts.search))</header>\(body)\(turn(old, page, found.total))</section>\(try weekLinks())
            """
        return Page(HTML(NodeTexts.bookings), place: "/bookings", content)
    }

    /// How many are shown, and the way to the others.
    private func turn(_ old: Bool, _ page: Int, _ total: Int) -> HTML {
        guard total > RowList.pageSize || page > 1 else { return "" }
        let (first, last) = ((page - 1) * RowList.pageSize, min(total, page * RowList.pageSize))
        func address(_ page: Int) -> String { "/bookings?\(old ? "past=1&" : "")page=\(page)" }
        let back: HTML? =
            page > 1 ? Parts.button(to: address(page - 1), .previous, NodeTexts.previous, style: "sm") : nil
        let next: HTML? = last < total ? Parts.button(to: address(page + 1), .next, NodeTexts.next, style: "sm") : nil
        return """
            <footer><span class="small muted">\(NodeTexts.shownOf(min(first + 1, total), last, total))</span>\
            <span class="sp"></span>\(back)\(next)</footer>
            """
    }

    private func alternatives(_ booking: ShownBooking) -> HTML {
        guard !booking.alternatives.isEmpty else { return "" }
        let items = booking.alternatives.map { item -> HTML in "\(Parts.time(item.from)) – \(Parts.clock(item.to)) " }
        return "<small class=\"muted\">\(NodeTexts.alternatives) \(items)</small>"
    }

    private func weekLinks() throws -> HTML {
        let spaces = try replica.page(of: try replica.table("space"), count: 60).rows
        guard !spaces.isEmpty else { return "" }
        let links = spaces.map { row -> HTML in
            let name = row.spaceName
            return "<a href=\"/calendar/\(row.key.id.description)\">\(name)</a>"
        }
        return Parts.card(
            "weeks", NodeTexts.weeks,
            "<div class=\"body\"><nav class=\"chips\" aria-label=\"\(NodeTexts.weeks)\">\(links)</nav></div>")
    }

    // MARK: A new one

    func newBooking(_ visit: Visit, problem: CommandError? = nil) throws -> Page {
        let spaces = try replica.list(try replica.table("space"))
        let names = try replica.names()
        let choices = spaces.map { row -> (value: String, text: HTML) in
            let name = row.spaceName
            return (row.key.id.description, HTML(text: "\(name) · \(names.memberName(row.key.owner) ?? "")"))
        }
        let form = visit.form
        func value(_ name: String) -> String { form[name].isEmpty ? visit.query[name] ?? "" : form[name] }
        let note: HTML? = problem.map { Note(.bad, $0.phrase).html }
        let page = Form(
            "/bookings/new", token: visit.token,
            fields: [
                Field(
                    "space", NodeTexts.space, .choice(choices), value: value("space"), isRequired: true, isWide: true),
                Field("date", NodeTexts.date, .date, value: value("date"), isRequired: true),
                Field(
                    "workstations", NodeTexts.workstationCount, .number,
                    value: value("workstations").isEmpty ? "1" : value("workstations"), isRequired: true),
                Field("from", NodeTexts.from, value: value("from"), isRequired: true, hint: NodeTexts.clockHint),
                Field("to", NodeTexts.to, value: value("to"), isRequired: true, hint: NodeTexts.clockHint),
                Field("purpose", NodeTexts.purpose, value: value("purpose"), isRequired: true),
                Field("class", NodeTexts.className, value: value("class")),
                Field("people", NodeTexts.peopleCount, .number, value: value("people")),
                Field("teacher", NodeTexts.teacher, value: value("teacher")),
            ], hidden: [("key", form["key"].isEmpty ? UUID().uuidString : form["key"])], submit: NodeTexts.book,
            note: "<div class=\"full\">\(note)</div>", back: "/bookings", columns: 2)
        return Page(
            HTML(NodeTexts.newBooking), place: "/bookings", above: [("/bookings", HTML(NodeTexts.bookings))],
            "\(Parts.head(HTML(NodeTexts.newBooking)))<section class=\"card\"><div class=\"body\">\(page.html)</div></section>"
        )
    }

    @Sendable func book(_ visit: Visit) throws -> Reply {
        let form = visit.form
        var wish = OpenReplica.BookingWish(
            space: form["space"], from: "\(form["date"]) \(form["from"])", to: "\(form["date"]) \(form["to"])",
            workstations: Int(form["workstations"]) ?? 0, purpose: form["purpose"])
        wish.className = form["class"]
        wish.heads = Int(form["people"]) ?? 0
        wish.teacher = form["teacher"]
        wish.idempotencyKey = form["key"]
        do {
            let booking = ShownBooking(try replica.book(wish))
            wake()
            return .done("/bookings", booking.state == "confirmed" ? "booked" : "requested")
        } catch {
            return .page(try newBooking(visit, problem: CommandError(error)), status: .unprocessableContent)
        }
    }

    @Sendable func cancelBooking(_ visit: Visit) throws -> Reply {
        _ = try replica.cancelBooking(visit.parameters["id"] ?? "", because: visit.form["reason"])
        wake()
        return .done("/bookings", "cancelled")
    }

    // MARK: A week

    func calendar(_ visit: Visit) throws -> Page {
        let json = try replica.calendar(visit.parameters["space"] ?? "", week: visit.query["week"] ?? "")
        let days = json["days"]?.list ?? []
        let lanes = json["lanes"]?.count ?? 0
        let id = visit.parameters["space"] ?? ""
        let heads = days.map { day -> HTML in
            "<th scope=\"col\" data-plain>\(String((day["date"]?.text ?? "").dropFirst(5)))</th>"
        }
        let hours = days.first?["hours"]?.list.count ?? 0
        let rows = (0..<hours).map { index -> HTML in
            let from = days.first?["hours"]?.list[index]["from"]?.count ?? 0
            let cells = days.map { day -> HTML in
                guard let hours = day["hours"]?.list, hours.indices.contains(index) else { return "<td></td>" }
                return cell(hours[index], lanes, id, visit)
            }
            return "<tr><th scope=\"row\">\(Parts.clock(from))</th>\(cells)</tr>"
        }
        let start = days.first?["hours"]?.list.first?["from"]?.count ?? 0
        let week: Int64 = 7 * 86_400_000
        func address(_ offset: Int64) -> String {
            "/calendar/\(id)?week=\(ChinaTime.text(milliseconds: start + offset).prefix(10))"
        }
        let turn: HTML = """
            \(Parts.button(to: address(-week), .previous, NodeTexts.previousWeek, style: "sm"))\
            \(Parts.button(to: "/calendar/\(id)", nil, NodeTexts.thisWeek, style: "sm"))\
            \(Parts.button(to: address(week), .next, NodeTexts.nextWeek, style: "sm"))
            """
        let name = json["space"]?.text ?? ""
        let asOf = json["asOf"]?.count ?? 0
        let content: HTML = """
            \(Parts.head(HTML(text: name), under: "\(json["owner"]?.text ?? "") · \(NodeTexts.workstations(lanes))", actions: turn))\
            \(Note(.info, NodeTexts.othersAsOf(ChinaTime.text(milliseconds: asOf).prefix(16).description, asOf > 0)).html)\
            <section class="card week"><div class="scroll" tabindex="0" role="group" aria-label="\(NodeTexts.week)"><table>\
            <thead><tr><th scope="col" data-plain>\(NodeTexts.hour)</th>\(heads)</tr></thead><tbody>\(rows)</tbody></table></div>\
            <p class="key">\(NodeTexts.weekKey)</p></section>
            """
        return Page(HTML(text: name), place: "/bookings", above: [("/bookings", HTML(NodeTexts.bookings))], content)
    }

    private func cell(_ hour: JSON, _ lanes: Int64, _ space: String, _ visit: Visit) -> HTML {
        let used = hour["used"]?.count ?? 0
        let own = hour["own"]?.count ?? 0
        let pool = hour["pool"]?.count ?? 0
        let from = hour["from"]?.count ?? 0
        let text = ChinaTime.text(milliseconds: from)
        let name: HTML = used >= lanes ? "used" : own > 0 ? "own" : pool > 0 ? "pool" : ""
        guard used < lanes, from > Int64(clamping: World.wall), visit.role != .viewer else {
            return "<td class=\"\(name)\">\(NodeTexts.usedShort(used, lanes))</td>"
        }
        let to = ChinaTime.text(milliseconds: from + 3_600_000)
        let address =
            "/bookings/new?space=\(space)&date=\(text.prefix(10))&from=\(text.dropFirst(11).prefix(5))&to=\(to.dropFirst(11).prefix(5))"
        return
            "<td class=\"\(name)\"><a href=\"\(address)\" data-dialog>\(NodeTexts.freeShort(lanes - used, lanes))</a></td>"
    }
}

extension RowState {
    /// The name of a space.
    fileprivate var spaceName: String {
        if case .text(let text)? = self[SpaceColumn.name]?.value { text } else { "" }
    }
}
