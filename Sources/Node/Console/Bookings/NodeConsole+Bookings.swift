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
        let all = try ShownBooking.all(replica)
        let byID = Dictionary(all.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let mine = visit.role == .teacher ? visit.query["all"] == nil : visit.query["mine"] != nil
        let shown = all.filter { isOld ? $0.to <= now : $0.to > now }
            .filter { booking in !mine || right.isMine(booking) { byID[$0] } }
        let replaced = Set(all.map(\.replaces))
        let lines = shown.map { booking -> Grid.Line in
            let may = right.allows(booking) { byID[$0] }
            let why: HTML = booking.reason.isEmpty ? "" : "<small class=\"muted\">\(booking.reason)</small>"
            let isOpen = may && booking.isRefused(at: now) && !replaced.contains(booking.id)
            return Grid.Line([
                "<a href=\"\(booking.address)\"><b>\(booking.title)</b></a><small>\(booking.member)</small>",
                HTML(text: booking.space), "\(Parts.time(booking.from)) – \(Parts.clock(booking.to))", booking.heads,
                "\(booking.pill(at: now).html)\(why)\(isOpen ? alternatives(booking, visit) : "")",
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
            <span class="sp"></span>\(Grid.filter(for: "bookings", NodeTexts.search))</header>\(body)</section>
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
        let (mine, all) = visit.role == .teacher ? ("", "all=1") : ("mine=1", "")
        func address(_ parts: String...) -> String {
            let query = parts.filter { !$0.isEmpty }.joined(separator: "&")
            return "/bookings" + (query.isEmpty ? "" : "?\(query)")
        }
        let past = isOld ? "past=1" : ""
        let whose: HTML =
            visit.role == .viewer
            ? ""
            : Parts.segments(
                [
                    (address(mine, past), NodeTexts.mine, isMine),
                    (address(all, past), NodeTexts.wholeSchool, !isMine),
                ], label: NodeTexts.whose)
        let own = isMine ? mine : all
        let when = Parts.segments(
            [(address(own), NodeTexts.coming, !isOld), (address(own, "past=1"), NodeTexts.past, isOld)],
            label: NodeTexts.when)
        return "\(whose)\(when)"
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
            "<li>\(Parts.time(other.from)) – \(Parts.clock(other.to)) \(MoveButton(booking, other, isOwn: false).html(visit.token))</li>"
        }
        return "<ul class=\"others\" aria-label=\"\(NodeTexts.moveTo)\">\(items)</ul>"
    }
}
