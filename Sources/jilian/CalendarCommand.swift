import Alliance
import ArgumentParser
import Replica

struct CalendarCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calendar", abstract: "实训室一周的占用 · a space's week")
    @OptionGroup var common: CommonOptions
    @Argument(help: "实训室 · space")
    var space: String
    @Option(help: "该周任意一天，如 2026-11-24；不给则本周 · any day of the week")
    var week = ""

    func run() throws {
        let week = try common.open().week(space, of: week)
        Output.result(JSON(week), asJSON: common.json) { WeekGrid(week).text() }
    }
}

/// A week as text: lines down, days across; in each cell the mark of what stands there and what is free.
struct WeekGrid {
    private let week: WeekView

    init(_ week: WeekView) { self.week = week }

    private static let marks: [(state: WeekView.Block.State, mark: String)] = [
        (.confirmed, "✓"), (.confirmedUnsent, "✓↑"), (.waiting, "？"), (.waitingUnsent, "？↑"), (.declined, "✗"),
        (.displaced, "✗让"), (.busyElsewhere, "占"), (.closed, "停"),
    ]

    func text() -> String {
        var table = TextTable(["节次"] + week.days.map(heading))
        for (index, line) in week.lines.enumerated() {
            let number = line.number.map { "\($0) " } ?? ""
            table.add(["\(number)\(line.starts)"] + week.days.indices.map { cell(index, $0) })
            if !line.breakAfter.isEmpty, index < week.lines.count - 1 {
                table.add(["— \(line.breakAfter)"] + week.days.map { _ in "" })
            }
        }
        let beside = week.blocks.filter { $0.lines == nil }.map { "\(day($0)) \(time($0))：\(name($0))" }
        return ([title, table.text(), legend] + beside + reasons).joined(separator: "\n")
    }

    private var title: String {
        let teaching = week.teachingWeek.map { " · \(week.term ?? "") 第 \($0) 教学周" } ?? ""
        let ahead = week.space.aheadDays.map { " · 可提前 \($0) 天预约" } ?? ""
        return """
            \(week.space.owner) · \(week.space.base) · \(week.space.name) · \(week.space.workstations) 个工位\(ahead)\(teaching)
            本周时段：已用 \(week.allotment.used) / \(week.allotment.held) 课时；他校占用截至 \(week.asOf.map { String(ChinaTime.text(milliseconds: $0 / 60_000 * 60_000).dropLast(3)) } ?? "—")，本校时段不受影响
            """
    }

    private func heading(_ day: WeekView.Day) -> String {
        let name = day.name.isEmpty ? "" : " \(day.name)"
        return
            "\(CalendarDate.weekdayName(day.date.weekday).zh) \(String("\(day.date)".suffix(5)))\(day.isToday ? " 今天" : "")\(name)"
    }

    /// A block is written out on its first line and marked on the others.
    private func cell(_ line: Int, _ day: Int) -> String {
        let blocks = week.blocks.filter { $0.day == day && ($0.lines?.contains(line) ?? false) }
        var parts = blocks.map { $0.lines?.lowerBound == line ? name($0) : mark($0.state) }
        let cell = week.days[day].cells[line]
        if cell.isPast { return parts.joined(separator: " ") }
        guard cell.isOpen else { return parts.isEmpty ? "闭" : parts.joined(separator: " ") }
        for (mark, count) in [("本", cell.own), ("池", cell.pool), ("他", cell.others)] where count > 0 {
            parts.append("\(mark)\(count)")
        }
        return parts.joined(separator: " ")
    }

    private func mark(_ state: WeekView.Block.State) -> String { Self.marks.first { $0.state == state }?.mark ?? "" }

    private func name(_ block: WeekView.Block) -> String {
        let what: String
        switch block.state {
        case .closed: what = block.title
        case .busyElsewhere: what = "\(String(block.member.prefix(6))) \(block.workstations)"
        default: what = block.className.isEmpty ? String(block.title.prefix(6)) : block.className
        }
        return mark(block.state) + what
    }

    private func day(_ block: WeekView.Block) -> String { CalendarDate.weekdayName(block.day + 1).zh }

    private func time(_ block: WeekView.Block) -> String {
        "\(ChinaTime.time(of: block.from))–\(ChinaTime.time(of: block.to))"
    }

    private var legend: String {
        Self.marks.map { "\($0.mark) \($0.state.phrase.zh)" }.joined(separator: " · ")
            + "\n本N 本校可当即确认 · 池N 公共池，须申请 · 他N 他校持有，须申请 · 闭 不开放"
    }

    private var reasons: [String] {
        week.blocks.filter { [.declined, .displaced].contains($0.state) }.map { block in
            let others = block.alternatives.map {
                "\(String(ChinaTime.text(milliseconds: $0.from).dropLast(3)))\($0.isOwn ? "（本校时段）" : "")"
            }
            return "\(day(block)) \(time(block)) \(block.state.phrase.zh)：\(block.reason)"
                + (others.isEmpty ? "" : "；可改约：" + others.joined(separator: "、"))
        }
    }
}
