import Alliance
import CRDT
import Web

/// The grid of a week: lines down, days across, free cells as links to the form of a booking; what stands in it lies
/// on top, as a list of its own for who does not see it.
///
/// Everything is placed by classes, since the policy for the browser lets no style into an attribute.
struct WeekGrid {
    let week: WeekView
    let layout: WeekLayout
    /// The booking beside the grid; empty for none.
    let chosen: String
    /// The day that a small screen shows, 0 for Monday.
    let day: Int
    /// Whether the reader may book.
    let mayBook: Bool
    /// The bookings that the reader may move.
    let movable: Set<String>

    init(_ week: WeekView, chosen: String, day: Int, mayBook: Bool, movable: Set<String> = []) {
        self.week = week
        layout = WeekLayout(week.lines)
        self.chosen = chosen
        self.day = day
        self.mayBook = mayBook
        self.movable = movable
    }

    var html: HTML {
        """
        <div class="week day-\(day)" data-week data-monday="\(week.monday.description)" data-moved="\(NodeTexts.letGoToMove)" data-released="\(NodeTexts.released)" data-tap="\(NodeTexts.tapAgain)">\
        <div role="grid" class="dc" aria-label="\(NodeTexts.weekGrid)" aria-readonly="true" aria-multiselectable="true">\
        <div role="row" class="dc hd"><span class="corner" role="columnheader"><span class="vh">\(NodeTexts.hour)</span></span>\
        \(week.days.enumerated().map(heading))</div>\(week.lines.indices.map(row))</div>\
        <div class="dc" role="group" aria-label="\(NodeTexts.weekBlocks)">\(overlay)</div></div>
        """
    }

    // MARK: Lines and cells

    private func heading(_ index: Int, _ day: WeekView.Day) -> HTML {
        let name = CalendarDate.weekdayName(day.date.weekday)
        let number = String(Int("\(day.date)".suffix(2)) ?? 0)
        let isWorked = !day.name.isEmpty && day.follows != nil
        let mark: HTML =
            day.name.isEmpty ? "" : "<u class=\"\(isWorked ? "worked" as HTML : "off" as HTML)\">\(day.name)</u>"
        let follows: HTML? = day.follows.flatMap { $0 == day.date ? nil : "<u>\(NodeTexts.follows($0))</u>" }
        return """
            <span class="dh d\(index)\(" today" as HTML, if: day.isToday)" role="columnheader">\(name) <b>\(number)</b>\
            \("<em>\(NodeTexts.todayShort)</em>" as HTML, if: day.isToday)\(mark)\(follows)</span>
            """
    }

    private func row(_ index: Int) -> HTML {
        let line = week.lines[index]
        let title: HTML? = line.number.map { "<b>\($0)</b>" }
        let (from, to) = values(line)
        let isNow = week.days.contains { $0.isToday } && week.now >= now(index).from && week.now < now(index).to
        return """
            <div role="row" class="dc"><span class="ax r\(layout.rows[index])\(" on" as HTML, if: isNow)" role="rowheader" \
            data-line="\(index)" data-from="\(from)" data-to="\(to)" data-text="\(NodeTexts.periods([line]))">\(title)\
            <span>\(line.starts.description)<br>\(line.ends.description)</span></span>\(week.days.indices.map { cell(index, $0) })</div>
            """
    }

    /// What a form says for a line's beginning and its end: the period, or times of day where there is none.
    private func values(_ line: WeekView.Line) -> (from: String, to: String) {
        let value = line.number.map(String.init)
        return (value ?? "\(line.starts)", value ?? "\(line.ends)")
    }

    /// When a line is today; nothing where today is in another week.
    private func now(_ line: Int) -> (from: Int64, to: Int64) {
        guard let today = week.days.first(where: { $0.isToday }) else { return (0, 0) }
        return (today.cells[line].from, today.cells[line].to)
    }

