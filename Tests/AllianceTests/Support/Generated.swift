import CRDT

@testable import Alliance

/// Values drawn from a seed.
struct Generated {
    var random: SplitMix64
    let members: [MemberID]
    let rows: [RowID]

    init(seed: UInt64, members: [MemberID] = (1...5).map { MemberID($0) }, rows: [RowID] = [RowID(rawValue: 7)]) {
        random = SplitMix64(seed: seed)
        self.members = members
        self.rows = rows
    }

    /// A value that a column of this type takes, and that typing can give: no empty text, no blanks at its ends.
    mutating func value(of type: ColumnType) -> Value {
        switch type {
        case .text(let max): .text(text(max: max))
        case .integer(let range): .integer(integer(in: range))
        case .time: .text(WallTime(minutes: random.number(in: 0...1440))?.description ?? "")
        case .boolean: .integer(Int64(random.number(in: 0...1)))
        case .date: .text(CalendarDate(days: Int64(random.number(in: 0...2_932_896)))!.description)
        case .instant: .integer(integer(in: 0...253_402_271_999_999))
        case .choice(let choices): .text(random.pick(choices).code)
        case .reference: .bytes(random.pick(rows).bytes)
        case .member: .bytes(random.pick(members).bytes)
        case .members:
            .bytes(Set((0...random.number(in: 0...4)).map { _ in random.pick(members) }).sorted().flatMap(\.bytes))
        case .bytes(let max):
            .bytes((0..<random.number(in: 0...min(max, 40))).map { _ in UInt8(random.number(in: 0...255)) })
        }
    }

    private mutating func integer(in range: ClosedRange<Int64>) -> Int64 {
        switch random.number(in: 0...5) {
        case 0: range.lowerBound
        case 1: range.upperBound
        default: range.lowerBound + Int64(random.next() % (UInt64(range.upperBound - range.lowerBound) + 1))
        }
    }

    private static let pieces =
        "00123|=cmd|+86|-1|@x|'|''|\"|\"\"|,|;|\t|\n|\r\n|\r| |\u{3000}|王芳|𠮷|👨‍👩‍👧|e\u{301}|é|㐂|1.5|2026/1/2|=\"0\"|sep=|〔|；|\u{A0}|。"
        .split(separator: "|").map(String.init)

    mutating func text(max: Int) -> String {
        while true {
            let text = (0...random.number(in: 0...5)).map { _ in random.pick(Self.pieces) }.joined().trimmed
            if !text.isEmpty, text.unicodeScalars.count <= max { return text }
        }
    }
}
