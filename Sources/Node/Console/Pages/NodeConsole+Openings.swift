import Alliance
import CRDT
import HTTPTypes
import Replica
import Sync
import Web

/// When bases and spaces are open, as a week of periods that are ticked.
extension NodeConsole {
    /// What the page is about: a base of the school's, and one of its spaces or all of them.
    private struct OpeningSubject {
        let base: RowState
        let space: RowState?
        var address: String {
            "/openings?base=\(base.key.id)" + (space.map { "&space=\($0.key.id)" } ?? "")
        }
    }

    func openings(
        _ visit: Visit, problem: CommandError? = nil, ticked: [Int: Set<Int>]? = nil, _ said: HTML = ""
    ) throws -> Page {
        let own = try replica.state().member
        let bases = try replica.list(try replica.table("base")).filter { $0.key.owner == own }
        func page(_ content: HTML) -> Page {
            Page(
                HTML(NodeTexts.openings), place: "/closures", above: [("/closures", HTML(NodeTexts.closures))],
                """
                \(Parts.head(HTML(NodeTexts.openings), under: HTML(NodeTexts.openingsText)))\(said)\(content)
                """)
        }
        guard let subject = try openingSubject(visit, bases) else {
            return page(
                Parts.card(
                    "openings", NodeTexts.openings, Parts.empty(.clock, NodeTexts.noBases, NodeTexts.noBasesText)))
        }
        let week = try replica.opening(of: subject.base.key.id, space: subject.space?.key.id)
        let today = ChinaTime.date(of: Int64(clamping: World.wall))
        let timetable = try today.flatMap { try replica.timetable(of: subject.base.key.id, on: $0) }
        let note: HTML? = problem.map { Note(.bad, $0.phrase).html }
        let grid = OpeningGrid(
            timetable: timetable, ticked: ticked ?? week.periods, mayEdit: isAdministrator(visit))
        return page(
            """
            \(note)\(try chooser(subject, bases))<div class="two"><div class="col">\
            \(Parts.card("hours", NodeTexts.weekByPeriods, beside: HTML(timetable.map { NodeTexts.campusTimetable($0.campus) } ?? NodeTexts.noTimetable), form(grid, week, subject, visit)))\
            </div><div class="col">\(Parts.card("other", NodeTexts.byClock, byClock(week, subject, visit)))\
            \(Parts.card("holds", NodeTexts.whatHolds, try whatHolds(week, subject, visit)))</div></div>
            """)
    }

    private func openingSubject(_ visit: Visit, _ bases: [RowState]) throws -> OpeningSubject? {
        func given(_ name: String) -> String { visit.form[name].isEmpty ? visit.query[name] ?? "" : visit.form[name] }
        let wanted = RowID(given("base"))
        guard let base = wanted == nil ? bases.first : bases.first(where: { $0.key.id == wanted }) else { return nil }
        let space = try RowID(given("space")).flatMap { id in
            try ownSpaces(of: base).first { $0.key.id == id }
        }
        return OpeningSubject(base: base, space: space)
    }

    private func ownSpaces(of base: RowState) throws -> [RowState] {
        try replica.list(try replica.table("space")).filter {
            $0.key.owner == base.key.owner && $0[SpaceColumn.base]?.value == .bytes(base.key.id.bytes)
        }
    }

    private func chooser(_ subject: OpeningSubject, _ bases: [RowState]) throws -> HTML {
        let ofBases: HTML =
            bases.count < 2
            ? ""
            : Parts.segments(
                bases.prefix(12).map { base in
                    let name = Self.text(base, BaseColumn.name)
                    return ("/openings?base=\(base.key.id)", Phrase(name, name), base.key.id == subject.base.key.id)
                }, label: NodeTexts.bases)
        let base = subject.base.key.id
        let ofSpaces = Parts.segments(
            [("/openings?base=\(base)", NodeTexts.wholeBase, subject.space == nil)]
                + (try ownSpaces(of: subject.base).prefix(24).map { space in
                    let name = Self.text(space, SpaceColumn.name)
                    return (
                        "/openings?base=\(base)&space=\(space.key.id)", Phrase(name, name),
                        space.key.id == subject.space?.key.id
                    )
                }), label: NodeTexts.spaces)
        return "<div class=\"choose\">\(ofBases)\(ofSpaces)</div>"
    }

