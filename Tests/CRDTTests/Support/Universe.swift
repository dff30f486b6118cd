import CRDT
import Testing

/// Every state of one row that can be made of a few columns, stamps, values and causal lengths.
///
/// It is closed: what two of its states merge to is one of them. So all triples can be checked on a table of pairs.
struct Universe: CustomTestStringConvertible {
    let testDescription: String
    let states: [RowState]
    let index: [RowState: Int]

    init(_ name: String, columns: [UInt16], stamps: [Stamp], values: [Value], lengths: ClosedRange<UInt32>?) {
        testDescription = name
        let presences = (lengths.map(Array.init) ?? []).flatMap { length in
            stamps.map { Presence(length: length, stamp: $0) }
        }
        var states = ([nil] + presences).map { RowState(key: .tested, presence: $0, cells: []) }
        for column in columns {
            let cells = stamps.flatMap { stamp in
                values.map { Cell(column: ColumnID(column), value: $0, stamp: stamp) }
            }
            states = states.flatMap { state in
                [state] + cells.map { RowState(key: .tested, presence: state.presence, cells: state.cells + [$0]) }
            }
        }
        self.states = states
        index = Dictionary(uniqueKeysWithValues: zip(states, states.indices))
    }

    /// Two replicas and two times.
    private static let stamps = [Stamp(1, 1), Stamp(1, 2), Stamp(2, 1), Stamp(2, 2)]
    private static let values: [Value] = [.null, .integer(1), .text("a")]

    static let all = [
        Universe("two columns", columns: [1, 2], stamps: stamps, values: values, lengths: nil),
        Universe("a column and presence", columns: [1], stamps: stamps, values: values, lengths: 1...3),
        Universe("a column of a newer schema", columns: [3], stamps: stamps, values: values, lengths: 1...3),
        Universe(
            "two columns and presence", columns: [1, 2], stamps: [Stamp(1, 2), Stamp(2, 1)],
            values: [.null, .text("a")], lengths: 1...3),
    ]
}
