import Accounts
import Alliance
import CRDT
import Foundation
import Replica
import Sync
import Web

extension NodeConsole {
    /// How long ago a booking may have ended that a feed still tells: 90 days.
    private static let fedAgeMax: Int64 = 90 * 86_400_000

    /// Moves of one booking that are followed back; more only a faulty peer makes.
    private static let movesMax = 1_000

    /// The secret addresses of an account, by which calendar programs read its bookings.
    func feeds(_ visit: Visit, made: HTML = "") throws -> Page {
        guard let account = visit.session?.account else { throw CommandError(.refused, "account", NodeTexts.noFeed) }
        let lines = try accounts.feeds(of: account.id).map { feed -> Grid.Line in
            Grid.Line([
                "<b>\(feed.name)</b>", Parts.time(Int64(clamping: feed.made)),
                Parts.time(Int64(clamping: feed.seen), relative: true),
                """
                \(Form.button("/feeds/\(feed.id)/rotate", token: visit.token, .sync, NodeTexts.rotate, style: "sm ghost"))\
                \(Form.button("/feeds/\(feed.id)/revoke", token: visit.token, nil, NodeTexts.revoke, style: "sm ghost danger"))
                """,
            ])
        }
        let grid = Grid(
            "feeds", label: NodeTexts.feeds,
            headings: [.init(NodeTexts.usedIn), .init(NodeTexts.madeAt), .init(NodeTexts.lastRead), .init(nil)],
            lines: lines)
        let list =
            lines.isEmpty ? Parts.empty(.calendar, NodeTexts.noFeeds, NodeTexts.noFeedsText) : grid.html
        let form = Form(
            "/feeds", token: visit.token,
            fields: [Field("name", NodeTexts.usedIn, isRequired: true, hint: NodeTexts.usedInHint)],
            submit: NodeTexts.makeFeed, swaps: "content")
        let content: HTML = """
            \(Parts.head(HTML(NodeTexts.feeds), under: HTML(NodeTexts.feedsText)))\(made)<div class="grid"><div class="col">\
            \(Parts.card("feeds-card", NodeTexts.feeds, list))</div><div class="col">\
            \(Parts.card("make", NodeTexts.makeFeed, "<div class=\"body\">\(form.html)</div>"))</div></div>
            """
        return Page(
            HTML(NodeTexts.feeds), place: "/bookings", above: [("/bookings", HTML(NodeTexts.bookings))], content)
    }

    private func shown(_ secret: Secret, _ visit: Visit) throws -> Reply {
        let note = Note(
            .info, title: NodeTexts.feedMade, NodeTexts.feedMadeText,
            actions: "<p class=\"secret\"><code>\("/feed/\(secret.text).ics")</code></p>")
        return .page(try feeds(visit, made: note.html))
    }

    private func account(_ visit: Visit) throws -> Account {
        guard let account = visit.session?.account else { throw CommandError(.refused, "account", NodeTexts.noFeed) }
        return account
    }

    @Sendable func makeFeed(_ visit: Visit) throws -> Reply {
        try shown(accounts.makeFeed(visit.form["name"], of: account(visit)), visit)
    }

    @Sendable func rotateFeed(_ visit: Visit) throws -> Reply {
        try shown(accounts.rotateFeed(Int64(visit.parameters["id"] ?? "") ?? 0, of: account(visit)), visit)
    }

    @Sendable func revokeFeed(_ visit: Visit) throws -> Reply {
        try accounts.revokeFeed(Int64(visit.parameters["id"] ?? "") ?? 0, of: account(visit))
        return .done("/feeds", "saved")
    }

    // MARK: The document

    @Sendable func feed(_ visit: Visit) throws -> Reply {
        let word = visit.parameters["secret"] ?? ""
        let secret = word.hasSuffix(".ics") ? String(word.dropLast(4)) : word
        guard let account = try accounts.account(ofFeed: secret) else {
            throw CommandError(.refused, "absent", NodeTexts.noFeed)
        }
        let feed = try calendarFeed(of: account, now: Int64(clamping: World.wall))
        return .file(Array(feed.text.utf8), type: "text/calendar; charset=utf-8", name: "bookings.ics")
    }

    /// The bookings that an account made, and for an administrator all of the school: what each is and where; no
    /// person's name.
    func calendarFeed(of account: Account, now: Int64) throws -> CalendarFeed {
        let right = try BookingRight(account, accounts, own: schoolName)
        let own = schoolName
        let mine = account.role == .administrator ? nil : try replica.bookings(made: right.made)
        let told = try replica.ownBookings(after: now - Self.fedAgeMax, among: mine).map(ShownBooking.init)
        var known = Dictionary(told.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let member = try replica.state().member
        let events = try told.filter { $0.state != "moved" }.filter { try right.allows($0, find: shownBooking) }
            .map { try event($0, &known, member: member.description) }
        return CalendarFeed(name: "\(NodeTexts.bookings.zh) · \(own)", now: now, events: events)
    }

    /// - Parameter known: bookings that were read already; those before them are added as they are asked for.
    private func event(
        _ booking: ShownBooking, _ known: inout [String: ShownBooking], member: String
    ) throws -> CalendarFeed.Event {
        // A booking that was moved here goes on as the same event; one whose former time still stands is its own.
        var (root, moves) = (booking, 0)
        while moves < Self.movesMax, !root.replaces.isEmpty {
            guard let former = try known[root.replaces] ?? shownBooking(root.replaces), former.state == "moved" else {
                break
            }
            known[former.id] = former
            root = former
            moves += 1
        }
        let (status, rank): (CalendarFeed.Event.Status, Int) =
            switch booking.state {
            case "confirmed": (.confirmed, 1)
            case "requested", "partly": (.tentative, 0)
            default: (.cancelled, 2)
            }
        return CalendarFeed.Event(
            uid: "\(root.id)@\(member)", sequence: moves * 3 + rank, from: booking.from, to: booking.to,
            summary: booking.title, location: booking.host.isEmpty ? booking.space : "\(booking.space)，\(booking.host)",
            description: NodeTexts.needs(Int(booking.workstations)).zh, status: status)
    }
}
