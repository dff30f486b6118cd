public import Alliance
public import CRDT
import Foundation
import SwiftProtobuf

/// What the hub decided of a segment when it journaled it: which transactions everyone merges it without (裁定).
public struct Verdict: Hashable, Sendable {
    /// The transactions struck out, ascending by time.
    public let strikes: [Strike]
    /// The hash of the detail, which only the author's member and the secretariat receive; `nil` without strikes.
    public let detail: Hash256?

    public struct Strike: Hashable, Sendable {
        public let time: HybridTime
        /// The first reason.
        public let code: Violation.Code

        public init(time: HybridTime, code: Violation.Code) {
            self.time = time
            self.code = code
        }
    }

    public init(strikes: [Strike], detail: Hash256?) {
        self.strikes = strikes
        self.detail = detail
    }

    public static let accepted = Verdict(strikes: [], detail: nil)

    public func strikes(_ time: HybridTime) -> Bool { strikes.contains { $0.time == time } }

    public var bytes: [UInt8] {
        var message = PBVerdict()
        message.strikes = strikes.map { strike in
            var entry = PBStrike()
            entry.time = strike.time.rawValue
            entry.code = UInt32(strike.code.rawValue)
            return entry
        }
        message.detail = Data(detail?.bytes ?? [])
        return message.serialisedBytes
    }

    private static let shape = ProtoShape([1: (Limits.strikes, nil)])

    public init(bytes: [UInt8]) throws(WireError) {
        try Self.shape.check(bytes, "verdict")
        let message = try PBVerdict(checked: bytes, "verdict")
        var strikes: [Strike] = []
        for entry in message.strikes {
            guard let code = UInt8(exactly: entry.code), code > 0 else {
                throw .malformed("verdict", "reason \(entry.code)")
            }
            if let last = strikes.last, last.time.rawValue >= entry.time {
                throw .malformed("verdict", "strikes do not ascend")
            }
            strikes.append(Strike(time: HybridTime(rawValue: try entry.time.checked("verdict", "time")),
                    code: Violation.Code(rawValue: code)))
        }
        let detail = Hash256(bytes: message.detail)
        guard (detail == nil) == strikes.isEmpty else { throw .malformed("verdict", "detail") }
        self.init(strikes: strikes, detail: detail)
    }
}

/// Every offending row of the transactions that a verdict strikes out.
public struct VerdictDetail: Hashable, Sendable {
    public let offences: [Offence]

    public struct Offence: Hashable, Sendable {
        public let time: HybridTime
        public let violation: Violation

        public init(time: HybridTime, violation: Violation) {
            self.time = time
            self.violation = violation
        }
    }

    public init(offences: [Offence]) { self.offences = offences }

    public var bytes: [UInt8] {
        var message = PBVerdictDetail()
        message.offences = offences.map { offence in
            var entry = PBOffence()
            entry.time = offence.time.rawValue
            entry.code = UInt32(offence.violation.code.rawValue)
            entry.table = UInt32(offence.violation.key.table.rawValue)
            entry.owner = Data(offence.violation.key.owner.bytes)
            entry.id = Data(offence.violation.key.id.bytes)
            entry.column = UInt32(offence.violation.column?.rawValue ?? 0)
            return entry
        }
        return message.serialisedBytes
    }

    private static let shape = ProtoShape([1: (Limits.offences, nil)])

    public init(bytes: [UInt8]) throws(WireError) {
        try Self.shape.check(bytes, "verdict detail")
        let message = try PBVerdictDetail(checked: bytes, "verdict detail")
        offences = try message.offences.map { (entry) throws(WireError) in
            guard let code = UInt8(exactly: entry.code), code > 0,
                let table = UInt16(exactly: entry.table), let owner = MemberID(bytes: entry.owner),
                let id = RowID(bytes: entry.id), let column = UInt16(exactly: entry.column)
            else { throw .malformed("verdict detail", "offence") }
            let key = RowKey(table: TableID(rawValue: table), owner: owner, id: id)
            return Offence(
                time: HybridTime(rawValue: try entry.time.checked("verdict detail", "time")),
                violation: Violation(Violation.Code(rawValue: code), key, column == 0 ? nil : ColumnID(column)))
        }
    }
}
