import Alliance
import Replica
import Web

extension JSON {
    /// A number; 0 for anything else.
    var count: Int64 { if case .number(let number) = self { number } else { 0 } }
    var list: [JSON] { if case .array(let items) = self { items } else { [] } }
}

/// A booking as pages show it.
struct ShownBooking: Sendable {
    let id: String
    let space: String
    let member: String
    let host: String
    /// Unix milliseconds.
    let from: Int64
    let to: Int64
    let purpose: String
    let className: String
    let people: Int64
    let workstations: Int64
    /// `confirmed`, `requested`, `partly`, `declined`, `cancelled`, `withdrawn`, `disputed`.
    let state: String
    let isSent: Bool
    let reason: String
    let alternatives: [(from: Int64, to: Int64)]

    init(_ json: JSON) {
        func text(_ name: String) -> String { json[name]?.text ?? "" }
        func number(_ name: String) -> Int64 { json[name]?.count ?? 0 }
        id = text("id")
        space = text("space")
        member = text("member")
        host = text("host")
        (from, to) = (number("from"), number("to"))
        purpose = text("purpose")
        className = text("className")
        people = number("heads")
        workstations = number("workstations")
        state = text("state")
        isSent = json["sent"] == true
        reason = text("reason")
        alternatives = (json["alternatives"]?.list ?? []).map { ($0["from"]?.count ?? 0, $0["to"]?.count ?? 0) }
    }

    var title: String { className.isEmpty ? purpose : "\(purpose) · \(className)" }

    var heads: HTML {
        people > 0 ? HTML(NodeTexts.people(people)) : HTML(NodeTexts.workstations(workstations))
    }

    /// Its state: what was confirmed with no line is confirmed all the same, and still to be sent.
    func pill(at now: Int64) -> Pill {
        switch state {
        case "confirmed" where to <= now: Pill(.plain, .check, NodeTexts.over)
        case "confirmed" where from <= now: Pill(.ok, .pulse, NodeTexts.goingOn)
        case "confirmed" where !isSent: Pill(.info, .cloudUp, NodeTexts.confirmedHere)
        case "confirmed": Pill(.ok, .check, NodeTexts.confirmed)
        case "requested": Pill(.warn, .clock, isSent ? NodeTexts.requested : NodeTexts.requestUnsent)
        case "partly": Pill(.warn, .clock, NodeTexts.partly)
        case "declined": Pill(.bad, nil, NodeTexts.declined)
        case "disputed": Pill(.bad, .warning, NodeTexts.disputed)
        case "withdrawn": Pill(.plain, nil, NodeTexts.withdrawn)
        default: Pill(.plain, nil, NodeTexts.cancelled)
        }
    }
}

/// A plan as pages show it.
struct ShownPlan: Sendable {
    let id: String
    let name: String
    let total: Int
    let pool: Int
    let onTheirWay: Int
    let members: [(name: String, held: Int, used: Int)]

    static func all(_ replica: OpenReplica) throws -> [ShownPlan] { try replica.plans().list.map(Self.init) }

    init(_ json: JSON) {
        id = json["id"]?.text ?? ""
        name = json["name"]?.text ?? ""
        total = Int(json["total"]?.count ?? 0)
        pool = Int(json["pool"]?.count ?? 0)
        onTheirWay = Int(json["onTheirWay"]?.count ?? 0)
        members = (json["members"]?.list ?? []).map {
            ($0["name"]?.text ?? "", Int($0["held"]?.count ?? 0), Int($0["used"]?.count ?? 0))
        }
    }

    func held(by member: String) -> Int { members.first { $0.name == member }?.held ?? 0 }
    func used(by member: String) -> Int { members.first { $0.name == member }?.used ?? 0 }
}