    private func cell(_ line: Int, _ day: Int) -> HTML {
        let cell = week.days[day].cells[line]
        let free = cell.own + cell.pool + cell.others
        let state: HTML =
            cell.isPast ? " past" : !cell.isOpen ? " shut" : day > 4 ? " we" : ""
        let place: HTML = "cell d\(day) r\(layout.rows[line])\(state)"
        let when: HTML =
            "\(NodeTexts.dayTitle(week.days[day].date)) \(NodeTexts.periods([week.lines[line]])) \(week.lines[line].starts.description)"
        guard mayBook, cell.isOpen, !cell.isPast, free > 0 else {
            let why = free == 0 && cell.used > 0 ? NodeTexts.occupied : NodeTexts.notBookable
            return
                "<span class=\"\(place)\" role=\"gridcell\" tabindex=\"-1\" data-day=\"\(day)\" data-line=\"\(line)\" aria-label=\"\(when) \(why)\"></span>"
        }
        let (from, to) = values(week.lines[line])
        let address =
            "/bookings/new?space=\(week.space.id)&date=\(week.days[day].date)&from=\(from)&to=\(to)"
        let label: HTML = cell.used > 0 ? "<i>\(NodeTexts.free(free))</i>" : ""
        let own: HTML = cell.own > 0 ? " · \(NodeTexts.window)" : ""
        return """
            <span class="\(place)" role="gridcell" aria-selected="false" data-day="\(day)" data-line="\(line)">\
            <a href="\(address)" data-dialog data-from="\(from)" data-to="\(to)" data-text="\(NodeTexts.periods([week.lines[line]]))" \
            tabindex="-1" aria-label="\(when) \(NodeTexts.free(free))\(own)">\(label)</a></span>
            """
    }

    /// Whether something of a line can still be booked.
    func isFree(_ line: Int, _ day: Int) -> Bool {
        let cell = week.days[day].cells[line]
        return mayBook && cell.isOpen && !cell.isPast && cell.own + cell.pool + cell.others > 0
    }

    // MARK: What lies on top

    private var overlay: HTML {
        let breaks = layout.breaks.map { item -> HTML in "<span class=\"brk r\(item.row)\">\(item.name)</span>" }
        // Where all of the week is one's own there is nothing to be told apart.
        let isAllOwn = week.days.allSatisfy { $0.windows.first?.count == week.lines.count }
        let windows = (isAllOwn ? [] : week.days).enumerated().map { index, day -> HTML in
            .joined(
                day.windows.map { lines -> HTML in
                    "<span class=\"own \(layout.place(index, lines))\" aria-hidden=\"true\"></span>"
                })
        }
        let shut = week.days.enumerated().map { index, day -> HTML in
            guard day.isClosed, !week.lines.isEmpty else { return "" }
            let title: HTML = day.name.isEmpty ? HTML(NodeTexts.closedDay) : HTML(text: day.name)
            return
                "<span class=\"closed \(layout.place(index, 0...week.lines.count - 1))\"><span>\(title)</span></span>"
        }
        let blocks = week.days.indices.map { day -> HTML in
            let all = WeekLayout.columns(week.blocks.filter { $0.day == day })
            return .joined(all.map { block($0, day) } + [more(all, day)])
        }
        return "\(breaks)\(windows)\(shut)\(blocks)\(alternatives)\(nowLine)"
    }

    private var nowLine: HTML {
        guard let day = week.days.firstIndex(where: { $0.isToday }),
            let line = week.lines.indices.first(where: { now($0).from <= week.now && week.now < now($0).to })
        else { return "" }
        let part = (week.now - now(line).from) * 10 / max(1, now(line).to - now(line).from)
        return "<span class=\"now \(layout.place(day, line...line)) q\(part)\" aria-hidden=\"true\"></span>"
    }

    /// Other times for the chosen booking that lie in this week, under the numbers that they have beside the grid.
    private var alternatives: HTML {
        guard let block = week.blocks.first(where: { $0.booking?.description == chosen }) else { return "" }
        return .joined(
            block.alternatives.enumerated().map { index, other -> HTML in
                guard let place = place(other.from, other.to) else { return "" }
                let own: HTML = other.isOwn ? HTML(NodeTexts.window) : HTML(NodeTexts.askHere)
                return """
                    <a class="alt \(layout.place(place.day, place.lines))" href="#alt\(index + 1)"><i>\(index + 1)</i>\
                    <span>\(NodeTexts.moveTo)<br>\(own)</span></a>
                    """
            })
    }

    /// Where an instant range lies in this week; `nil` where it does not, or over several days.
    func place(_ from: Int64, _ to: Int64) -> (day: Int, lines: ClosedRange<Int>)? {
        let parts = ChinaTime.days(from, to)
        guard parts.count == 1, let part = parts.first, (0..<7).contains(week.monday.distance(to: part.date)),
            let lines = WeekView.lines(week.lines, from: part.from, to: part.to)
        else { return nil }
        return (week.monday.distance(to: part.date), lines)
    }
}
