import CRDT
import Testing

/// The packed form of a row's clock against the map that it stands for, on every map and every form of a small universe.
struct PackedClockTests {
    private typealias Map = [UInt16: Stamp]

    private static let stamps = [Stamp(1, 2), Stamp(2, 1), Stamp(2, 2)]

    /// Every map of the columns 0 to 3 to one of three stamps or nothing.
    private static let maps: [Map] = (0...3).reduce([[:]]) { maps, column in
        maps.flatMap { map in
            [map] + stamps.map { map.merging([UInt16(column): $0]) { $1 } }
        }
    }

    private func row(_ map: Map) -> RowState {
        RowState(
            key: .tested, presence: map[0].map { Presence(length: 1, stamp: $0) },
            cells: map.filter { $0.key > 0 }.sorted { $0.key < $1.key }
                .map { Cell(column: ColumnID($0.key), value: .null, stamp: $0.value) })
    }

    private func map(_ clock: PackedClock) -> Map {
        var map: Map = [:]
        clock.forEach { column, stamp in map[column.rawValue] = stamp }
        return map
    }

    @Test func `packing and reading give the map back, column by column`() {
        for map in Self.maps {
            let clock = PackedClock(of: row(map))
            #expect(self.map(clock) == map)
            var columns: [UInt16] = []
            clock.forEach { column, _ in columns.append(column.rawValue) }
            #expect(columns == map.keys.sorted() && clock.count == map.count)
            for column in 0...5 as ClosedRange<UInt16> { #expect(clock.stamp(of: ColumnID(column)) == map[column]) }
        }
    }

    @Test func `cells that only lengthen the late list give the clock of the row that has them`() {
        var taken = 0
        for map in Self.maps {
            let clock = PackedClock(of: row(map))
            for (column, stamp) in (1...4 as ClosedRange<UInt16>).flatMap({ column in Self.stamps.map { (column, $0) } }
            ) {
                let cell = Cell(column: ColumnID(column), value: .null, stamp: stamp)
                guard clock.takesLate([cell]) else { continue }
                taken += 1
                #expect(clock.writing([cell]) == PackedClock(of: row(map.merging([column: stamp]) { $1 })))
            }
        }
        #expect(taken > 100)
    }

    @Test func `the base covers the columns from presence without a gap, and is the smallest of their stamps`() {
        for map in Self.maps {
            let clock = PackedClock(of: row(map))
            let dense = (0...4).first { map[$0] == nil } ?? 0
            #expect(clock.width == dense)
            #expect(clock.base == (0..<dense).compactMap { map[$0] }.min())
            // What a writer did not know, it did not write: the base never covers it.
            #expect((0..<clock.width).allSatisfy { map[$0] != nil })
            #expect(clock.late.map(\.column) == clock.late.map(\.column).sorted())
            #expect(clock.late.allSatisfy { $0.column.rawValue >= dense || $0.stamp != clock.base })
        }
    }

    @Test func `every packed clock is canonical`() {
        for map in Self.maps {
            let clock = PackedClock(of: row(map))
            #expect(PackedClock(width: clock.width, base: clock.base, late: clock.late) == clock)
        }
    }

    /// Every form with a width to 4, any base, and up to three late entries in any order: a form is taken exactly if
    /// packing what it says gives the same form.
    @Test func `a form is canonical exactly if packing gives it`() {
        let entries = (0...3).flatMap { column in
            Self.stamps.map { PackedClock.Late(column: ColumnID(column), stamp: $0) }
        }
        var lists: [[PackedClock.Late]] = [[]]
        for list in lists { lists += entries.map { list + [$0] } }
        for list in lists where list.count == 1 { lists += entries.map { list + [$0] } }
        for list in lists where list.count == 2 { lists += entries.map { list + [$0] } }
        let packed = Set(Self.maps.map { PackedClock(of: row($0)) })
        var taken = 0
        for width in 0...4 as ClosedRange<UInt16> {
            for base in [nil] + Self.stamps {
                for late in lists {
                    guard let clock = PackedClock(width: width, base: base, late: late) else { continue }
                    taken += 1
                    if !packed.contains(clock) { Issue.record("\(width), \(String(describing: base)), \(late)") }
                }
            }
        }
        #expect(taken == packed.count { $0.late.count <= 3 })
        #expect(lists.count == 1 + 12 + 144 + 1728)
    }

    @Test(arguments: [9, 0xBA5E] as [UInt64])
    func `a changed clock is refused, or says something else`(seed: UInt64) {
        var generator = Seeded(seed)
        for round in 0..<4000 {
            let row = generator.row(columns: 8)
            let clock = PackedClock(of: row)
            var (width, base, late) = (clock.width, clock.base, clock.late)
            switch generator.number(0...5) {
            case 0: width = UInt16(generator.number(0...9))
            case 1: base = generator.once(in: 3) ? nil : generator.stamp()
            case 2: late.shuffle(using: &generator)
            case 3: late.append(.init(column: ColumnID(UInt16(generator.number(0...9))), stamp: generator.stamp()))
            case 4: if !late.isEmpty { late.remove(at: generator.number(0...late.count - 1)) }
            default: if let base { late.insert(.init(column: .presence, stamp: base), at: 0) }
            }
            guard width != clock.width || base != clock.base || late != clock.late,
                let changed = PackedClock(width: width, base: base, late: late)
            else { continue }
            if map(changed) == map(clock) { Issue.record("seed \(seed), round \(round): \(clock) and \(changed)") }
        }
    }

    @Test func `a row that was written once has no late list, at any width`() {
        for width in [0, 1, 30, 255] as [UInt16] {
            let cells = (0..<width).map { Cell(column: ColumnID($0 + 1), value: .null, stamp: Stamp(5, 5)) }
            let row = RowState(key: .tested, presence: Presence(length: 1, stamp: Stamp(5, 5)), cells: cells)
            let clock = PackedClock(of: row)
            #expect(clock.late.isEmpty && clock.width == width + 1 && clock.base == Stamp(5, 5))
        }
    }
}
