import Alliance
import Board
import Web

/// Drawings of the board, made here so that they are there without script.
enum Charts {
    /// A figure's past: what was not seen is a gap, never 0.
    static func spark(_ values: [Double?], _ tone: String, label: Phrase, width: Int = 84, height: Int = 32) -> HTML {
        let known = values.compactMap { $0 }
        guard known.count > 1, let most = known.max() else { return "" }
        let scale = most > 0 ? most : 1
        func point(_ index: Int, _ value: Double) -> (x: Double, y: Double) {
            (
                Double(index) * Double(width) / Double(max(1, values.count - 1)),
                Double(height) - 2 - value / scale * Double(height - 4)
            )
        }
        let lines = runs(values).map { run -> HTML in
            let points = run.map { point($0, values[$0] ?? 0) }
            let line = points.map { "\(tenth($0.x)),\(tenth($0.y))" }.joined(separator: " ")
            guard let first = points.first, let last = points.last else { return "" }
            return """
                <polygon class="a" points="\(tenth(first.x)),\(height) \(line) \(tenth(last.x)),\(height)"/>\
                <polyline class="l" points="\(line)"/>
                """
        }
        return """
            <svg class="spark \(tone)" viewBox="0 0 \(width) \(height)" preserveAspectRatio="none" role="img" \
            aria-label="\(label)">\(lines)</svg>
            """
    }

    /// The same for a row of a table, of which there are many: one step a value, whole numbers.
    static func line(_ values: [UInt64?], _ tone: String, label: Phrase) -> HTML {
        guard values.count(where: { $0 != nil }) > 1, let most = values.compactMap({ $0 }).max() else { return "" }
        let lines = runs(values.map { $0.map { Double($0) } }).map { run -> HTML in
            var line = ""
            for index in run {
                let share = most == 0 ? 0 : Double(values[index] ?? 0) / Double(most)
                line += "\(index),\(20 - Int(share * 18)) "
            }
            guard let first = run.first, let last = run.last else { return "" }
            return
                "<polygon class=\"a\" points=\"\(first),22 \(line)\(last),22\"/><polyline class=\"l\" points=\"\(line)\"/>"
        }
        return """
            <svg class="spark row \(tone)" viewBox="0 0 \(max(1, values.count - 1)) 22" preserveAspectRatio="none" \
            role="img" aria-label="\(label)">\(lines)</svg>
            """
    }

    /// The indices of values that follow one another without a gap.
    static func runs(_ values: [Double?]) -> [[Int]] {
        values.indices.reduce(into: [[Int]]()) { runs, index in
            guard values[index] != nil else { return }
            if let last = runs.last?.last, last == index - 1 {
                runs[runs.count - 1].append(index)
            } else {
                runs.append([index])
            }
        }
    }

    /// Up and down of the whole alliance over time.
    static func throughput(_ slots: [(slot: UInt64, sample: AllianceSample)], label: Phrase) -> HTML {
        let (width, height, left, top, bottom) = (720.0, 190.0, 44.0, 10.0, 24.0)
        let most = slots.map { max($0.sample.items.up, $0.sample.items.down) }.max() ?? 0
        let ceiling = roundCeiling(most)
        func x(_ index: Int) -> Double { left + Double(index) * (width - left - 8) / Double(max(1, slots.count - 1)) }
        func y(_ value: UInt64) -> Double {
            top + (height - top - bottom) * (1 - Double(value) / Double(ceiling))
        }
        func points(_ path: KeyPath<Traffic, UInt64>) -> String {
            slots.enumerated().map { "\(tenth(x($0))),\(tenth(y($1.sample.items[keyPath: path])))" }
                .joined(separator: " ")
        }
        let grid = (0...3).map { part -> HTML in
            let value = ceiling * UInt64(part) / 3
            let line = tenth(y(value))
            return """
                <path class="gr" d="M\(tenth(left)) \(line)H\(tenth(width))"/>\
                <text x="36" y="\(line)" dy="4" text-anchor="end">\(value)</text>
                """
        }
        let step = max(1, slots.count / 6)
        let hours = stride(from: step / 2, to: slots.count, by: step).map { index -> HTML in
            let text = ChinaTime.text(milliseconds: Int64(clamping: slots[index].slot))
            let isWeek = slots.count == Tier.week.count
            let short = isWeek ? String(text.dropFirst(5).prefix(5)) : String(text.dropFirst(11).prefix(5))
            return "<text x=\"\(tenth(x(index)))\" y=\"184\" text-anchor=\"middle\">\(short)</text>"
        }
        let base = tenth(height - bottom)
        let up = points(\.up)
        return """
            <svg class="chart" viewBox="0 0 720 190" role="img" aria-label="\(label)">\(grid)\(hours)\
            <polygon class="ua" points="\(tenth(x(0))),\(base) \(up) \(tenth(x(slots.count - 1))),\(base)"/>\
            <polyline class="ul" points="\(up)"/><polyline class="dl" points="\(points(\.down))"/></svg>
            """
    }

    /// The smallest of 3, 6, 9, 15, 30, 60 … that is not less.
    static func roundCeiling(_ value: UInt64) -> UInt64 {
        var unit: UInt64 = 1
        while true {
            for step: UInt64 in [3, 6, 9, 15] where step * unit >= value { return step * unit }
            unit *= 10
        }
    }

    private static func tenth(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(abs(tenths % 10))"
    }
}
