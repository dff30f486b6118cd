/// What happened in a run, line by line, for whoever looks for the cause of a breach.
public struct Story: Sendable {
    public private(set) var lines: [String] = []
    private var day = 0

    mutating func add(day: Int, _ text: String) { lines.append("第 \(day) 天 day \(day): \(text)") }
}
