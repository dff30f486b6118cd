import Accounts
import Alliance
import CRDT
import Foundation
import Replica
import Web

extension NodeConsole {
    /// The week of a space, and a booking beside it.
    func calendar(_ visit: Visit) throws -> Page {
        let id = visit.parameters["space"] ?? ""
        let week = try replica.week(id, of: visit.query["week"] ?? "")
        let chosen = try visit.query["booking"].flatMap(shownBooking)
        let today = week.days.firstIndex { $0.isToday } ?? 0
        let day = visit.query["day"].flatMap { Int($0) }.flatMap { (0..<7).contains($0) ? $0 : nil }
        let shownDay =
            day ?? chosen.flatMap { ChinaTime.date(of: $0.from) }.map { week.monday.distance(to: $0) }
            .flatMap { (0..<7).contains($0) ? $0 : nil } ?? today
        let mayBook = visit.role == .administrator || visit.role == .teacher
        let grid = WeekGrid(
            week, chosen: chosen?.id ?? "", day: shownDay, mayBook: mayBook,
            movable: mayBook ? try movable(week, visit) : [])
        let panel = try chosen.map { try self.panel($0, week, visit) }
        let columns: HTML = panel == nil ? "wk-cols" : "wk-cols two-cols"
        let content: HTML = """
            \(weekHead(week, shownDay, mayBook: mayBook))\(strip(week))\(days(week, shownDay))\
            <div class="\(columns)"><section class="card calwrap" id="week" data-live="state">\(grid.html)\
            \(beside(week))\(legend(week, mayBook: mayBook))</section>\(panel)</div>
            """
        return Page(
            HTML(text: week.space.name), place: "/bookings", above: [("/bookings", HTML(NodeTexts.bookings))], content)
    }

    /// The school's own bookings of a week that the reader may move to another time.
    private func movable(_ week: WeekView, _ visit: Visit) throws -> Set<String> {
        let (right, own, now) = (try right(visit), schoolName, Int64(clamping: World.wall))
        let bookings = try Set(week.blocks.compactMap(\.booking)).compactMap { try shownBooking($0.description) }
        return Set(
            try bookings.filter {
                try $0.member == own && $0.isOpen(at: now) && right.allows($0, find: shownBooking)
            }.map(\.id))
    }

    private func address(_ week: WeekView, days offset: Int, day: Int) -> String {
        let monday = week.monday.adding(days: offset) ?? week.monday
        return "/calendar/\(week.space.id)?week=\(monday)&day=\(day)"
    }

    private func weekHead(_ week: WeekView, _ day: Int, mayBook: Bool) -> HTML {
        let facts: [HTML] = [
            HTML(text: week.space.base), HTML(text: week.space.place), HTML(text: week.space.owner),
            HTML(NodeTexts.bookable(week.space.workstations)),
            week.space.aheadDays.map { HTML(NodeTexts.ahead($0)) } ?? "",
            week.space.needsApproval ? HTML(NodeTexts.needsApproval) : "",
        ].filter { !$0.rendered(in: .chinese).isEmpty }
        let under = HTML.joined(facts.enumerated().map { $0 == 0 ? $1 : " · \($1)" })
        let teaching = week.teachingWeek.map { NodeTexts.teachingWeek($0, week.term ?? "") } ?? NodeTexts.outsideTerms
        let sunday = week.monday.adding(days: 6) ?? week.monday
        let now = "/calendar/\(week.space.id)"
        let turn: HTML = """
            <div class="wk"><a class="btn icon" href="\(address(week, days: -7, day: day))"><span class="vh">\(NodeTexts.previousWeek)</span>\
            \(Icon.previous.html)</a><div class="wkt"><b>\(NodeTexts.weekOf(week.monday, sunday))</b>\
            <span class="small muted">\(teaching)</span></div>\
            <a class="btn icon" href="\(address(week, days: 7, day: day))"><span class="vh">\(NodeTexts.nextWeek)</span>\(Icon.next.html)</a>\
            <a class="btn" href="\(now)">\(NodeTexts.thisWeek)</a></div>
            """
        let add: HTML =
            mayBook
            ? Parts.button(
                to: "/bookings/new?space=\(week.space.id)&date=\(week.days[day].date)", .plus, NodeTexts.newBooking,
                style: "pri", dialog: true) : ""
        return """
            <section class="head"><div class="ttl"><h1>\(week.space.name)</h1><p class="muted">\(under)</p></div>\(turn)\
            <button type="button" class="btn hide-s" data-print hidden>\(NodeTexts.printWeek)</button>\(add)</section>
            """
    }

