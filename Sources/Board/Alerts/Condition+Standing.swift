public import Alliance
import CRDT
public import Replica
import Sync
import Wire

extension Condition {
    /// Everything that stands, of the hub and of all nodes.
    public static func standing(
        _ facts: AllianceFacts, _ nodes: [NodeStanding], rules: BoardRules, at now: UInt64
    ) -> [Condition] {
        ofHub(facts, at: now) + nodes.filter { $0.state != .revoked }.flatMap { of($0, facts.schema, rules, at: now) }
    }

    // MARK: The hub

    /// How old the newest backup may be, milliseconds: a week.
    private static let backupAge: UInt64 = 7 * 86_400_000

    private static func ofHub(_ facts: AllianceFacts, at now: UInt64) -> [Condition] {
        var found: [Condition] = []
        if facts.recoveringSince != 0 {
            found.append(
                Condition(
                    .recovering, AlertKey.hub, since: facts.recoveringSince,
                    Phrase(
                        "中心从备份恢复后，各节点正在交还它缺少的改动，其间不分配名额与时段。到“恢复”页核对后结束。",
                        "The hub was restored: nodes return what it lacks, and nothing is granted meanwhile. Check and close it under Recovery."
                    )))
        }
        let own = facts.alarms.filter { $0.kind != .restored }
        if let alarm = own.first {
            found.append(Condition(.hub, AlertKey.hub, since: alarm.since, alarm.kind.phrase))
        }
        let basis = max(facts.lastBackup, facts.founded)
        if now > basis, now - basis > backupAge {
            found.append(
                Condition(
                    .backup, AlertKey.hub, since: basis + backupAge,
                    facts.lastBackup == 0
                        ? Phrase("中心还没有备份，磁盘损坏会失去日志；请运行 hub backup。", "There is no backup of the hub; run hub backup.")
                        : Phrase(
                            "最近一次备份已超过 7 天；请运行 hub backup。", "The last backup is more than 7 days old; run hub backup.")
                ))
        }
        return found
    }

    // MARK: A node

    private static func of(
        _ node: NodeStanding, _ schema: UInt32, _ rules: BoardRules, at now: UInt64
    ) -> [Condition] {
        let facts = node.facts
        var found: [Condition] = []
        func add(_ kind: AlertKind, since: UInt64? = nil, _ detail: Phrase) {
            found.append(Condition(kind, facts.id, since: since, detail))
        }
        let waiting = facts.copies.filter { $0.decision == .waiting }
        if !waiting.isEmpty {
            add(
                .copied, since: waiting.map(\.firstSeen).min(),
                Phrase(
                    "发现 \(waiting.count) 份在用，都已停止发送，数据都在；请判定哪一份继续（hub fork）。",
                    "\(waiting.count) copies were found; all have stopped sending, nothing is lost; say which go on (hub fork)."
                ))
        } else if let alarm = facts.alarms.first {
            add(.faulty, since: alarm.since, alarm.kind.phrase)
        } else if let kind = facts.report?.alarms.compactMap({ Alarm.Kind(rawValue: $0) }).first {
            add(.faulty, kind.phrase)
        }
        if node.state == .lost, let silence = node.silence {
            add(
                .lost, since: now - min(now, silence) + rules.lostAfter * 1000,
                Phrase(
                    "已 \(Words.duration(silence).zh) 没有消息。它的数据在它自己的磁盘上，照常可用；请联系该单位。",
                    "Nothing was heard for \(Words.duration(silence).en). Its data are on its own disk; ask the member."
                ))
        }
        if NodeStanding.isClockOff(facts, rules), node.state != .planned, let offset = facts.report?.clockOffset {
            add(
                .clock,
                Phrase(
                    "本机时钟\(Words.offset(offset).zh)。改动按中心的时间记录，没有丢失；请校正该机时钟。",
                    "Its clock is \(Words.offset(offset).en). Its edits are stamped by the hub's time, nothing is lost; set its clock."
                ))
        }
        if let refusal = node.tally?.standingRefusal, facts.isConfirmed {
            add(.refused, since: node.tally?.lastSuccess == 0 ? nil : node.tally?.lastRefusal?.time, refusal.phrase)
        }
        if let report = facts.report, report.schema != 0, report.schema != schema {
            add(
                .version,
                report.schema < schema
                    ? Phrase(
                        "节点程序较旧（\(report.program)，数据版本 \(report.schema)）；新栏目在它那里看不到，但会保留。请升级该节点。",
                        "Its program is older (\(report.program), schema \(report.schema)): it keeps new columns unseen. Upgrade it."
                    )
                    : Phrase(
                        "节点程序较新（\(report.program)，数据版本 \(report.schema)）；它的改动在等中心升级，没有丢失。",
                        "Its program is newer (\(report.program), schema \(report.schema)): its edits wait for the hub's upgrade."
                    ))
        }
        if let report = facts.report, report.pending > 0, report.pendingSince > 0, node.state.isHeard,
            now > report.pendingSince, now - report.pendingSince > rules.waitMax * 1000
        {
            add(
                .stuck, since: report.pendingSince + rules.waitMax * 1000,
                Phrase(
                    "\(report.pending) 项改动未被接受，最早的已 \(Words.duration(now - report.pendingSince).zh)；它们在该节点上完好。",
                    "\(report.pending) edits are not accepted, the oldest for \(Words.duration(now - report.pendingSince).en); they are safe there."
                ))
        }
        if facts.openConflicts > 0, now > facts.oldestConflict, now - facts.oldestConflict > rules.waitMax * 1000 {
            add(
                .conflict, since: facts.oldestConflict + rules.waitMax * 1000,
                Phrase(
                    "\(facts.openConflicts) 个冲突未处理，最早的已 \(Words.duration(now - facts.oldestConflict).zh)；两个值都保留着，由该单位选定。",
                    "\(facts.openConflicts) conflicts are open, the oldest for \(Words.duration(now - facts.oldestConflict).en); both values are kept; the member chooses."
                ))
        }
        if !facts.isConfirmed {
            add(
                .unconfirmed, since: facts.joined,
                Phrase(
                    "该单位已有节点，要由其中一个确认（node confirm）后，新节点才能同步。",
                    "One of the member's earlier nodes must confirm it (node confirm)."))
        }
        return found
    }
}

/// Durations and offsets as people say them.
public enum Words {
    /// `38 分钟`, `2.1 小时`, `9 天`; of milliseconds.
    public static func duration(_ milliseconds: UInt64) -> Phrase {
        let seconds = milliseconds / 1000
        func tenths(_ unit: UInt64) -> String {
            let tenths = seconds * 10 / unit
            return tenths % 10 == 0 || tenths >= 100 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
        }
        switch seconds {
        case ..<60: return Phrase("\(seconds) 秒", "\(seconds) s")
        case ..<3_600: return Phrase("\(seconds / 60) 分钟", "\(seconds / 60) min")
        case ..<86_400: return Phrase("\(tenths(3_600)) 小时", "\(tenths(3_600)) h")
        default: return Phrase("\(tenths(86_400)) 天", "\(tenths(86_400)) d")
        }
    }

    /// `快 6 分钟`; of milliseconds by which a clock is ahead. Less than a second is no difference.
    public static func offset(_ milliseconds: Int64) -> Phrase {
        guard milliseconds.magnitude >= 1000 else { return Phrase("准", "right") }
        let words = duration(milliseconds.magnitude)
        return milliseconds < 0
            ? Phrase("慢 \(words.zh)", "\(words.en) slow") : Phrase("快 \(words.zh)", "\(words.en) fast")
    }
}
