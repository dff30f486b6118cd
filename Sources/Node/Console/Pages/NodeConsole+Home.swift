import Accounts
import Alliance
import CRDT
import Replica
import Sync
import Web

extension NodeConsole {
    /// The start: how the sync stands, what waits and why, today, the places, and how old others' data are.
    func home(_ visit: Visit) throws -> Page {
        let standing = try Standing(replica)
        let conflicts = try openConflicts()
        let name = visit.session?.account.display ?? ""
        let now = Int64(clamping: World.wall)
        let book: HTML =
            visit.role == .viewer
            ? "" : Parts.button(to: "/bookings/new", .plus, NodeTexts.newBooking, style: "pri", dialog: true)
        let content: HTML = """
            \(Parts.head(HTML(NodeTexts.greeting(name, at: now)), under: HTML(NodeTexts.day(now)), actions: book))\
            \(try syncCard(standing, visit))<div class="grid"><div class="col">\
            \(conflictCard(conflicts, visit))\(try todayCard())</div><div class="col">\
            \(try quotaCard())\(try waitingBars(standing))\(freshness(standing))</div></div>
            """
        return Page(HTML(NodeTexts.home), place: "/", content)
    }

    // MARK: The sync, in words

    func syncCard(_ standing: Standing, _ visit: Visit) throws -> HTML {
        let (tone, icon, title, text) = words(standing)
        let now: HTML =
            visit.role == .viewer
            ? "" : Form.button("/sync/now", token: visit.token, .sync, NodeTexts.syncNow, style: "", swaps: "content")
        let stick: HTML =
            isAdministrator(visit) ? Parts.button(to: "/sync#bundles", .stick, NodeTexts.bundles) : ""
        let waits: HTML =
            standing.pending == 0
            ? "" : "<span class=\"small hide-s\">\(NodeTexts.since) \(Parts.clock(standing.pendingSince))</span>"
        return """
            <section class="sync \(tone)" id="sync-card" data-live="state" role="status" aria-label="\(NodeTexts.sync)">\
            <div class="s1"><span class="big">\(icon.html)</span><div><h2>\(title)</h2><p>\(text)</p></div></div>\
            <dl class="s2"><div><dt>\(NodeTexts.waitingToSend)</dt><dd><b>\(standing.pending)</b> \(NodeTexts.edits) \(waits)</dd></div>\
            <div><dt>\(NodeTexts.openConflicts)</dt><dd><b>\(standing.conflicts)</b> \(NodeTexts.items)</dd></div>\
            <div><dt>\(NodeTexts.lastSuccess)</dt><dd>\(last(standing))</dd></div></dl>\
            <div class="s3">\(now)\(stick)</div></section>
            """
    }

    private func last(_ standing: Standing) -> HTML {
        let time = Int64(clamping: standing.status.lastSuccess)
        guard time > 0 else { return "<b>—</b>" }
        return "<b>\(Parts.clock(time))</b> <span>\(NodeTexts.date(time))</span>"
    }

    private func words(_ standing: Standing) -> (tone: HTML, icon: Icon, title: Phrase, text: HTML) {
        let failure = Phrase(standing.status.failureZh, standing.status.failureEn)
        switch standing.state {
        case .alarmed:
            let texts = standing.alarms.map { alarm -> HTML in "\(alarm.kind.phrase) " }
            return ("bad", .warning, NodeTexts.alarmed, .joined(texts))
        case .new: return ("", .clock, NodeTexts.neverSynced, HTML(NodeTexts.neverSyncedText))
        case .offline:
            return (
                "calm", .offline, NodeTexts.offline,
                "\(failure) \(NodeTexts.offlineSince) \(Parts.time(Int64(clamping: standing.status.failingSince)))\(NodeTexts.offlineText)"
            )
        case .waiting: return ("", .cloudUp, NodeTexts.waiting, HTML(NodeTexts.waitingText))
        case .merged: return ("", .cloud, NodeTexts.merged, HTML(NodeTexts.mergedText))
        case .proved:
            return (
                "ok", .check, NodeTexts.proved,
                "\(NodeTexts.provedText(standing.status.provedRev)) \(Parts.time(Int64(clamping: standing.status.provedAt), relative: true))"
            )
        }
    }

    // MARK: Cards

