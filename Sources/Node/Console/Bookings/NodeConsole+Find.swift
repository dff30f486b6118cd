import Accounts
import Alliance
import CRDT
import Replica
import Web

extension NodeConsole {
    /// Spaces by words, time and free workstations.
    func find(_ visit: Visit) throws -> Page {
        func value(_ name: String) -> String { visit.query[name] ?? "" }
        var wish = OpenReplica.SpaceWish()
        wish.words = value("q")
        wish.workstations = max(1, Int(value("workstations")) ?? 1)
        let hasTime = !value("date").isEmpty && !value("from").isEmpty
        if hasTime { wish.time = time(value("date"), value) }
        let (found, problem): ([OpenReplica.FoundSpace], CommandError?)
        do { (found, problem) = (try replica.spaces(wish), nil) } catch let error as CommandError {
            (found, problem) = ([], error)
        }
        let items = found.map { item(FoundLine($0, value), mayBook: visit.role != .viewer) }
        let list: HTML =
            items.isEmpty
            ? Parts.empty(.search, NodeTexts.nothingFound, NodeTexts.nothingFoundText)
            : "<ul class=\"rows\">\(items)</ul>"
        let content: HTML = """
            \(Parts.head(HTML(NodeTexts.findSpace), under: HTML(NodeTexts.findText)))\(searchForm(value))\
            \(problem.map { Note(.bad, $0.phrase).html })\(Parts.card("found", NodeTexts.spaces, list))
            """
        return Page(HTML(NodeTexts.findSpace), place: "/find", content)
    }

    private struct FoundLine {
        let space: OpenReplica.FoundSpace
        let query: String

        init(_ space: OpenReplica.FoundSpace, _ value: (String) -> String) {
            self.space = space
            query =
                "date=\(value("date"))&from=\(value("from"))&to=\(value("to"))&workstations=\(value("workstations"))"
        }
    }

    private func item(_ line: FoundLine, mayBook: Bool) -> HTML {
        let space = line.space
        let place: HTML = space.place.isEmpty ? "" : " · \(space.place)"
        let free: HTML? = space.free.map { free in
            space.own >= free
                ? Pill(.ok, .key, NodeTexts.freeOf(free, space.workstations)).html
                : Pill(.plain, nil, NodeTexts.freeOf(free, space.workstations)).html
        }
        let date = space.from > 0 ? ChinaTime.date(of: space.from).map { "?week=\($0)" } ?? "" : ""
        let week = "/calendar/\(space.id)\(date)"
        let book: HTML =
            mayBook && space.from > 0
            ? Parts.button(
                to: "/bookings/new?space=\(space.id)&\(line.query)", nil, NodeTexts.book, style: "sm pri", dialog: true)
            : ""
        return """
            <li><span class="ai">\(Icon.box.html)</span><div><b><a href="\(week)">\(space.name)</a></b>\
            <p>\(space.base) · \(space.owner)\(place) · \(NodeTexts.bookable(space.workstations))</p></div>\
            <div class="acts">\(free)\(Parts.button(to: week, .calendar, NodeTexts.week, style: "sm"))\(book)</div></li>
            """
    }

    private func searchForm(_ value: (String) -> String) -> HTML {
        let fields = [
            Field("q", NodeTexts.words, value: value("q"), hint: NodeTexts.wordsHint),
            Field("date", NodeTexts.date, .date, value: value("date")),
            Field("from", NodeTexts.fromPeriod, value: value("from"), hint: NodeTexts.periodHint),
            Field("to", NodeTexts.toPeriod, value: value("to")),
            Field("workstations", NodeTexts.workstationCount, .number, value: value("workstations")),
        ]
        return """
            <section class="card"><form method="get" action="/find" class="body findform" role="search" data-swap="content">\
            \(fields.map(\.html))<div class="acts"><button class="btn pri">\(Icon.search.html)\(NodeTexts.find)</button></div>\
            </form></section>
            """
    }
}
