import Accounts
import Alliance
import CRDT
import Replica
import Web

extension NodeConsole {
    /// Bookings as a list: one's own, the school's, those that are over.
    func bookings(_ visit: Visit) throws -> Page {
        let now = Int64(clamping: World.wall)
        let isOld = visit.query["past"] != nil
        let right = try right(visit)
        let mine = visit.role == .teacher ? visit.query["all"] == nil : visit.query["mine"] != nil
        let number = max(1, min(100_000, visit.query["page"].flatMap { Int($0) } ?? 1))
        let page = try BookingPage(replica, right, isOfMine: mine, isOld: isOld, now: now, number)
        let lines = try page.bookings.map { booking -> Grid.Line in
            let may = try right.allows(booking, find: shownBooking)
            let why: HTML = booking.reason.isEmpty ? "" : "<small class=\"muted\">\(booking.reason)</small>"
            return Grid.Line([
                "<a href=\"\(booking.address)\"><b>\(booking.title)</b></a><small>\(booking.member)</small>",
                HTML(text: booking.space), "\(Parts.time(booking.from)) – \(Parts.clock(booking.to))", booking.heads,
                "\(booking.pill(at: now).html)\(why)\(may && booking.isRefused(at: now) ? alternatives(booking, visit) : "")",
                acts(booking, may: may && booking.isOpen(at: now)),
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
        let content: HTML = """
            \(Parts.head(HTML(NodeTexts.bookings), under: HTML(NodeTexts.bookingsText), actions: ways(visit)))\
            <section class="card" id="list" data-live="state"><header>\(chips(visit, isMine: mine, isOld: isOld))\
            <span class="sp"></span>\(Grid.filter(for: "bookings", NodeTexts.search))</header>\(body)\
            \(turn(page) { Self.address(visit, isMine: mine, isOld: isOld, "page=\($0)") })</section>
            """
        return Page(HTML(NodeTexts.bookings), place: "/bookings", content)
    }

    private func ways(_ visit: Visit) -> HTML {
        guard visit.role != .viewer else { return Parts.button(to: "/find", .search, NodeTexts.findSpace) }
        return """
            \(Parts.button(to: "/feeds", .calendar, NodeTexts.feeds))\
            \(Parts.button(to: "/find", .plus, NodeTexts.newBooking, style: "pri"))
            """
    }

    private func chips(_ visit: Visit, isMine: Bool, isOld: Bool) -> HTML {
        func address(_ isMine: Bool, _ isOld: Bool) -> String { Self.address(visit, isMine: isMine, isOld: isOld) }
        let whose: HTML =
            visit.role == .viewer
            ? ""
            : Parts.segments(
                [
                    (address(true, isOld), NodeTexts.mine, isMine),
                    (address(false, isOld), NodeTexts.wholeSchool, !isMine),
                ], label: NodeTexts.whose)
        let when = Parts.segments(
            [(address(isMine, false), NodeTexts.coming, !isOld), (address(isMine, true), NodeTexts.past, isOld)],
            label: NodeTexts.when)
        return "\(whose)\(when)"
    }

    private static func address(_ visit: Visit, isMine: Bool, isOld: Bool, _ more: String...) -> String {
        let whose = visit.role == .teacher ? (isMine ? "" : "all=1") : (isMine ? "mine=1" : "")
        let query = ([whose, isOld ? "past=1" : ""] + more).filter { !$0.isEmpty }.joined(separator: "&")
        return "/bookings" + (query.isEmpty ? "" : "?\(query)")
    }

    /// How many are shown, and the way to the others.
    private func turn(_ page: BookingPage, address: (Int) -> String) -> HTML {
        guard page.total > BookingPage.size || page.number > 1 else { return "" }
        let (first, last) = (page.first, min(page.total, page.first + BookingPage.size))
        let back: HTML? =
            page.number > 1
            ? Parts.button(to: address(page.number - 1), .previous, NodeTexts.previous, style: "sm") : nil
        let next: HTML? =
            last < page.total ? Parts.button(to: address(page.number + 1), .next, NodeTexts.next, style: "sm") : nil
        return """
            <footer><span class="small muted">\(NodeTexts.shownOf(min(first + 1, page.total), last, page.total))</span>\
            <span class="sp"></span>\(back)\(next)</footer>
            """
    }

    private func acts(_ booking: ShownBooking, may: Bool) -> HTML {
        guard may else { return "" }
        let isOwn = booking.member == schoolName
        let move: HTML =
            isOwn
            ? Parts.button(to: "/bookings/\(booking.id)/move", nil, NodeTexts.move, style: "sm ghost", dialog: true)
            : ""
        let cancel = Parts.button(
            to: "/bookings/\(booking.id)/cancel", nil, isOwn ? Texts.cancel : NodeTexts.displace,
            style: "sm ghost danger", dialog: true)
        return "\(move)\(cancel)"
    }

    private func alternatives(_ booking: ShownBooking, _ visit: Visit) -> HTML {
        guard !booking.alternatives.isEmpty else { return "" }
        let items = booking.alternatives.map { other -> HTML in
            "<li>\(Parts.time(other.from)) – \(Parts.clock(other.to)) \(MoveButton(booking, other).html(visit.token))</li>"
        }
        return "<ul class=\"others\" aria-label=\"\(NodeTexts.moveTo)\">\(items)</ul>"
    }
}

/// A page of the list of bookings.
private struct BookingPage {
    /// Half of other lists': what became of each booking is looked up in half a dozen tables.
    static let size = 50

    let bookings: [ShownBooking]
    /// How many there are on all pages.
    let total: Int
    /// From 1.
    let number: Int
    /// How many come before it.
    var first: Int { (number - 1) * BookingPage.size }

    /// - Parameter now: Unix milliseconds.
    init(
        _ replica: OpenReplica, _ right: BookingRight, isOfMine: Bool, isOld: Bool, now: Int64, _ number: Int
    ) throws {
        self.number = number
        let before = (number - 1) * BookingPage.size
        let mine = isOfMine ? try replica.bookings(made: right.made) : nil
        let found = try replica.bookings(
            endedBy: now, isOver: isOld, among: mine, from: before, count: BookingPage.size)
        (bookings, total) = (found.list.map(ShownBooking.init), found.total)
    }
}
