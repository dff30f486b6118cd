public import Alliance
import CRDT
public import Replica
import Sync
import Wire

extension Observer {
    /// The whole board, for programs: counters with their history, lags of all, alerts, throughput, log, nodes.
    public func boardJSON(_ board: HubBoard, _ tier: Tier) throws -> JSON {
        let history = try file.allianceSamples(tier, to: board.now)
        let names = Dictionary(uniqueKeysWithValues: board.nodes.map { ($0.facts.id, $0.facts.title) })
        return [
            "asOf": JSON(board.now), "serving": .bool(board.isServing), "watched": JSON(time: board.watched ?? 0),
            "alliance": .string(board.facts.alliance), "head": JSON(board.facts.head), "tier": .string(tier.name),
            "needing": JSON(board.needing.count), "counters": board.counters(history.map(\.sample)),
            "states": .object(
                Dictionary(grouping: board.nodes, by: \.state).reduce(into: [:]) {
                    $0[$1.key.rawValue] = JSON($1.value.count)
                }),
            "alerts": .array(board.alerts.map { JSON($0, names) }),
            "throughput": .array(
                history.map { slot, sample in
                    ["at": JSON(slot), "up": JSON(sample.items.up), "down": JSON(sample.items.down)]
                }),
            "log": .array(try file.latestLines(40).map { JSON($0, names) }),
            "nodes": .array(board.nodes.map { JSON($0) }), "rules": board.rules.json,
            "silences": .array(board.silences.filter { $0.range.upperBound > board.now }.map { JSON($0) }),
        ]
    }
}

extension Observer {
    /// The alerts of a board, in the order in which somebody should look.
    public func alertsJSON(_ board: HubBoard) -> JSON {
        let names = Dictionary(uniqueKeysWithValues: board.nodes.map { ($0.facts.id, $0.facts.title) })
        return .array(board.alerts.map { JSON($0, names) })
    }

    public func silencesJSON(_ windows: [SilenceWindow]) -> JSON { .array(windows.map { JSON($0) }) }
}

extension HubBoard {
    /// Six figures, each with what it was before; what was not seen is null.
    func counters(_ history: [AllianceSample]) -> JSON {
        func counter(_ value: UInt64?, _ path: KeyPath<AllianceSample, UInt64?>) -> JSON {
            ["value": JSON(known: value), "history": .array(history.map { JSON(known: $0[keyPath: path]) })]
        }
        return [
            "nodes": JSON(active.count),
            "heard": counter(UInt64(active.count(where: \.state.isHeard)), \.heard),
            "lagMiddle": counter(lag(50), \.middle), "lagHigh": counter(lag(90), \.high),
            "pending": counter(pending, \.pending),
            "conflicts": counter(UInt64(facts.openConflicts), \.conflicts),
            "requests": counter(UInt64(facts.openRequests), \.requests),
        ]
    }
}

extension NodeFacts {
    /// `甲校 · 一号机`: whose it is and what it is called.
    public var title: String { name.isEmpty ? memberName : "\(memberName) · \(name)" }
}

extension JSON {
    /// What is not known is `null`, never 0.
    init(known number: UInt64?) { self = number.map { JSON($0) } ?? .null }

    init(_ phrase: Phrase) { self = ["zh": .string(phrase.zh), "en": .string(phrase.en)] }

    init(_ traffic: Traffic) { self = ["up": JSON(traffic.up), "down": JSON(traffic.down)] }

    init(_ window: SilenceWindow) {
        self = [
            "id": JSON(window.id), "member": JSON(window.member), "from": JSON(window.range.lowerBound),
            "to": JSON(window.range.upperBound), "reason": .string(window.reason), "author": .string(window.author),
        ]
    }