    private func form(_ grid: OpeningGrid, _ week: WeekOpening, _ subject: OpeningSubject, _ visit: Visit) -> HTML {
        guard grid.hasLines else { return Parts.empty(.clock, NodeTexts.noTimetable, NodeTexts.noTimetableText) }
        guard isAdministrator(visit) else { return "<div class=\"body\">\(grid.html)</div>" }
        return """
            <div class="body"><form method="post" action="/openings" data-swap="content">\
            <input type="hidden" name="csrf" value="\(visit.token)"><input type="hidden" name="base" value="\(subject.base.key.id.description)">\
            <input type="hidden" name="space" value="\(subject.space?.key.id.description ?? "")">\
            <input type="hidden" name="shown" value="\(week.mark)">\(grid.html)\
            <div class="acts">\(Parts.submit(.check, Texts.save))</div></form></div>
            """
    }

    /// What is said by times of day: for bases that go by no timetable.
    private func byClock(_ week: WeekOpening, _ subject: OpeningSubject, _ visit: Visit) -> HTML {
        let items = week.hours.map { hours -> HTML in
            let end: HTML =
                isAdministrator(visit)
                ? Parts.button(
                    to: "/tables/opening/rows/\(hours.id)/delete", nil, NodeTexts.delete, style: "sm ghost danger",
                    dialog: true) : ""
            return
                "<li><span>\(NodeTexts.openingDay(hours.weekday)) \(hours.from.description)–\(hours.to.description)</span> \(end)</li>"
        }
        let list: HTML =
            items.isEmpty
            ? "<p class=\"muted small\">\(NodeTexts.noClockHours)</p>" : "<ul class=\"hits\">\(items)</ul>"
        let add: HTML =
            isAdministrator(visit)
            ? Parts.button(to: "/tables/opening/new", .plus, NodeTexts.addClockHours, style: "sm", dialog: true) : ""
        return "<div class=\"body\">\(list)\(add)</div>"
    }

    /// In words what holds, who sees it, which bookings it hits, and the way to have no rules.
    private func whatHolds(_ week: WeekOpening, _ subject: OpeningSubject, _ visit: Visit) throws -> HTML {
        let text =
            !week.isEmpty
            ? NodeTexts.ownRules(subject.space == nil)
            : subject.space == nil ? NodeTexts.alwaysOpen : NodeTexts.baseRules
        let clear: HTML =
            isAdministrator(visit) && !week.isEmpty
            ? Form.button(
                "/openings/clear", token: visit.token,
                hidden: [
                    ("base", subject.base.key.id.description), ("space", subject.space?.key.id.description ?? ""),
                ], .trash, subject.space == nil ? NodeTexts.clearBase : NodeTexts.clearSpace, style: "sm ghost danger")
            : ""
        let hits = try replica.bookingsAgainstRules().list.map(ShownBooking.init)
        let items = hits.prefix(20).map { booking -> HTML in
            """
            <li><span><a class="lnk" href="\(booking.address)">\(booking.title)</a> · \(booking.space) · \
            \(Parts.time(booking.from)) – \(Parts.clock(booking.to))</span></li>
            """
        }
        let hit: HTML =
            hits.isEmpty
            ? ""
            : "<p class=\"small\">\(Pill(.warn, .warning, NodeTexts.againstRules(hits.count)).html)</p><ul class=\"hits\">\(items)</ul>"
        return """
            <div class="body"><p>\(text)</p><p class="muted small">\(NodeTexts.openingsSeen)</p>\(clear)\(hit)\
            <p class="small">\(Parts.link("/tables/timetable", NodeTexts.timetables)) · \(Parts.link("/tables/period", NodeTexts.periodRows)) · \
            \(Parts.link("/tables/policy", NodeTexts.policies)) · \(Parts.link("/tables/opening", NodeTexts.openingRows))</p></div>
            """
    }

