import Alliance
import CRDT
import Web

/// Bookings, others' uses and closures as they lie on the grid.
extension WeekGrid {
    func block(_ placed: WeekLayout.Placed, _ day: Int) -> HTML {
        guard placed.column < WeekLayout.besideMax else { return "" }
        let block = placed.block
        let columns = min(placed.columns, WeekLayout.besideMax)
        let beside = columns > 1 ? " of\(columns) at\(placed.column)" : ""
        // What is left of a time stays within reach beside what is taken.
        let part = block.state != .closed && placed.lines.contains { isFree($0, day) } ? " part" : ""
        let short = placed.lines.count == 1 ? " one" : ""
        let isChosen = !chosen.isEmpty && block.booking?.description == chosen
        let name =
            "ev \(style(block)) \(layout.place(day, placed.lines))\(beside)\(part)\(short)\(isChosen ? " sel" : "")"
        let lines = NodeTexts.periods(placed.lines.map { week.lines[$0] })
        let label: HTML = "\(state(block)) · \(title(block)) · \(NodeTexts.dayTitle(week.days[day].date)) \(lines)"
        let content: HTML = """
            <span class="st">\(icon(block).html)\(state(block))\(sending(block))</span>\
            \(heading(block))<span class="me">\(under(block))</span>
            """
        guard let booking = block.booking else { return "<div class=\"\(name)\">\(content)</div>" }
        let current: HTML = isChosen ? " aria-current=\"true\"" : ""
        let address = "/calendar/\(week.space.id)?week=\(week.monday)&day=\(day)&booking=\(booking)"
        let move: HTML =
            movable.contains(booking.description)
            ? " data-move=\"/bookings/\(booking.description)/move\" data-day=\"\(day)\" data-line=\"\(placed.lines.lowerBound)\" data-count=\"\(placed.lines.count)\""
            : ""
        return
            "<a class=\"\(name)\" href=\"\(address)\" aria-label=\"\(label)\"\(current)\(move)>\(content)</a>"
    }

    /// How many blocks there was no room for.
    func more(_ placed: [WeekLayout.Placed], _ day: Int) -> HTML {
        let hidden = placed.filter { $0.column >= WeekLayout.besideMax }
        guard let first = hidden.map(\.lines.lowerBound).min(), let last = hidden.map(\.lines.upperBound).max() else {
            return ""
        }
        return "<span class=\"more \(layout.place(day, first...last))\">\(NodeTexts.more(hidden.count))</span>"
    }

    private func isGoingOn(_ block: WeekView.Block) -> Bool {
        [.confirmed, .confirmedUnsent].contains(block.state) && block.from <= week.now && week.now < block.to
    }

    private func style(_ block: WeekView.Block) -> String {
        switch block.state {
        case .confirmed: "ok"
        case .confirmedUnsent: "off"
        case .waiting: "pend"
        case .waitingUnsent: "queue"
        case .declined, .displaced: "rej"
        case .busyElsewhere: "other"
        case .closed: "maint"
        }
    }

    private func icon(_ block: WeekView.Block) -> Icon {
        if isGoingOn(block) { return .pulse }
        return switch block.state {
        case .confirmed, .confirmedUnsent: .check
        case .waiting: .clock
        case .waitingUnsent: .cloudUp
        case .declined: .cross
        case .displaced: .warning
        case .busyElsewhere: .factory
        case .closed: .gear
        }
    }

    private func state(_ block: WeekView.Block) -> HTML {
        if isGoingOn(block) { return HTML(NodeTexts.goingOn) }
        return switch block.state {
        case .confirmedUnsent: HTML(NodeTexts.confirmedOffline)
        case .busyElsewhere: HTML(NodeTexts.occupied)
        default: HTML(block.state.phrase)
        }
    }

    private func sending(_ block: WeekView.Block) -> HTML? {
        block.state == .confirmedUnsent ? Icon.cloudUp.html(class: "upi") : nil
    }

    private func title(_ block: WeekView.Block) -> HTML {
        switch block.state {
        case .busyElsewhere: HTML(text: block.member)
        case .closed: HTML(text: block.title)
        default: "\(block.title) \(block.className)"
        }
    }

    private func heading(_ block: WeekView.Block) -> HTML {
        switch block.state {
        case .busyElsewhere: "<b><span>\(block.member)</span></b>"
        case .closed: "<b><span>\(block.title)</span></b>"
        default: "<b><span>\(block.title)</span> <span>\(block.className)</span></b>"
        }
    }

    private func under(_ block: WeekView.Block) -> HTML {
        let heads: HTML =
            block.heads > 0
            ? HTML(NodeTexts.people(Int64(block.heads))) : HTML(NodeTexts.workstations(Int64(block.workstations)))
        return switch block.state {
        case .busyElsewhere: HTML(NodeTexts.workstations(Int64(block.workstations)))
        case .closed: HTML(text: block.reason)
        case .waiting, .waitingUnsent: block.queue.map { "\(NodeTexts.queue($0)) · \(heads)" } ?? heads
        case .declined, .displaced:
            block.alternatives.isEmpty
                ? HTML(text: block.reason) : HTML(NodeTexts.alternativeCount(block.alternatives.count))
        case .confirmed, .confirmedUnsent:
            block.teacher.isEmpty ? heads : "\(block.teacher) · \(heads)"
        }
    }
}
