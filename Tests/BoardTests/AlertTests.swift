import Alliance
import Board
import CRDT
import Replica
import Sync
import Testing

@Suite struct AlertTests {
    private func conditions(_ nodes: [Node], at now: UInt64 = morning) -> [Condition] {
        let standings = nodes.map { $0.standing(at: now) }
        return Condition.standing(alliance(nodes), standings, rules: .standard, at: now)
    }

    private let node = RowID(rawValue: 7)

    @Test func `what is calm alarms nobody`() {
        #expect(conditions([Node(), Node(heard: morning - day), Node(hasReport: false)]).isEmpty)
    }

    @Test func `each that wants somebody is told once, in both languages`() {
        let found = conditions([
            Node(id: 1, heard: morning - 4 * day), Node(id: 2, offset: 3_600_000), Node(id: 3, schema: 2),
            Node(id: 4, pending: 3, pendingSince: morning - 2 * day),
            Node(id: 5, conflicts: 1, oldestConflict: morning - 2 * day), Node(id: 6, isConfirmed: false),
            Node(id: 7, alarms: [Alarm(.digest, subject: "x", detail: "", since: morning)]),
            Node(id: 8, copies: [StateTests.copy]),
        ])
        #expect(
            found.map(\.key.kind) == [
                .lost, .clock, .version, .stuck, .conflict, .unconfirmed, .faulty, .copied,
            ])
        #expect(found.map { Int($0.key.subject.rawValue) } == Array(1...8))
        #expect(found.allSatisfy { !$0.detail.zh.isEmpty && !$0.detail.en.isEmpty })
        #expect(found[1].detail.zh.contains("快 1 小时"))
    }

    @Test func `the hub's own affairs are alerts`() {
        let found = Condition.standing(
            alliance([], recoveringSince: morning - hour, lastBackup: 0), [], rules: .standard, at: morning)
        #expect(found.map(\.key.kind) == [.recovering, .backup])
        #expect(
            Condition.standing(alliance([], lastBackup: morning - 7 * day), [], rules: .standard, at: morning).isEmpty)
        #expect(
            Condition.standing(alliance([], lastBackup: morning - 7 * day - 1), [], rules: .standard, at: morning)
                .count == 1)
    }

    // MARK: Life

    private func settle(_ conditions: [Condition], _ records: [AlertRecord], at now: UInt64) -> [AlertRecord] {
        AlertDesk.settle(conditions, over: records, at: now)
    }

    private func phases(_ conditions: [Condition], _ records: [AlertRecord], at now: UInt64) -> [Alert.Phase] {
        AlertDesk.alerts(conditions, records, grace: 120, at: now).map(\.phase)
    }

    @Test func `it waits for its grace, and no longer`() {
        let standing = [Condition(.clock, node, .init("钟", "clock"))]
        let records = settle(standing, [], at: morning)
        #expect(phases(standing, records, at: morning + 119_999) == [.waiting])
        #expect(phases(standing, records, at: morning + 120_000) == [.open])
        let later = settle(standing, records, at: morning + minute)
        #expect(later == records, "its grace runs from when it was first noted")
    }

    @Test func `what can't wait is told at once`() {
        let standing = [Condition(.copied, node, .init("份", "copies"))]
        #expect(phases(standing, settle(standing, [], at: morning), at: morning) == [.open])
    }

    @Test func `an acknowledged one stays, wants nobody, and is new when it comes again`() {
        let standing = [Condition(.lost, node, .init("失", "lost"))]
        var records = settle(standing, [], at: morning)
        records[0].acknowledged = morning
        let later = settle(standing, records, at: morning + day)
        #expect(phases(standing, later, at: morning + day) == [.acknowledged])
        #expect(settle([], later, at: morning + day).isEmpty)
        let again = settle(standing, [], at: morning + 2 * day)
        #expect(phases(standing, again, at: morning + 2 * day) == [.open])
    }

    @Test func `a quiet one is told again when its time is over`() {
        let standing = [Condition(.lost, node, .init("失", "lost"))]
        var records = settle(standing, [], at: morning)
        records[0].quietUntil = morning + hour
        #expect(phases(standing, records, at: morning + hour - 1) == [.quiet])
        #expect(phases(standing, records, at: morning + hour) == [.open])
    }

    @Test func `open ones come first, then the severe, then the old`() {
        let standing = [
            Condition(.conflict, RowID(rawValue: 1), since: morning - 9 * day, .init("", "")),
            Condition(.lost, RowID(rawValue: 2), since: morning - hour, .init("", "")),
            Condition(.lost, RowID(rawValue: 3), since: morning - day, .init("", "")),
            Condition(.copied, RowID(rawValue: 4), since: morning - 30 * day, .init("", "")),
        ]
        var records = settle(standing, [], at: morning)
        records[3].acknowledged = morning
        let alerts = AlertDesk.alerts(standing, records, grace: 120, at: morning + hour)
        #expect(alerts.map { Int($0.key.subject.rawValue) } == [3, 2, 1, 4])
    }

    @Test func `a name names its alert`() {
        for kind in AlertKind.allCases {
            let key = AlertKey(kind, node)
            #expect(AlertKey(name: key.name) == key)
        }
        for wrong in ["", "lost", "lost:", "lost:7", "none:\(node)"] { #expect(AlertKey(name: wrong) == nil) }
    }
}