    /// What this school holds in the week, and how old what is known of others is.
    private func strip(_ week: WeekView) -> HTML {
        let (used, held) = (week.allotment.used, week.allotment.held)
        let own: HTML =
            held == 0
            ? "<div class=\"lq\">\(Icon.key.html)<span>\(NodeTexts.noAllotment)</span></div>"
            : """
            <div class="lq"><b>\(Icon.key.html)\(NodeTexts.allotment)</b><span class="muted">\(NodeTexts.used(used, held))</span>\
            \(Parts.bar(used, of: held, use: true))</div>
            """
        let asOf = NodeTexts.othersAsOf(
            week.asOf.map { String(ChinaTime.text(milliseconds: $0).prefix(16)) } ?? "", week.asOf != nil)
        return
            "<section class=\"card strip\">\(own)<div class=\"stale\">\(Icon.info.html)<span>\(asOf)</span></div></section>"
    }

    /// The days of the week, for a small screen.
    private func days(_ week: WeekView, _ shown: Int) -> HTML {
        let links = week.days.enumerated().map { index, day -> HTML in
            let states = Set(week.blocks.filter { $0.day == index }.map(\.state))
            let dots: [(Bool, HTML)] = [
                (!states.isDisjoint(with: [.confirmed, .confirmedUnsent]), "ok"),
                (!states.isDisjoint(with: [.waiting, .waitingUnsent]), "wait"),
                (!states.isDisjoint(with: [.declined, .displaced]), "bad"),
                (states.contains(.busyElsewhere), ""),
            ]
            let marks = dots.filter(\.0).map { item -> HTML in "<i class=\"\(item.1)\"></i>" }
            let current: HTML = index == shown ? " aria-current=\"date\"" : ""
            let name = CalendarDate.weekdayName(day.date.weekday)
            let short = Phrase(String(name.zh.suffix(1)), name.en)
            return """
                <a href="\(address(week, days: 0, day: index))"\(current)\(" class=\"today\"" as HTML, if: day.isToday)>\(short)\
                <b>\(Int("\(day.date)".suffix(2)) ?? 0)</b><span class="dots" aria-hidden="true">\(marks)</span></a>
                """
        }
        return "<nav class=\"days\" aria-label=\"\(NodeTexts.days)\">\(links)</nav>"
    }

    /// What lies outside of all lines, as at night.
    private func beside(_ week: WeekView) -> HTML {
        let items = week.blocks.filter { $0.lines == nil }.map { block -> HTML in
            """
            <li>\(CalendarDate.weekdayName(block.day + 1)) \(Parts.clock(block.from))–\(Parts.clock(block.to)) \
            \(block.state.phrase) · \(block.title.isEmpty ? block.member : block.title)</li>
            """
        }
        return items.isEmpty ? "" : "<div class=\"besides small\"><b>\(NodeTexts.beside)</b><ul>\(items)</ul></div>"
    }

    private func legend(_ week: WeekView, mayBook: Bool) -> HTML {
        let keys: [(HTML, Phrase)] = [
            ("ok", NodeTexts.confirmed), ("off", NodeTexts.confirmedHere), ("pend", NodeTexts.requested),
            ("rej", NodeTexts.declined), ("other", NodeTexts.occupied), ("maint", WeekView.Block.State.closed.phrase),
            ("rail", NodeTexts.window),
        ]
        let items = keys.map { item -> HTML in "<span><i class=\"k \(item.0)\"></i>\(item.1)</span>" }
        let hint: HTML =
            mayBook
            ? """
            <span class="kb hide-s">\(NodeTexts.dragHint) <kbd>\(NodeTexts.arrows)</kbd> <kbd>Shift</kbd> <kbd>Enter</kbd></span>
            """ : ""
        return "<footer class=\"legend\">\(items)\(hint)</footer>"
    }
}
