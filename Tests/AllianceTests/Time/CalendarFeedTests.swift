import Testing

@testable import Alliance

/// Bookings as an iCalendar document.
@Suite struct CalendarFeedTests {
    private func event(_ summary: String, _ status: CalendarFeed.Event.Status = .confirmed) -> CalendarFeed.Event {
        // 2026-11-24 00:00 to 01:40 by UTC, 08:00 to 09:40 by China's clocks.
        CalendarFeed.Event(
            uid: "1@2", sequence: 3, from: 1_795_478_400_000, to: 1_795_484_400_000, summary: summary, location: "一号车间",
            description: "", status: status)
    }

    private func text(_ events: CalendarFeed.Event...) -> String {
        CalendarFeed(name: "预约", now: 1_795_484_400_000, events: events).text
    }

    @Test func `instants are UTC, and what is cancelled says so`() {
        let text = text(event("铣削", .cancelled))
        for line in [
            "DTSTART:20261124T000000Z", "DTEND:20261124T014000Z", "UID:1@2", "SEQUENCE:3", "STATUS:CANCELLED",
            "TRANSP:TRANSPARENT", "METHOD:PUBLISH",
        ] {
            #expect(text.contains("\r\n\(line)\r\n"), "\(line)")
        }
    }

    // Letters of one byte fill each line to its end.
    @Test(arguments: [String(repeating: "数控铣削𠮷", count: 30), String(repeating: "m", count: 480)])
    func `lines are folded at 75 bytes between characters, and unfold to what they were`(_ summary: String) {
        let text = text(event(summary))
        let lines = text.replacing("\r\n", with: "\n").split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.allSatisfy { $0.utf8.count <= 75 })
        #expect(lines.count { $0.hasPrefix(" ") } > 5)
        #expect(text.replacing("\r\n ", with: "").contains("SUMMARY:\(summary)\r\n"))
    }

    @Test func `what has a meaning in the format is escaped, and nothing can begin a line of its own`() {
        let text = text(event("a,b;c\\d\nEND:VEVENT\r\u{7}\u{7f}"))
        #expect(text.contains("SUMMARY:a\\,b\\;c\\\\d\\nEND:VEVENT\r\n"))
        #expect(text.replacing("\r\n", with: "\n").split(separator: "\n").count { $0 == "END:VEVENT" } == 1)
    }
}
