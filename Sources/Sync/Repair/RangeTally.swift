import CRDT
import Wire

/// What stands in one range of rows: the sum of its rows' hashes in each part, and its first rows.
struct RangeTally {
    private(set) var sums = [UInt64](repeating: 0, count: RowRange.parts)
    private(set) var count = 0
    private(set) var rows: [RowMark] = []
    private let rowsMax: Int

    private init(rowsMax: Int) { self.rowsMax = rowsMax }

    private mutating func add(_ mark: RowMark, part: Int) {
        sums[part] &+= mark.hash
        count += 1
        if rows.count < rowsMax { rows.append(mark) }
    }

    /// Tallies ranges: one walk over each table that they are of, whatever their number.
    ///
    /// - Parameters:
    ///   - ranges: all of one level, with the most rows that are to be named of each.
    ///   - reader: rows that this member may not read do not count.
    static func of(
        _ ranges: [RowRange: Int], in transaction: any ReplicaTransaction, for reader: MemberID
    ) throws -> [RowRange: RangeTally] {
        var result: [RowRange: RangeTally] = [:]
        for (table, ranges) in Dictionary(grouping: ranges, by: \.key.table) {
            guard let level = ranges.first?.key.level else { continue }
            var tallies = ranges.map { RangeTally(rowsMax: $0.value) }
            let places = Dictionary(uniqueKeysWithValues: ranges.enumerated().map { ($1.key.suffix, $0) })
            try transaction.eachHash(in: table, for: reader) { owner, id, hash in
                guard let place = places[RowRange.suffix(of: id, level: level)] else { return }
                let mark = RowMark(owner: owner, id: id, hash: UInt64(truncatingIfNeeded: hash))
                tallies[place].add(mark, part: RowRange.part(of: id, level: level))
            }
            for (place, range) in ranges.enumerated() { result[range.key] = tallies[place] }
        }
        return result
    }
}
