public import Alliance
public import CRDT
import Foundation
import SwiftProtobuf

/// What the hub answers in a repair.
public struct RepairResponse: Hashable, Sendable {
    /// The rev of the hub's head: it may have moved on since the asking node's cursor.
    public var head: UInt64
    /// Each range that was asked for, in order; without ranges in the request the tables that have rows.
    public var ranges: [Answered]
    /// The rows that were asked for, by audience: what is stored of them and the asking member may read.
    public var sections: [Rows]
    /// How many of the asked rows, from the first, `sections` covers.
    public var answered: Int
    /// Rows that the hub re-merged in its own file meanwhile.
    public var mended: Int

    /// What stands in a range.
    public struct Answered: Hashable, Sendable {
        public let range: RowRange
        public let content: Content

        public init(range: RowRange, content: Content) {
            self.range = range
            self.content = content
        }
    }

    public enum Content: Hashable, Sendable {
        /// Of each part the sum of its rows' hashes, modulo 2^64.
        case sums([UInt64])
        /// So few rows that they are named.
        case rows([RowMark])
    }

    /// Rows of one audience: a zstd frame of a section in state form.
    public struct Rows: Hashable, Sendable {
        public let audience: Audience
        public let rawSize: Int
        public let frame: [UInt8]

        public init(audience: Audience, states: [RowState]) {
            let raw = Section.encode(states: states)
            self.init(audience: audience, rawSize: raw.count, frame: Section.compress(raw))
        }

        init(audience: Audience, rawSize: Int, frame: [UInt8]) {
            self.audience = audience
            self.rawSize = rawSize
            self.frame = frame
        }

        public func states() throws(WireError) -> [RowState] {
            try Section.states(Section.decompress(frame, size: rawSize))
        }
    }

    public init(head: UInt64, ranges: [Answered] = [], sections: [Rows] = [], answered: Int = 0, mended: Int = 0) {
        self.head = head
        self.ranges = ranges
        self.sections = sections
        self.answered = answered
        self.mended = mended
    }

    public var bytes: [UInt8] {
        var message = PBRepairResponse()
        message.version = Limits.version
        message.head = head
        message.ranges = ranges.map { PBRepairRange($0) }
        message.sections = sections.map { rows in
            var section = PBRepairSection()
            section.audience = Data(rows.audience.bytes)
            section.rawSize = UInt32(rows.rawSize)
            section.body = Data(rows.frame)
            return section
        }
        message.answered = UInt32(answered)
        message.mended = UInt32(mended)
        return message.serialisedBytes
    }

    private static let shape = ProtoShape([
        3: (Limits.repairRanges, ProtoShape([4: (Limits.repairRangeRows, nil)])), 4: (Limits.repairRows, nil),
    ])

    /// - Parameter level: of the ranges that were asked for.
    public init(bytes: [UInt8], level: Int) throws(WireError) {
        let subject = "repair answer"
        guard bytes.count <= Limits.messageSize else { throw .limit(subject, "messageSize: \(bytes.count) bytes") }
        try Self.shape.check(bytes, subject)
        let message = try PBRepairResponse(checked: bytes, subject)
        guard message.version == Limits.version else { throw WireError(.version, subject, "\(message.version)") }
        self.init(
            head: try message.head.checked(subject, "head"),
            ranges: try message.ranges.map { (range) throws(WireError) in try range.value(level, subject) },
            sections: try message.sections.map { (section) throws(WireError) in
                guard let audience = Audience(bytes: section.audience), section.rawSize <= Limits.sectionRawSize else {
                    throw .malformed(subject, "section")
                }
                return Rows(audience: audience, rawSize: Int(section.rawSize), frame: [UInt8](section.body))
            },
            answered: Int(message.answered), mended: Int(message.mended))
    }
}

extension PBRepairRange {
    init(_ answered: RepairResponse.Answered) {
        self.init()
        table = UInt32(answered.range.table.rawValue)
        suffix = answered.range.suffix
        switch answered.content {
        case .sums(let sums): self.sums = sums
        case .rows(let marks):
            rows = marks.map { mark in
                var row = PBRepairRow()
                row.owner = Data(mark.owner.bytes)
                row.id = Data(mark.id.bytes)
                row.hash = mark.hash
                return row
            }
        }
    }

    func value(_ level: Int, _ subject: String) throws(WireError) -> RepairResponse.Answered {
        let range = try RowRange(table, level, suffix, subject)
        guard sums.isEmpty || sums.count == RowRange.parts && rows.isEmpty && level < RowRange.levelMax else {
            throw .malformed(subject, "\(sums.count) sums")
        }
        guard sums.isEmpty else { return .init(range: range, content: .sums(sums)) }
        let marks = try rows.map { (row) throws(WireError) -> RowMark in
            guard let owner = MemberID(bytes: row.owner), let id = RowID(bytes: row.id) else {
                throw .malformed(subject, "row")
            }
            return RowMark(owner: owner, id: id, hash: row.hash)
        }
        return .init(range: range, content: .rows(marks))
    }
}
