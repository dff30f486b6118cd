import Alliance
import Board
import CRDT
import Foundation
import Replica
import Sync

/// 2026-11-24 08:00 in China, Unix milliseconds: the moment of most looks.
let morning: UInt64 = 1_795_478_400_000
let minute: UInt64 = 60_000
let hour: UInt64 = 60 * minute
let day: UInt64 = 24 * hour

/// A node at the head that was heard and proved a second ago, but for what a test makes of it.
struct Node {
    var id: UInt128 = 7
    var heard = morning - 1_000
    var provedAt = morning - 1_000
    var cursor: UInt64 = 100
    var pending: UInt64 = 0
    var pendingSince: UInt64 = 0
    var schema: UInt32 = 1
    var offset: Int64 = 0
    var reported: [UInt32] = []
    var revoked: UInt64 = 0
    var isConfirmed = true
    var alarms: [Alarm] = []
    var copies: [ReplicaCopy] = []
    var conflicts = 0
    var oldestConflict: UInt64 = 0
    var missingSince: UInt64 = 0
    var hasReport = true

    static let replica = ReplicaID(rawValue: 11)

    var facts: NodeFacts {
        var report = NodeReport(replica: Self.replica)
        report.lastExchange = heard
        report.provedAt = provedAt
        report.provedRev = cursor
        report.cursor = cursor
        report.pending = pending
        report.pendingSince = pendingSince
        report.schema = schema
        report.clockOffset = offset
        report.alarms = reported
        report.program = "jilian test"
        return NodeFacts(
            id: RowID(rawValue: id), name: "一号机", member: MemberID(rawValue: 3), memberName: "甲校", place: "",
            joined: morning - 30 * day, revoked: revoked, isConfirmed: isConfirmed,
            replica: hasReport ? Self.replica : nil, report: hasReport ? report : nil, endedReplicas: [],
            copies: copies,
            alarms: alarms, openConflicts: conflicts, oldestConflict: oldestConflict, missingSince: missingSince)
    }

    func standing(
        _ tally: Tally? = nil, at now: UInt64 = morning, deaf: [Range<UInt64>] = [], windows: [Range<UInt64>] = []
    ) -> NodeStanding {
        NodeStanding(
            facts, tally, head: 100, schema: 1, rules: .standard, at: now, deaf: deaf, windows: windows)
    }
}

/// The whole alliance of some nodes, with a fresh backup and nothing else to say.
func alliance(_ nodes: [Node], recoveringSince: UInt64 = 0, lastBackup: UInt64 = morning - hour) -> AllianceFacts {
    AllianceFacts(
        alliance: "测试联盟", head: 100, schema: 1, nodes: nodes.map(\.facts), openConflicts: 0, oldestConflict: 0,
        openRequests: 0, recoveringSince: recoveringSince, lastBackup: lastBackup, founded: morning - 60 * day,
        alarms: [])
}

func tally(refused code: String? = nil, at time: UInt64 = morning - 1_000, success: UInt64 = morning - hour) -> Tally {
    Tally(
        since: morning - day, attempts: 10, refusals: code == nil ? 0 : 1, bytes: .none, items: .none,
        lastAttempt: time, lastSuccess: success,
        lastRefusal: code.map { .init(reason: .init(code: $0, phrase: .init("拒绝", "refused")), time: time) })
}

/// A folder that goes with this object.
final class Folder: Sendable {
    let path = NSTemporaryDirectory() + "/jilian-board-" + UUID().uuidString

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: path) }
}
