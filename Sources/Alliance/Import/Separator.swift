/// What stands between the cells of a line.
public enum Separator: UInt8, CaseIterable, Hashable, Sendable {
    case comma = 0x2C
    case tab = 0x09
    case semicolon = 0x3B

    /// What Excel's first line `sep=;` names; `nil` if `line` is none.
    static func named(by line: some Collection<UInt8>) -> Separator? {
        guard line.count == 5, let last = line.dropFirst(4).first,
            String(decoding: line.prefix(4), as: UTF8.self).lowercased() == "sep="
        else { return nil }
        return Separator(rawValue: last)
    }

    /// The one that is in the first line that has any, outside quotes; the most frequent there. Else the comma.
    static func found(in utf8: ArraySlice<UInt8>) -> Separator {
        for line in utf8.split(maxSplits: ImportLimits.titleLinesMax, whereSeparator: { $0 == 0x0A || $0 == 0x0D })
            .prefix(ImportLimits.titleLinesMax)
        {
            var counts: [Separator: Int] = [:]
            var quoted = false
            for byte in line {
                if byte == 0x22 { quoted.toggle() }
                if !quoted, let separator = Separator(rawValue: byte) { counts[separator, default: 0] += 1 }
            }
            let most = allCases.max { counts[$0, default: 0] < counts[$1, default: 0] }
            if let most, counts[most] != nil { return most }
        }
        return .comma
    }
}
