import CRDT
import Replica
import Sync

/// The board in Prometheus' text format, version 0.0.4.
///
/// Labels are bounded: `node` by the register, `state` by the states there are, `severity` by three. What is not known
/// has no sample: a missing one is not 0. Documented in Protocol/Metrics.md.
public struct Metrics: Sendable {
    private var text = ""

    /// The type to send it as.
    public static let type = "text/plain; version=0.0.4; charset=utf-8"

    /// - Parameter listeners: streams of the sync that are open; `nil` where nobody counts them.
    public static func text(_ board: HubBoard, listeners: Int? = nil) -> String {
        var metrics = Metrics()
        metrics.alliance(board, listeners)
        for measure in measures { metrics.nodes(board.active, measure) }
        return metrics.text
    }

    private mutating func alliance(_ board: HubBoard, _ listeners: Int?) {
        put(
            "jilian_journal_head", "gauge", "Rev of the journal's last entry", [("", Int64(clamping: board.facts.head))]
        )
        if let listeners {
            put("jilian_event_streams", "gauge", "Open streams of the sync's events", [("", Int64(listeners))])
        }
        let states = Dictionary(grouping: board.nodes, by: \.state).mapValues(\.count)
        put(
            "jilian_nodes", "gauge", "Nodes by state",
            NodeState.allCases.map { ("state=\"\($0.rawValue)\"", Int64(states[$0] ?? 0)) })
        let open = Dictionary(grouping: board.open, by: \.severity).mapValues(\.count)
        put(
            "jilian_alerts_open", "gauge", "Alerts that want somebody, by severity",
            [AlertKind.Severity.urgent, .attention, .notice].map { ("severity=\"\($0.name)\"", Int64(open[$0] ?? 0)) })
        put(
            "jilian_conflicts_open", "gauge", "Conflicts that nobody resolved", [("", Int64(board.facts.openConflicts))]
        )
        put("jilian_requests_open", "gauge", "Requests that nobody answered", [("", Int64(board.facts.openRequests))])
        if board.facts.lastBackup != 0 {
            put(
                "jilian_backup_time_seconds", "gauge", "When the newest kept backup was made, Unix time",
                [("", Int64(clamping: board.facts.lastBackup / 1000))])
        }
    }

    /// Something that is measured of each node.
    private struct Measure: Sendable {
        let name: String
        let kind: String
        let help: String
        let value: @Sendable (NodeStanding) -> Int64?

        init(_ name: String, _ kind: String, _ help: String, _ value: @escaping @Sendable (NodeStanding) -> Int64?) {
            self.name = "jilian_node_" + name
            self.kind = kind
            self.help = help
            self.value = value
        }
    }

    private static func seconds(_ milliseconds: UInt64) -> Int64? {
        milliseconds == 0 ? nil : Int64(clamping: milliseconds / 1000)
    }

    private static let measures: [Measure] = [
        Measure("last_success_time_seconds", "gauge", "When the hub last heard it, Unix time") {
            seconds($0.facts.lastHeard)
        },
        Measure("proved_time_seconds", "gauge", "When node and hub last proved to be equal, Unix time") {
            seconds($0.facts.report?.provedAt ?? 0)
        },
        Measure("behind_entries", "gauge", "Entries of the journal that it has not merged") {
            $0.behind.map { Int64(clamping: $0) }
        },
        Measure("pending_transactions", "gauge", "Transactions that no receipt covers, as it last said") {
            $0.facts.report.map { Int64(clamping: $0.pending) }
        },
        Measure("conflicts_open", "gauge", "Open conflicts of its member") { Int64($0.facts.openConflicts) },
        Measure("clock_offset_milliseconds", "gauge", "Its clock less the hub's") { $0.facts.report?.clockOffset },
        Measure("attempts_total", "counter", "Requests that were answered since observing began") {
            $0.tally.map { Int64(clamping: $0.attempts) }
        },
        Measure("refusals_total", "counter", "Of these, refused") { $0.tally.map { Int64(clamping: $0.refusals) } },
        Measure("received_bytes_total", "counter", "Bytes of its requests") {
            $0.tally.map { Int64(clamping: $0.bytes.up) }
        },
        Measure("sent_bytes_total", "counter", "Bytes of the answers") {
            $0.tally.map { Int64(clamping: $0.bytes.down) }
        },
    ]

    private mutating func nodes(_ nodes: [NodeStanding], _ measure: Measure) {
        put(
            measure.name, measure.kind, measure.help,
            nodes.compactMap { node in
                measure.value(node).map { ("node=\"\(node.facts.id)\",name=\"\(Self.escaped(node.facts.title))\"", $0) }
            })
    }

    private mutating func put(
        _ name: String, _ kind: String, _ help: String, _ samples: [(labels: String, value: Int64)]
    ) {
        guard !samples.isEmpty else { return }
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind)\n"
        for (labels, value) in samples {
            text += labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
        }
    }

    /// A label's value: backslash, quote and line feed are escaped.
    static func escaped(_ value: String) -> String {
        var escaped = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
