import Accounts
import Alliance
import CRDT
import Foundation
import Replica
import Web

extension NodeConsole {
    /// A booking beside the grid: what it is, why it did not come about, when else it could, what may be done, and what
    /// happened to it.
    func panel(_ booking: ShownBooking, _ week: WeekView, _ visit: Visit) throws -> HTML {
        let now = Int64(clamping: World.wall)
        let block = week.blocks.first { $0.booking?.description == booking.id }
        let mayChange = try right(visit).allows(booking, find: shownBooking)
        let close = "/calendar/\(week.space.id)?week=\(week.monday)"
        return """
            <aside class="card detail" id="detail" aria-label="\(NodeTexts.detail)"><header>\(booking.pill(at: now).html)\
            <span class="sp"></span><a class="btn sm ghost icon" href="\(close)"><span class="vh">\(Texts.close)</span>\(Icon.cross.html)</a></header>\
            <div class="dbody"><h2>\(booking.title.isEmpty ? booking.member : booking.title)</h2>\
            \(facts(booking, block, week))\(reason(booking))\
            \(mayChange && booking.isRefused(at: now) ? alternatives(booking, visit) : "")\
            \(acts(booking, visit, may: mayChange && booking.isOpen(at: now)))\
            \(try history(booking, mayChange: mayChange))</div></aside>
            """
    }

    private func facts(_ booking: ShownBooking, _ block: WeekView.Block?, _ week: WeekView) -> HTML {
        let isRefused = ["declined", "displaced"].contains(booking.state)
        let date: HTML = ChinaTime.date(of: booking.from).map { HTML(NodeTexts.dayTitle($0)) } ?? ""
        let periods: HTML? = block?.lines.map { HTML(NodeTexts.periods($0.map { week.lines[$0] })) }
        let when: HTML = "\(date) \(periods)"
        let struck: HTML = isRefused ? "<s>\(when)</s>" : when
        let seats: HTML? = block.flatMap { block in
            block.seats.isEmpty
                ? nil
                : "<br><span class=\"muted\">\(NodeTexts.seatsOf) \(NodeTexts.numbers(block.seats))</span>"
        }
        let queue: HTML? = block?.queue.map { "<br><span class=\"muted\">\(NodeTexts.queue($0))</span>" }
        let people: HTML? = booking.people > 0 ? " · \(NodeTexts.people(booking.people))" : nil
        let teacher: HTML = booking.teacher.isEmpty ? "" : "\(booking.teacher) "
        return """
            <dl class="bk"><div><dt>\(Icon.calendar.html)<span class="vh">\(NodeTexts.when)</span></dt><dd>\(struck) \
            <span class="muted">\(Parts.clock(booking.from))–\(Parts.clock(booking.to))</span></dd></div>\
            <div><dt>\(Icon.seat.html)<span class="vh">\(NodeTexts.workstationCount)</span></dt>\
            <dd>\(NodeTexts.needs(Int(booking.workstations)))\(people)\(seats)\(queue)</dd></div>\
            <div><dt>\(Icon.person.html)<span class="vh">\(NodeTexts.teacher)</span></dt><dd>\(teacher)\
            <span class="muted">\(booking.member)</span></dd></div></dl>
            """
    }

    private func reason(_ booking: ShownBooking) -> HTML {
        booking.reason.isEmpty
            ? "" : "<div class=\"why\"><b>\(NodeTexts.whyNot)</b><p>\(booking.reason)</p></div>"
    }

    private func alternatives(_ booking: ShownBooking, _ visit: Visit) -> HTML {
        guard !booking.alternatives.isEmpty else { return "" }
        let items = booking.alternatives.enumerated().map { index, other -> HTML in
            let isOwn = other.isOwn
            let icon: Icon = isOwn ? .key : .clock
            let button = MoveButton(booking, other).html(visit.token)
            let date: HTML = ChinaTime.date(of: other.from).map { HTML(NodeTexts.dayTitle($0)) } ?? ""
            return """
                <li id="alt\(index + 1)"\(" class=\"best\"" as HTML, if: isOwn)><i>\(index + 1)</i><div><b>\(date)</b> \
                <span class="muted">\(Parts.clock(other.from))–\(Parts.clock(other.to))</span>\
                <p>\(icon.html)\(isOwn ? NodeTexts.ownAlternative : NodeTexts.askAlternative)</p></div>\(button)</li>
                """
        }
        return "<h3>\(NodeTexts.moveTo)</h3><ol class=\"alts\">\(items)</ol>"
    }