    @Sendable func setOpenings(_ visit: Visit) throws -> Reply {
        var ticked: [Int: Set<Int>] = [:]
        for cell in visit.form.all("open") {
            let parts = cell.split(separator: "-").compactMap { Int($0) }
            guard parts.count == 2, (1...8).contains(parts[0]), (1...40).contains(parts[1]) else { continue }
            ticked[parts[0], default: []].insert(parts[1])
        }
        do {
            let (base, space) = try openingKeys(visit)
            try replica.setOpening(of: base, space: space, periods: ticked, shown: visit.form["shown"])
            wake()
            return .done(openingAddress(visit), "saved")
        } catch {
            return .page(
                try openings(visit, problem: CommandError(error), ticked: ticked), status: .unprocessableContent)
        }
    }

    @Sendable func clearOpenings(_ visit: Visit) throws -> Reply {
        let (base, space) = try openingKeys(visit)
        try replica.clearOpening(of: base, space: space)
        wake()
        return .done(openingAddress(visit), "saved")
    }

    private func openingKeys(_ visit: Visit) throws -> (base: RowID, space: RowID?) {
        let own = try replica.state().member
        let base = try replica.find(visit.form["base"], in: try replica.table("base"))
        guard base.key.owner == own else { throw CommandError(.refused, "not-yours", NodeTexts.notYourBase) }
        return (base.key.id, RowID(visit.form["space"]))
    }

    private func openingAddress(_ visit: Visit) -> String {
        "/openings?base=\(visit.form["base"])" + (visit.form["space"].isEmpty ? "" : "&space=\(visit.form["space"])")
    }
}

/// The week as boxes to tick: periods down, weekdays across, holidays last.
struct OpeningGrid {
    let timetable: Timetable?
    let ticked: [Int: Set<Int>]
    let mayEdit: Bool

    /// The timetable's periods, and those that rules name beyond it.
    private var lines: [(number: Int, times: String)] {
        let known = timetable?.periods.map { (number: $0.number, times: "\($0.starts)–\($0.ends)") } ?? []
        let numbers = Set(known.map(\.number))
        let others = Set(ticked.values.flatMap { $0 }).subtracting(numbers).map { (number: $0, times: "") }
        return (known + others).sorted { $0.number < $1.number }
    }

    var hasLines: Bool { !lines.isEmpty }

    var html: HTML {
        let heads = (1...8).map { "<th scope=\"col\">\(NodeTexts.openingDayShort($0))</th>" as HTML }
        let rows = lines.map { line -> HTML in
            let cells = (1...8).map { day -> HTML in
                let isOpen = ticked[day]?.contains(line.number) ?? false
                let name = NodeTexts.openingCell(day, line.number)
                guard mayEdit else {
                    return
                        "<td><span class=\"oh\(" on" as HTML, if: isOpen)\" role=\"img\" aria-label=\"\(name) \(isOpen ? NodeTexts.isOpen : NodeTexts.isShut)\"></span></td>"
                }
                return """
                    <td><label class="oh"><input type="checkbox" name="open" value="\("\(day)-\(line.number)")" \
                    aria-label="\(name)"\(" checked" as HTML, if: isOpen)><span></span></label></td>
                    """
            }
            return "<tr><th scope=\"row\"><b>\(line.number)</b><small>\(line.times)</small></th>\(cells)</tr>"
        }
        return """
            <table class="openings"><caption class="vh">\(NodeTexts.weekByPeriods)</caption><thead><tr><th scope="col">\(NodeTexts.hour)</th>\(heads)</tr></thead>\
            <tbody>\(rows)</tbody></table>
            """
    }
}
