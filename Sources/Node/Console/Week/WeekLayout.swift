import Alliance

/// Where things stand in the grid of a week: rows of lines with the named breaks between them, and blocks of one time
/// beside each other.
struct WeekLayout {
    /// The grid's row of each line; the first row has the days.
    let rows: [Int]
    /// Rows of breaks, with their names.
    let breaks: [(row: Int, name: String)]
    /// The last row.
    let last: Int

    /// How many blocks of one time stand beside each other; what is more is counted.
    static let besideMax = 3

    init(_ lines: [WeekView.Line]) {
        var rows: [Int] = []
        var breaks: [(row: Int, name: String)] = []
        var row = 2
        for (index, line) in lines.enumerated() {
            rows.append(row)
            row += 1
            if !line.breakAfter.isEmpty, index < lines.count - 1 {
                breaks.append((row, line.breakAfter))
                row += 1
            }
        }
        self.rows = rows
        self.breaks = breaks
        last = row - 1
    }

    /// The classes that place something on lines of a day.
    func place(_ day: Int, _ lines: ClosedRange<Int>) -> String {
        guard rows.indices.contains(lines.lowerBound), rows.indices.contains(lines.upperBound) else { return "d\(day)" }
        let (first, end) = (rows[lines.lowerBound], rows[lines.upperBound])
        return "d\(day) r\(first) x\(end - first + 1)"
    }

    /// A block, its column among those of the same time, and how many columns there are.
    struct Placed {
        let block: WeekView.Block
        let lines: ClosedRange<Int>
        let column: Int
        let columns: Int
    }

    /// Blocks of one day in as few columns as they need: each group that overlaps, one through another, has its own.
    static func columns(_ blocks: [WeekView.Block]) -> [Placed] {
        let items = blocks.compactMap { block in block.lines.map { (block: block, lines: $0) } }
            .sorted { ($0.lines.lowerBound, -$0.lines.upperBound) < ($1.lines.lowerBound, -$1.lines.upperBound) }
        var placed: [Placed] = []
        var group: [(block: WeekView.Block, lines: ClosedRange<Int>, column: Int)] = []
        func close() {
            let columns = (group.map(\.column).max() ?? 0) + 1
            placed += group.map { Placed(block: $0.block, lines: $0.lines, column: $0.column, columns: columns) }
            group = []
        }
        for item in items {
            if !group.contains(where: { $0.lines.overlaps(item.lines) }),
                group.allSatisfy({ $0.lines.upperBound < item.lines.lowerBound })
            {
                close()
            }
            let taken = Set(group.filter { $0.lines.overlaps(item.lines) }.map(\.column))
            let column = (0...taken.count).first { !taken.contains($0) } ?? taken.count
            group.append((item.block, item.lines, column))
        }
        close()
        return placed
    }
}
