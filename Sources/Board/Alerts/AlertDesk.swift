/// The life of an alert: noted, told after its grace, acknowledged or quiet for a while, gone with its condition.
public enum AlertDesk {
    /// What the file is to remember, given what stands. What no longer stands is forgotten: if it comes again, it is
    /// a new alert, whatever was said of the old one.
    public static func settle(_ conditions: [Condition], over records: [AlertRecord], at now: UInt64) -> [AlertRecord] {
        let known = Dictionary(records.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        return conditions.map { condition in
            known[condition.key]
                ?? AlertRecord(key: condition.key, since: min(condition.since ?? now, now), noted: now)
        }
    }

    /// The alerts in the order in which somebody should look: open ones first, then by severity, then the oldest.
    public static func alerts(
        _ conditions: [Condition], _ records: [AlertRecord], grace: UInt64, at now: UInt64
    ) -> [Alert] {
        let known = Dictionary(records.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        return conditions.compactMap { condition in
            known[condition.key].map { Alert(condition: condition, record: $0, phase: phase(of: $0, grace, now)) }
        }.sorted { left, right in
            if (left.phase == .open) != (right.phase == .open) { return left.phase == .open }
            if left.severity != right.severity { return left.severity > right.severity }
            if left.record.since != right.record.since { return left.record.since < right.record.since }
            return left.key.name < right.key.name
        }
    }

    private static func phase(of record: AlertRecord, _ grace: UInt64, _ now: UInt64) -> Alert.Phase {
        if record.quietUntil > now { return .quiet }
        if record.acknowledged != 0 { return .acknowledged }
        let stood = now - min(now, record.noted)
        return record.key.kind.isImmediate || stood >= grace * 1000 ? .open : .waiting
    }
}
