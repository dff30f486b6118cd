import Accounts
import Alliance
import CRDT
import Foundation
import HTTPTypes
import Replica
import Sync
import Web

extension NodeConsole {
    /// How many names are offered where a teacher is typed.
    private static let teachersOffered = 300

    func form(_ visit: Visit, problem: CommandError? = nil) throws -> BookingForm {
        let id = visit.form["space"].isEmpty ? visit.query["space"] ?? "" : visit.form["space"]
        let space = try replica.space(id)
        let typed = visit.form["date"].isEmpty ? visit.query["date"] ?? "" : visit.form["date"]
        let date = (try? CalendarDate.typed(typed)) ?? ChinaTime.date(of: Int64(clamping: World.wall))
        let lines = try date.map { try replica.lines(id, on: $0) } ?? []
        return BookingForm(space: space, lines: lines, visit: visit, problem: problem)
    }

    func teachers() throws -> [String] {
        let own = try replica.page(of: try replica.table("teacher"), isOwn: true, count: Self.teachersOffered)
        return own.rows.compactMap { row -> String? in
            guard case .text(let name)? = row[TeacherColumn.name]?.value else { return nil }
            return name
        }.sorted()
    }

    @Sendable func newBooking(_ visit: Visit) throws -> Reply {
        guard !(visit.query["space"] ?? "").isEmpty else { return .seeOther("/find") }
        return .page(try bookingPage(visit, problem: nil))
    }

    func bookingPage(_ visit: Visit, problem: CommandError?) throws -> Page {
        let form = try form(visit, problem: problem)
        let seats = try? replica.seats(form.space.id.description, time(form.value("date"), form.value))
        let page = form.single(teachers: try teachers(), seats: seats ?? [])
        return Page(
            HTML(NodeTexts.newBooking), place: "/bookings",
            above: [("/calendar/\(form.space.id)", HTML(text: form.space.name))],
            "\(Parts.head(HTML(NodeTexts.newBooking)))<section class=\"card\"><div class=\"body\">\(page.html)</div></section>"
        )
    }

    /// The time that a form says: by periods, by times of day, or by whole instants.
    func time(_ date: String, _ value: (String) -> String) -> OpenReplica.Time {
        let (from, to) = (value("from"), value("to"))
        if from.contains("-") { return .wall(from: from, to: to) }
        if from.contains(where: { ":：点时".contains($0) }) { return .wall(from: "\(date) \(from)", to: "\(date) \(to)") }
        return .periods(date: date, to.isEmpty || to == from ? from : "\(from)-\(to)")
    }

    /// What a form of a booking wishes, but for the time.
    func wish(_ visit: Visit, _ time: OpenReplica.Time) throws -> OpenReplica.BookingWish {
        let form = visit.form
        var wish = OpenReplica.BookingWish(
            space: form["space"], time, workstations: try number(form["workstations"]), purpose: form["purpose"])
        wish.className = form["class"]
        wish.heads = try number(form["people"])
        wish.teacher = form["teacher"]
        wish.waits = form["wait"] == "1"
        wish.idempotencyKey = try key(visit)
        return wish
    }

    /// A number as people type it; nothing typed is 0.
    private func number(_ text: String) throws -> Int {
        let plain = text.trimmingCharacters(in: .whitespaces)
        guard !plain.isEmpty else { return 0 }
        guard let number = Int(plain), number >= 0 else {
            throw CommandError(.usage, "number", NodeTexts.notANumber(String(plain.prefix(40))))
        }
        return number
    }

    /// The form's key, as this account's own: nobody's key leads to what another has made.
    func key(_ visit: Visit) throws -> String {
        let key = visit.form["key"].isEmpty ? UUID().uuidString : visit.form["key"]
        return "console \(visit.session?.account.id ?? 0) \(key)"
    }

    @Sendable func book(_ visit: Visit) throws -> Reply {
        let at = visit.form["at"].split(separator: "/").map(String.init)
        do {
            let chosen: OpenReplica.Time =
                at.count == 2 ? .wall(from: at[0], to: at[1]) : time(visit.form["date"]) { visit.form[$0] }
            let wish = try wish(visit, chosen)
            if let account = visit.session?.account {
                try accounts.note(booking: "\(try replica.bookingID(of: wish.idempotencyKey))", of: account.id)
            }
            let booking = ShownBooking(try replica.book(wish))
            wake()
            return .done(booking.address, booking.state == "confirmed" ? "booked" : "requested")
        } catch {
            return .page(
                try bookingPage(visit, problem: CommandError(error)), status: .unprocessableContent)
        }
    }