    private func acts(_ booking: ShownBooking, _ visit: Visit, may: Bool) -> HTML {
        guard may else { return "" }
        let isOwn = booking.member == schoolName
        let move: HTML =
            isOwn
            ? Parts.button(to: "/bookings/\(booking.id)/move", .calendar, NodeTexts.move, style: "sm", dialog: true)
            : ""
        let cancel = Parts.button(
            to: "/bookings/\(booking.id)/cancel", nil, isOwn ? NodeTexts.cancelBooking : NodeTexts.displace,
            style: "sm ghost danger", dialog: true)
        return "<div class=\"dacts acts\">\(move)\(cancel)</div>"
    }

    // MARK: What happened to it

    /// - Parameter mayChange: whether the reader may know which account made it.
    private func history(_ booking: ShownBooking, mayChange: Bool) throws -> HTML {
        let items = try booking.history.map { event -> HTML in
            let reason: HTML = event.reason.isEmpty ? "" : "<p>\(event.reason)</p>"
            let account: HTML? = try mayChange ? maker(of: event, booking).map { " · \($0)" } : nil
            return """
                <li><i class="dot \(event.tone.rawValue)"></i><div><b>\(event.kind.phrase)</b> \(try link(event, booking))\
                <span class="muted">\(event.by)\(account)</span>\(reason)\
                <small class="muted">\(Parts.time(event.at))\(arrival(event))</small></div></li>
                """
        }
        return items.isEmpty ? "" : "<h3>\(NodeTexts.bookingHistory)</h3><ol class=\"hist\">\(items)</ol>"
    }

    /// When the hub took it, or that it has not.
    private func arrival(_ event: ShownEvent) -> HTML {
        guard event.isSent else { return " · \(NodeTexts.requestUnsent)" }
        guard let received = event.received else { return "" }
        let isSameDay = ChinaTime.date(of: received) == ChinaTime.date(of: event.at)
        return " · \(NodeTexts.hubTook) \(isSameDay ? Parts.clock(received) : Parts.time(received))"
    }

    /// The way to the booking that was moved here, and to the one that this was moved to.
    private func link(_ event: ShownEvent, _ booking: ShownBooking) throws -> HTML {
        let (id, text): (String, Phrase) =
            switch event.kind {
            case .moved: (event.booking, NodeTexts.movedTo)
            case .booked, .asked: (booking.replaces, NodeTexts.movedFrom)
            default: ("", NodeTexts.movedTo)
            }
        guard !id.isEmpty, let other = try shownBooking(id) else { return "" }
        return "<a class=\"lnk\" href=\"\(other.address)\">\(text) \(Parts.time(other.from))</a> "
    }

    /// The person whose account made it; nobody is noted for what it was moved to.
    private func maker(of event: ShownEvent, _ booking: ShownBooking) throws -> String? {
        guard [.booked, .asked].contains(event.kind) else { return nil }
        return try accounts.booker(of: [booking.id, booking.series])?.display
    }
}

/// The button by which a booking goes to another time that was offered.
struct MoveButton {
    private let booking: ShownBooking
    private let time: WeekView.Alternative

    init(_ booking: ShownBooking, _ time: WeekView.Alternative) {
        self.booking = booking
        self.time = time
    }

    func html(_ token: String) -> HTML {
        Form.button(
            "/bookings/\(booking.id)/move", token: token,
            hidden: [
                ("from", String(ChinaTime.text(milliseconds: time.from).prefix(16))),
                ("to", String(ChinaTime.text(milliseconds: time.to).prefix(16))),
                // The same press is the same booking, however often it is sent.
                ("key", "\(booking.id) \(time.from)"),
            ], nil, time.isOwn ? NodeTexts.moveHere : NodeTexts.askHere, style: time.isOwn ? "sm pri" : "sm")
    }
}
