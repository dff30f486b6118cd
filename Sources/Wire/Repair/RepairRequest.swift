public import CRDT
import Foundation
import SwiftProtobuf

/// What a node asks the hub in a repair (修复): the sums of some ranges of rows, or rows themselves.
public struct RepairRequest: Hashable, Sendable {
    /// The node's cursor, and the journal hash there.
    public var position: JournalPosition
    public var journal: Hash256
    /// Of all `ranges`.
    public var level: Int
    /// None at level 0: every table.
    public var ranges: [RowRange]
    public var rows: [Asked]
    /// Every row was found equal although the digests differ: the hub is to recount its own.
    public var recount: Bool

    /// A row that is asked for, with the stamps that the asking side has in it: the hub looks for them in its journal.
    public struct Asked: Hashable, Sendable {
        public let key: RowKey
        public let stamps: [Stamp]

        public init(key: RowKey, stamps: [Stamp]) {
            self.key = key
            self.stamps = stamps
        }
    }

    public init(
        position: JournalPosition, journal: Hash256, level: Int = 0, ranges: [RowRange] = [], rows: [Asked] = [],
        recount: Bool = false
    ) {
        self.position = position
        self.journal = journal
        self.level = level
        self.ranges = ranges
        self.rows = rows
        self.recount = recount
    }

    public var bytes: [UInt8] {
        var message = PBRepairRequest()
        message.version = Limits.version
        message.epoch = PBEpoch(position.epoch)
        message.rev = position.rev
        message.journal = Data(journal.bytes)
        message.level = UInt32(level)
        for range in ranges {
            if message.tables.last?.table != UInt32(range.table.rawValue) {
                var table = PBRepairTable()
                table.table = UInt32(range.table.rawValue)
                message.tables.append(table)
            }
            message.tables[message.tables.count - 1].suffixes.append(range.suffix)
        }
        message.keys = rows.map { PBRepairKey($0) }
        message.recount = recount
        return message.serialisedBytes
    }

    private static let shape = ProtoShape([6: (Limits.repairRanges, nil), 7: (Limits.repairRows, nil)])

    public init(bytes: [UInt8]) throws(WireError) {
        let subject = "repair request"
        guard bytes.count <= Limits.repairRequestSize else {
            throw .limit(subject, "repairRequestSize: \(bytes.count) bytes")
        }
        try Self.shape.check(bytes, subject)
        let message = try PBRepairRequest(checked: bytes, subject)
        guard message.version == Limits.version else { throw WireError(.version, subject, "\(message.version)") }
        guard let journal = Hash256(bytes: message.journal) else { throw .malformed(subject, "journal hash") }
        guard message.level <= RowRange.levelMax else { throw .malformed(subject, "level \(message.level)") }
        let level = Int(message.level)
        var ranges: [RowRange] = []
        for table in message.tables {
            guard ranges.count + table.suffixes.count <= Limits.repairRanges else {
                throw .limit(subject, "repairRanges")
            }
            for suffix in table.suffixes { ranges.append(try RowRange(table.table, level, suffix, subject)) }
        }
        self.init(
            position: JournalPosition(epoch: message.epoch.value, rev: try message.rev.checked(subject, "rev")),
            journal: journal, level: level, ranges: ranges,
            rows: try message.keys.map { (key) throws(WireError) in try key.value(subject) },
            recount: message.recount)
    }
}

extension RowRange {
    init(_ table: UInt32, _ level: Int, _ suffix: UInt64, _ subject: String) throws(WireError) {
        guard let table = UInt16(exactly: table), suffix & ~Self.mask(level) == 0 else {
            throw .malformed(subject, "range \(suffix) at level \(level)")
        }
        self.init(table: TableID(rawValue: table), level: level, suffix: suffix)
    }
}

extension PBRepairKey {
    init(_ asked: RepairRequest.Asked) {
        self.init()
        table = UInt32(asked.key.table.rawValue)
        owner = Data(asked.key.owner.bytes)
        id = Data(asked.key.id.bytes)
        times = asked.stamps.map(\.time.rawValue)
        replicas = asked.stamps.map(\.replica.rawValue)
    }

    func value(_ subject: String) throws(WireError) -> RepairRequest.Asked {
        guard let table = UInt16(exactly: table), let owner = MemberID(bytes: owner), let id = RowID(bytes: id),
            times.count == replicas.count, times.count <= Limits.repairStamps,
            times.allSatisfy({ $0 <= UInt64(Int64.max) })
        else { throw .malformed(subject, "row") }
        let stamps = zip(times, replicas).map {
            Stamp(time: HybridTime(rawValue: $0), replica: ReplicaID(rawValue: $1))
        }
        return .init(key: RowKey(table: TableID(rawValue: table), owner: owner, id: id), stamps: stamps)
    }
}