    // MARK: Ending and moving

    func cancellation(_ visit: Visit, problem: CommandError? = nil) throws -> Page {
        let booking = try changeable(visit)
        let isOwn = booking.member == schoolName
        let title = isOwn ? NodeTexts.cancelBooking : NodeTexts.displace
        let form = Form(
            "/bookings/\(booking.id)/cancel", token: visit.token,
            fields: [
                Field(
                    "reason", NodeTexts.cancelReason, value: visit.form["reason"], isRequired: !isOwn,
                    hint: isOwn ? nil : NodeTexts.reasonIsSeen, isWide: true)
            ], submit: title, note: "\(problem.map { Note(.bad, $0.phrase).html })\(summary(booking))",
            back: booking.address)
        return formPage(title, booking, form)
    }

    private func summary(_ booking: ShownBooking) -> HTML {
        """
        <p><b>\(booking.title)</b><br><span class="muted">\(booking.space) · \(Parts.time(booking.from)) – \
        \(Parts.clock(booking.to))</span></p>
        """
    }

    private func formPage(_ title: Phrase, _ booking: ShownBooking, _ form: Form) -> Page {
        Page(
            HTML(title), place: "/bookings", above: [(booking.address, HTML(text: booking.space))],
            "\(Parts.head(HTML(title)))<section class=\"card\"><div class=\"body\">\(form.html)</div></section>")
    }

    @Sendable func cancelBooking(_ visit: Visit) throws -> Reply {
        let booking = try changeable(visit)
        do {
            _ = try replica.cancelBooking(booking.id, because: visit.form["reason"])
        } catch {
            return .page(try cancellation(visit, problem: CommandError(error)), status: .unprocessableContent)
        }
        wake()
        return .done("/bookings", "cancelled")
    }

    func moving(_ visit: Visit, problem: CommandError? = nil) throws -> Page {
        let booking = try changeable(visit)
        let date = ChinaTime.date(of: booking.from)
        let typed = visit.form["date"].isEmpty ? visit.query["date"] ?? date.map { "\($0)" } ?? "" : visit.form["date"]
        let lines = try (try? CalendarDate.typed(typed)).map { try replica.lines(booking.spaceID, on: $0) } ?? []
        let shown = WeekView.lines(lines, from: ChinaTime.time(of: booking.from), to: ChinaTime.time(of: booking.to))
        var given = BookingForm(
            space: try replica.space(booking.spaceID), lines: lines, visit: visit, problem: problem)
        given.fallback = [
            "from": shown.map { lines[$0.lowerBound].number.map(String.init) ?? "\(ChinaTime.time(of: booking.from))" }
                ?? "",
            "to": shown.map { lines[$0.upperBound].number.map(String.init) ?? "\(ChinaTime.time(of: booking.to))" }
                ?? "",
        ]
        let form = Form(
            "/bookings/\(booking.id)/move", token: visit.token,
            fields: [
                Field("date", NodeTexts.date, .date, value: typed, isRequired: true, isWide: true),
                given.hours("from", NodeTexts.from), given.hours("to", NodeTexts.to),
            ], hidden: [("key", given.key)], submit: NodeTexts.move,
            note:
                "<div class=\"full\">\(given.refusal)\(summary(booking))<p class=\"small muted\">\(NodeTexts.moveHint)</p></div>",
            back: booking.address, columns: 2)
        return formPage(NodeTexts.move, booking, form)
    }

    @Sendable func moveBooking(_ visit: Visit) throws -> Reply {
        let booking = try changeable(visit)
        let at = visit.form["at"].split(separator: "/").map(String.init)
        do {
            let chosen: OpenReplica.Time =
                at.count == 2 ? .wall(from: at[0], to: at[1]) : time(visit.form["date"]) { visit.form[$0] }
            let moved = ShownBooking(
                try replica.move(booking.id, to: chosen, idempotencyKey: "\(booking.id) \(try key(visit))"))
            wake()
            return .done(moved.address, moved.state == "confirmed" ? "moved" : "requested")
        } catch {
            return .page(try moving(visit, problem: CommandError(error)), status: .unprocessableContent)
        }
    }
}
