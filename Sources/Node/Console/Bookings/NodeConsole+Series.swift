import Accounts
import Alliance
import CRDT
import HTTPTypes
import Replica
import Web

extension NodeConsole {
    /// The form of a series: the same periods over teaching weeks.
    func series(_ visit: Visit, problem: CommandError? = nil) throws -> Page {
        let given = try form(visit, problem: problem)
        let chosen = Set(visit.form.all("weekday"))
        let weekdays = (1...7).map { day -> HTML in
            """
            <label class="check"><input type="checkbox" name="weekday" value="\(day)"\
            \(" checked" as HTML, if: chosen.contains("\(day)"))><span>\(CalendarDate.weekdayName(day))</span></label>
            """
        }
        let parities: [(value: String, text: HTML)] = [
            ("all", HTML(NodeTexts.everyWeek)), ("odd", HTML(NodeTexts.oddWeeks)), ("even", HTML(NodeTexts.evenWeeks)),
        ]
        let form = Form(
            "/bookings/series", token: visit.token,
            fields: [
                Field(
                    "weeks", NodeTexts.teachingWeeks, value: given.value("weeks"), isRequired: true,
                    hint: NodeTexts.weeksHint),
                Field("parity", NodeTexts.parity, .choice(parities), value: given.value("parity")),
                given.hours("from", NodeTexts.from), given.hours("to", NodeTexts.to),
            ] + given.purposeFields(teachers: try teachers()),
            hidden: [("space", given.space.id.description), ("key", given.key)], submit: NodeTexts.bookSeries,
            note: """
                <div class="full formhead">\(given.refusal)<p><b>\(given.space.name)</b> <span class="muted">\(given.space.base) · \
                \(given.space.owner)</span></p><fieldset><legend class="label">\(NodeTexts.seriesWeekdays)</legend>\
                <div class="wdays">\(weekdays)</div></fieldset></div>
                """,
            back: "/calendar/\(given.space.id)", columns: 2, swaps: "content")
        return seriesPage(
            given.space, "<section class=\"card\"><div class=\"body\">\(form.html)</div></section>")
    }

    private func seriesPage(_ space: OpenReplica.FoundSpace, _ content: HTML) -> Page {
        Page(
            HTML(NodeTexts.series), place: "/bookings", above: [("/calendar/\(space.id)", HTML(text: space.name))],
            "\(Parts.head(HTML(NodeTexts.series), under: HTML(NodeTexts.seriesText)))\(content)")
    }

    @Sendable func bookSeries(_ visit: Visit) throws -> Reply {
        let (from, to) = (visit.form["from"], visit.form["to"])
        do {
            let hours: OpenReplica.SeriesWish.Hours =
                from.contains(where: { ":：".contains($0) })
                ? .wall(starts: from, ends: to) : .periods(to.isEmpty || to == from ? from : "\(from)-\(to)")
            var wish = OpenReplica.SeriesWish(
                try wish(visit, .wall(from: "", to: "")), weeks: visit.form["weeks"],
                weekdays: visit.form.all("weekday").joined(separator: ","), hours: hours)
            wish.parity = .init(rawValue: visit.form["parity"]) ?? .all
            if let account = visit.session?.account {
                let id = try replica.bookingID(of: wish.booking.idempotencyKey, isSeries: true)
                try accounts.note(booking: "\(id)", of: account.id)
            }
            let answer = try replica.book(wish)
            wake()
            return .page(try answered(answer, visit))
        } catch {
            return .page(try series(visit, problem: CommandError(error)), status: .unprocessableContent)
        }
    }

    /// The answer to a series, date by date.
    private func answered(_ answer: JSON, _ visit: Visit) throws -> Page {
        let now = Int64(clamping: World.wall)
        let lines = (answer["dates"]?.list ?? []).map { date -> Grid.Line in
            let booking = date["booking"].flatMap { $0["id"] == nil ? nil : ShownBooking($0) }
            let held = (date["held"]?.text).flatMap { CalendarDate($0) }
            let planned = (date["date"]?.text).flatMap { CalendarDate($0) }
            let madeUp: HTML =
                held != nil && held != planned
                ? "<small class=\"muted\">\(planned.map { HTML(NodeTexts.insteadOf($0)) })</small>" : ""
            let state: HTML
            if let booking {
                state = "<a href=\"\(booking.address)\">\(booking.pill(at: now).html)</a>"
            } else if let skipped = date["skipped"]?.text {
                state = "\(Pill(.plain, nil, NodeTexts.skipped).html) <small class=\"muted\">\(skipped)</small>"
            } else {
                let refused = date["refused"] ?? .null
                let why = Phrase(refused["zh"]?.text ?? "", refused["en"]?.text ?? "")
                state = "\(Pill(.bad, .cross, NodeTexts.notHad).html) <small class=\"muted\">\(why)</small>"
            }
            return Grid.Line([
                "\((held ?? planned).map { HTML(NodeTexts.dayTitle($0)) })\(madeUp)",
                HTML(NodeTexts.weekNumber(Int(date["week"]?.count ?? 0))), state,
            ])
        }
        let grid = Grid(
            "dates", label: NodeTexts.series,
            headings: [.init(NodeTexts.date), .init(NodeTexts.teachingWeeks), .init(NodeTexts.state)], lines: lines)
        let counts = NodeTexts.seriesCounts(
            Int(answer["confirmed"]?.count ?? 0), Int(answer["requested"]?.count ?? 0),
            Int(answer["refused"]?.count ?? 0), Int(answer["skipped"]?.count ?? 0))
        let isAll = answer["refused"] == 0
        let space = try replica.space(visit.form["space"])
        return seriesPage(
            space,
            """
            \(Note(isAll ? .ok : .warn, counts).html)<section class="card" id="answers">\(grid.html)\
            <footer>\(Parts.button(to: "/bookings", .list, NodeTexts.allBookings))\
            \(Parts.button(to: "/calendar/\(space.id)", .calendar, NodeTexts.week))</footer></section>
            """)
    }
}