    private func conflictCard(_ conflicts: [ShownConflict], _ visit: Visit) -> HTML {
        let beside: HTML =
            conflicts.isEmpty ? "" : Pill(.bad, nil, NodeTexts.toDo(conflicts.count)).html
        let list: HTML =
            conflicts.isEmpty
            ? Parts.empty(.inbox, NodeTexts.noConflicts, NodeTexts.noConflictsText)
            : "<ul class=\"cfs\">\(conflicts.prefix(4).enumerated().map { conflictItem($1, visit, isOpen: $0 == 0) })</ul>"
        return Parts.card(
            "conflicts-card", NodeTexts.conflicts, beside: beside, live: "state",
            actions: Parts.link("/conflicts?all=1", NodeTexts.history), list)
    }

    private func todayCard() throws -> HTML {
        let now = Int64(clamping: World.wall)
        let day: Int64 = 86_400_000
        let hour: Int64 = 3_600_000
        let start = (now + 8 * hour) / day * day - 8 * hour
        let today = try replica.bookings(within: start..<start + day).map(ShownBooking.init).filter {
            ["confirmed", "requested", "partly"].contains($0.state)
        }
        let lines = today.map { booking -> HTML in
            let name: HTML =
                booking.to <= now ? "done" : booking.from <= now && booking.state == "confirmed" ? "on" : ""
            return """
                <li class="\(name)"><div>\(Parts.clock(booking.from))\(Parts.clock(booking.to))</div><div>\
                <b>\(booking.title)</b><span class="muted">\(booking.space) · \(booking.heads)</span></div>\
                \(booking.pill(at: now).html)</li>
                """
        }
        let list: HTML =
            lines.isEmpty
            ? Parts.empty(.calendar, NodeTexts.nothingToday, NodeTexts.nothingTodayText)
            : "<ol class=\"today\">\(lines)</ol>"
        let beside: HTML = lines.isEmpty ? "" : "<span class=\"small muted\">\(NodeTexts.lessons(lines.count))</span>"
        return Parts.card(
            "today", NodeTexts.today, beside: beside, live: "state",
            actions: Parts.link("/bookings", NodeTexts.allBookings), list)
    }

    private func quotaCard() throws -> HTML {
        let own = schoolName
        let plans = try ShownPlan.all(replica).filter { $0.held(by: own) > 0 }
        let gauges = plans.prefix(6).map { plan -> HTML in
            Parts.gauge(
                used: plan.used(by: own), of: plan.held(by: own), title: plan.name,
                under: "<span>\(NodeTexts.heldOf(plan.held(by: own), plan.total))</span>")
        }
        let list: HTML =
            gauges.isEmpty
            ? Parts.empty(.key, NodeTexts.noPlaces, NodeTexts.noPlacesText)
            : """
            <div class="gs">\(gauges)</div><p class="key"><span><i class="u"></i>\(NodeTexts.used)</span>\
            <span><i class="t"></i>\(Texts.left)</span></p>
            """
        return Parts.card(
            "quotas", NodeTexts.quotas, live: "state", actions: Parts.link("/quotas", NodeTexts.details), list)
    }

    private func freshness(_ standing: Standing) -> HTML {
        let seen = Int64(clamping: standing.status.lastSuccess)
        let age = Int64(clamping: World.wall) - seen
        let isFresh = seen > 0 && standing.status.failingSince == 0 && age < 10 * 60_000
        let proved = Int64(clamping: standing.status.provedAt)
        let fresh: HTML = isFresh ? "ok" : "warn"
        let confirmed: HTML = standing.state == .proved ? "ok" : "warn"
        let list: HTML = """
            <ul class="fresh"><li><span class="dot ok"></span><b>\(NodeTexts.ownData)</b>\
            <span class="muted">\(NodeTexts.ownDataText)</span><span>\(Texts.live)</span></li>\
            <li><span class="dot \(fresh)"></span><b>\(NodeTexts.othersData)</b>\
            <span class="muted">\(NodeTexts.othersDataText)</span>\(Parts.time(seen, relative: true))</li>\
            <li><span class="dot \(confirmed)"></span><b>\(NodeTexts.provedSame)</b>\
            <span class="muted">\(NodeTexts.provedAtRev(standing.status.provedRev))</span>\(Parts.time(proved, relative: true))</li></ul>
            """
        return Parts.card("fresh", NodeTexts.ages, live: "state", list)
    }
}
