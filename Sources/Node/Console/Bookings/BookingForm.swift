import Alliance
import CRDT
import Foundation
import Replica
import Web

/// The form of a booking: a space, a date, periods from and to (or times of day where there is no timetable), and what
/// it is for. With script it opens above the grid; without, it is a page.
struct BookingForm {
    let space: OpenReplica.FoundSpace
    let lines: [WeekView.Line]
    let visit: Visit
    let problem: CommandError?
    /// What stands in fields of which nothing was typed.
    var fallback: [String: String] = [:]

    /// What was typed, else what the address says.
    func value(_ name: String) -> String {
        visit.form[name].isEmpty ? visit.query[name] ?? fallback[name] ?? "" : visit.form[name]
    }

    /// Periods to choose from, or fields for times.
    func hours(_ name: String, _ label: Phrase) -> Field {
        guard lines.contains(where: { $0.number != nil }) else {
            return Field(name, label, value: value(name), isRequired: true, hint: NodeTexts.clockHint)
        }
        let choices = lines.compactMap { line -> (value: String, text: HTML)? in
            guard let number = line.number else { return nil }
            let time = name == "from" ? line.starts : line.ends
            return ("\(number)", "\(NodeTexts.periods([line])) \(time.description)")
        }
        let given = value(name)
        return Field(name, label, .choice(choices), value: given.isEmpty ? value("from") : given, isRequired: true)
    }

    /// What all forms of bookings ask for.
    func purposeFields(teachers: [String]) -> [Field] {
        [
            Field("purpose", NodeTexts.purpose, value: value("purpose"), isRequired: true, isWide: true),
            Field("class", NodeTexts.className, value: value("class")),
            Field("people", NodeTexts.peopleCount, .number, value: value("people")),
            Field(
                "workstations", NodeTexts.workstationCount, .number,
                value: value("workstations").isEmpty ? "1" : value("workstations"), isRequired: true,
                hint: NodeTexts.upTo(space.workstations)),
            Field(
                "teacher", NodeTexts.teacher, .suggested(teachers), value: value("teacher"),
                hint: NodeTexts.teacherHint),
        ]
    }

    func single(teachers: [String], seats: [OpenReplica.Seat]) -> Form {
        let series = "/bookings/series?space=\(space.id)&from=\(value("from"))&to=\(value("to"))"
        return Form(
            "/bookings/new", token: visit.token,
            fields: [
                Field("date", NodeTexts.date, .date, value: value("date"), isRequired: true, isWide: true),
                hours("from", NodeTexts.from), hours("to", NodeTexts.to),
            ] + purposeFields(teachers: teachers),
            hidden: [("space", space.id.description), ("key", key)], submit: NodeTexts.book,
            note: """
                <div class="full formhead">\(refused(waits: true))<p><b>\(space.name)</b> <span class="muted">\(space.base) · \(space.owner)</span></p>\
                \(SeatMap(seats).html)<p class="small"><a class="lnk" href="\(series)">\(NodeTexts.asSeries)</a></p></div>
                """,
            back: "/calendar/\(space.id)", columns: 2)
    }

    /// The same form sent twice is one booking.
    var key: String { visit.form["key"].isEmpty ? UUID().uuidString : visit.form["key"] }

    /// What was wrong, with the other times that there are.
    var refusal: HTML { refused(waits: false) }

    /// What was wrong; one press takes one of the other times that there are, or waits for what is taken.
    private func refused(waits: Bool) -> HTML {
        guard let problem else { return "" }
        let others = problem.details.compactMap { item -> HTML? in
            guard let from = item["from"]?.count, let to = item["to"]?.count, from < to,
                let date = ChinaTime.date(of: from)
            else { return nil }
            let value = [from, to].map { String(ChinaTime.text(milliseconds: $0).prefix(16)) }.joined(separator: "/")
            return """
                <button class="btn sm" name="at" value="\(value)" formnovalidate>\(NodeTexts.dayTitle(date)) \
                \(Parts.clock(from))–\(Parts.clock(to))</button>
                """
        }
        let times: HTML =
            others.isEmpty ? "" : "<p class=\"small\">\(NodeTexts.moveTo)</p><div class=\"acts\">\(others)</div>"
        let button: HTML = "<button class=\"btn sm\" name=\"wait\" value=\"1\">\(NodeTexts.wait)</button>"
        let wait: HTML = waits && problem.code == "taken" ? "<div class=\"acts\">\(button)</div>" : ""
        return Note(.bad, problem.phrase, actions: "\(times)\(wait)").html
    }
}

/// The workstations of a space by their numbers, and which of them are free.
struct SeatMap {
    private let seats: [OpenReplica.Seat]

    init(_ seats: [OpenReplica.Seat]) { self.seats = seats }

    var html: HTML {
        guard !seats.isEmpty else { return "<div id=\"seats\"></div>" }
        let items = seats.map { seat -> HTML in
            let (name, state): (HTML, Phrase) =
                switch seat.state {
                case .used: ("used", NodeTexts.occupied)
                case .own: ("own", NodeTexts.window)
                case .pool, .others: ("", NodeTexts.askHere)
                case .absent: ("used", NodeTexts.notBookable)
                }
            return "<li class=\"\(name)\" title=\"\(state)\">\(seat.number)<span class=\"vh\"> \(state)</span></li>"
        }
        let free = seats.count { $0.state != .used && $0.state != .absent }
        return """
            <div id="seats"><p class="small muted">\(NodeTexts.freeOf(free, seats.count))</p><ol class="seats" \
            aria-label="\(NodeTexts.seatsOf)">\(items)</ol></div>
            """
    }
}
