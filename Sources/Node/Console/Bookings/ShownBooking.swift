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
    let spaceID: String
    /// The series that it is a date of, and the booking that it is the move of; empty for none.
    let series: String
    let replaces: String
    let member: String
    let host: String
    /// Unix milliseconds.
    let from: Int64
    let to: Int64
    let purpose: String
    let className: String
    let people: Int64
    let workstations: Int64
    /// Empty for none.
    let teacher: String
    /// `confirmed`, `requested`, `partly`, `declined`, `cancelled`, `moved`, `displaced`, `withdrawn`, `disputed`.
    let state: String
    /// Whether it waits for what others use.
    let waits: Bool
    let isSent: Bool
    let reason: String
    let alternatives: [WeekView.Alternative]
    let history: [ShownEvent]

    init(_ json: JSON) {
        func text(_ name: String) -> String { json[name]?.text ?? "" }
        func number(_ name: String) -> Int64 { json[name]?.count ?? 0 }
        id = text("id")
        space = text("space")
        (spaceID, series, replaces) = (text("spaceId"), text("series"), text("replaces"))
        teacher = text("teacher")
        member = text("member")
        host = text("host")
        (from, to) = (number("from"), number("to"))
        purpose = text("purpose")
        className = text("className")
        people = number("heads")
        workstations = number("workstations")
        state = text("state")
        (waits, isSent) = (json["waits"] == true, json["sent"] == true)
        reason = text("reason")
        alternatives = (json["alternatives"]?.list ?? []).map {
            .init(from: $0["from"]?.count ?? 0, to: $0["to"]?.count ?? 0, isOwn: $0["own"] == true)
        }
        history = (json["history"]?.list ?? []).compactMap { ShownEvent($0) }
    }

    /// Whether there is something of it to be moved or cancelled.
    func isOpen(at now: Int64) -> Bool { ["confirmed", "requested", "partly"].contains(state) && to > now }

    /// Whether another time may be had in its place.
    func isRefused(at now: Int64) -> Bool { ["declined", "displaced"].contains(state) && to > now }

    /// The page of its week, with it beside the grid.
    var address: String {
        "/calendar/\(spaceID)?week=\(ChinaTime.text(milliseconds: from).prefix(10))&booking=\(id)"
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
        case "requested" where waits, "partly" where waits: Pill(.warn, .clock, NodeTexts.waits)
        case "requested": Pill(.warn, .clock, isSent ? NodeTexts.requested : NodeTexts.requestUnsent)
        case "partly": Pill(.warn, .clock, NodeTexts.partly)
        case "declined": Pill(.bad, nil, NodeTexts.declined)
        case "disputed": Pill(.bad, .warning, NodeTexts.disputed)
        case "displaced": Pill(.bad, .warning, NodeTexts.displaced)
        case "moved": Pill(.plain, .next, NodeTexts.moved)
        case "withdrawn": Pill(.plain, nil, NodeTexts.withdrawn)
        default: Pill(.plain, nil, NodeTexts.cancelled)
        }
    }
}

/// Something that happened to a booking, as pages show it.
struct ShownEvent: Sendable {
    let kind: BookingEvent.Kind
    /// Unix milliseconds.
    let at: Int64
    /// The member whose act it was.
    let by: String
    let reason: String
    let isSent: Bool
    /// When the hub took it, Unix milliseconds; `nil` where that is not known.
    let received: Int64?
    /// Of a move, the id of the booking in its place; empty for none.
    let booking: String

    init?(_ json: JSON) {
        guard let kind = json["kind"]?.text.flatMap({ BookingEvent.Kind(rawValue: $0) }) else { return nil }
        self.kind = kind
        at = json["at"]?.count ?? 0
        by = json["by"]?.text ?? ""
        reason = json["reason"]?.text ?? ""
        isSent = json["sent"] == true
        received = json["received"].flatMap { $0 == .null ? nil : $0.count }
        booking = json["booking"]?.text ?? ""
    }

    var tone: Tone {
        switch kind {
        case .booked, .approved: .ok
        case .declined, .displaced, .disputed: .bad
        case .asked: .warn
        case .withdrawn, .moved, .cancelled, .released: .plain
        }
    }
}