    init(_ node: NodeStanding) {
        let facts = node.facts
        let report = facts.report
        let refusal = node.tally?.lastRefusal
        self = [
            "id": JSON(facts.id), "name": .string(facts.name), "member": JSON(facts.member),
            "memberName": .string(facts.memberName), "place": .string(facts.place),
            "replica": facts.replica.map { JSON($0) } ?? .null, "state": .string(node.state.rawValue),
            "words": JSON(node.state.phrase), "tone": .string(node.state.tone.rawValue),
            "lastSuccess": JSON(time: facts.lastHeard), "lastAttempt": JSON(time: node.tally?.lastAttempt ?? 0),
            "lastRefusal": refusal.map {
                [
                    "code": .string($0.reason.code), "zh": .string($0.reason.phrase.zh),
                    "en": .string($0.reason.phrase.en), "time": JSON($0.time),
                    "stands": .bool(node.tally?.standingRefusal != nil),
                ]
            } ?? .null,
            "silence": JSON(known: node.silence), "lag": JSON(known: node.lag), "behind": JSON(known: node.behind),
            "rev": report.map { JSON($0.cursor) } ?? .null, "pending": report.map { JSON($0.pending) } ?? .null,
            "pendingSince": JSON(time: report?.pendingSince ?? 0), "conflicts": JSON(facts.openConflicts),
            "program": report.map { .string($0.program) } ?? .null, "schema": report.map { JSON($0.schema) } ?? .null,
            "clockOffset": report.map { .number($0.clockOffset) } ?? .null,
            "provedAt": JSON(time: report?.provedAt ?? 0), "provedRev": report.map { JSON($0.provedRev) } ?? .null,
            "bytes": node.tally.map { JSON($0.bytes) } ?? .null, "items": node.tally.map { JSON($0.items) } ?? .null,
            "attempts": JSON(known: node.tally?.attempts), "refusals": JSON(known: node.tally?.refusals),
            "countedSince": JSON(time: node.tally?.since ?? 0), "restorations": JSON(facts.endedReplicas.count),
            "copies": JSON(facts.copies.count), "planned": .bool(node.isPlanned),
        ]
    }

    init(_ alert: Alert, _ names: [RowID: String]) {
        let record = alert.record
        self = [
            "name": .string(alert.key.name), "kind": .string(alert.key.kind.rawValue),
            "node": alert.key.subject == AlertKey.hub ? .null : JSON(alert.key.subject),
            "subject": .string(names[alert.key.subject] ?? "中心"), "severity": .string(alert.severity.name),
            "phase": .string(alert.phase.rawValue), "title": JSON(alert.key.kind.title),
            "detail": JSON(alert.condition.detail), "since": JSON(record.since),
            "acknowledged": JSON(time: record.acknowledged), "author": .string(record.author),
            "note": .string(record.note), "quietUntil": JSON(time: record.quietUntil),
        ]
    }

    init(_ line: AttemptLine, _ names: [RowID: String]) {
        self = [
            "node": JSON(line.node), "title": .string(names[line.node] ?? ""), "kind": .string(line.kind.rawValue),
            "first": JSON(line.first), "last": JSON(line.last), "times": JSON(line.times),
            "refusal": line.refusal.map {
                ["code": .string($0.code), "zh": .string($0.phrase.zh), "en": .string($0.phrase.en)]
            } ?? .null,
            "items": JSON(line.items), "bytes": JSON(line.bytes), "milliseconds": JSON(line.milliseconds),
            "words": JSON(line.phrase),
        ]
    }
}

extension AttemptLine {
    /// What happened, in words.
    public var phrase: Phrase {
        if let refusal { return refusal.phrase }
        let often = times > 1 ? Phrase("，共 \(times) 次", ", \(times) times") : Phrase("", "")
        let what =
            switch (kind, items.isNone) {
            case (.repair, _): Phrase("修复对账", "repair")
            case (.snapshot, _): Phrase("取快照", "snapshot fetched")
            case (.exchange, true): Phrase("无新内容", "nothing new")
            case (.exchange, false): Phrase("上行 \(items.up) 项，下行 \(items.down) 项", "\(items.up) up, \(items.down) down")
            }
        return Phrase(what.zh + often.zh, what.en + often.en)
    }
}
