/// A section of one batch with two rows, in parts, so that a test can spoil exactly one of them.
struct BatchParts {
    var table: UInt64 = 1
    var rows: UInt64 = 2
    var owners: [[UInt8]] = [[UInt8](repeating: 1, count: 16)]
    var owner: [UInt64] = [0]
    var prefixes: [Int64] = [5, 0]
    var rest = [UInt8](repeating: 9, count: 27) + [10]
    var presence: [UInt64] = [1]
    var transaction: [UInt64] = [0, 1]
    var baseTime: [Int64] = []
    var baseReplica: [UInt64] = []
    var width: [UInt64] = []
    var lateCount: [UInt64] = []
    var late: [(column: UInt64, time: UInt64, replica: UInt64)] = []
    var columns = [ColumnParts()]

    var proto: Proto {
        var proto = Proto().varint(1, table).varint(2, rows)
        for owner in owners { proto = proto.bytes(3, owner) }
        proto = proto.packed(4, owner).signed(5, prefixes).bytes(6, rest).packed(7, presence).packed(8, transaction)
        proto = proto.signed(9, baseTime).packed(10, baseReplica).packed(11, width).packed(12, lateCount)
        proto = proto.packed(13, late.map(\.column)).packed(14, late.map(\.time)).packed(15, late.map(\.replica))
        for column in columns { proto = proto.message(16, column.proto) }
        return proto
    }
}

struct ColumnParts {
    var id: UInt64 = 1
    var kind: UInt64 = 1
    var nulls: [UInt8] = []
    var integers: [Int64] = [7, -7]
    var blob: [UInt8] = []
    var lengths: [UInt64] = []
    var choices: [UInt64] = []

    static func texts(_ texts: [String], choices: [UInt64] = []) -> ColumnParts {
        ColumnParts(
            kind: 2, integers: [], blob: texts.flatMap { Array($0.utf8) }, lengths: texts.map { UInt64($0.utf8.count) },
            choices: choices)
    }

    var proto: Proto {
        var proto = Proto().varint(1, id).varint(2, kind)
        if !nulls.isEmpty { proto = proto.bytes(3, nulls) }
        proto = proto.signed(4, integers)
        if !blob.isEmpty { proto = proto.bytes(5, blob) }
        return proto.packed(6, lengths).packed(7, choices)
    }
}

struct SectionParts {
    var times: [UInt64] = [100, 1]
    var replicas: [UInt64] = []
    var batches = [BatchParts()]

    var bytes: [UInt8] {
        var proto = Proto().packed(1, times)
        if !replicas.isEmpty { proto = proto.packedFixed(2, replicas) }
        for batch in batches { proto = proto.message(3, batch.proto) }
        return proto.bytes
    }

    /// State form: two rows of presence and column 1, the second with a late stamp of column 1.
    static var states: SectionParts {
        var batch = BatchParts()
        batch.transaction = []
        batch.baseTime = [50, 1]
        batch.baseReplica = [0]
        batch.width = [2]
        batch.lateCount = [0, 1]
        batch.late = [(column: 1, time: 99, replica: 1)]
        return SectionParts(times: [], replicas: [3, 4], batches: [batch])
    }

    /// With one thing changed in the batch.
    func with(_ change: (inout BatchParts) -> Void) -> [UInt8] {
        var parts = self
        change(&parts.batches[0])
        return parts.bytes
    }

    func withColumn(_ change: (inout ColumnParts) -> Void) -> [UInt8] { with { change(&$0.columns[0]) } }
}
