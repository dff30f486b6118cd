/// Bookings as an iCalendar document (RFC 5545), as calendar programs read it.
///
///     CalendarFeed(name: "实训预约", now: now, events: events).text
///
/// Instants are written in UTC, so that no time zone has to be described; lines end in CRLF and are folded at 75 bytes.
public struct CalendarFeed: Sendable {
    public struct Event: Hashable, Sendable {
        public enum Status: String, Hashable, Sendable {
            case confirmed = "CONFIRMED"
            /// Asked for.
            case tentative = "TENTATIVE"
            case cancelled = "CANCELLED"
        }

        /// The same for a booking and for what it was moved to.
        public let uid: String
        /// Grows with each change of the event.
        public let sequence: Int
        /// Unix milliseconds, half open.
        public let from: Int64
        public let to: Int64
        public let summary: String
        public let location: String
        public let description: String
        public let status: Status

        public init(
            uid: String, sequence: Int, from: Int64, to: Int64, summary: String, location: String, description: String,
            status: Status
        ) {
            self.uid = uid
            self.sequence = sequence
            self.from = from
            self.to = to
            self.summary = summary
            self.location = location
            self.description = description
            self.status = status
        }
    }

    public let name: String
    /// Unix milliseconds.
    public let now: Int64
    public let events: [Event]

    public init(name: String, now: Int64, events: [Event]) {
        self.name = name
        self.now = now
        self.events = events
    }

    /// The whole document.
    public var text: String {
        var lines = [
            "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Jilian//Bookings//ZH", "CALSCALE:GREGORIAN", "METHOD:PUBLISH",
            "NAME:\(Self.escaped(name))", "X-WR-CALNAME:\(Self.escaped(name))", "REFRESH-INTERVAL;VALUE=DURATION:PT30M",
        ]
        for event in events {
            lines += [
                "BEGIN:VEVENT", "UID:\(event.uid)", "SEQUENCE:\(event.sequence)", "DTSTAMP:\(Self.instant(now))",
                "DTSTART:\(Self.instant(event.from))", "DTEND:\(Self.instant(event.to))",
                "SUMMARY:\(Self.escaped(event.summary))", "LOCATION:\(Self.escaped(event.location))",
                "DESCRIPTION:\(Self.escaped(event.description))", "STATUS:\(event.status.rawValue)",
                "TRANSP:\(event.status == .confirmed ? "OPAQUE" : "TRANSPARENT")", "END:VEVENT",
            ]
        }
        lines.append("END:VCALENDAR")
        return lines.map { Self.folded($0) + "\r\n" }.joined()
    }

    /// `20261124T020000Z`.
    static func instant(_ milliseconds: Int64) -> String {
        // China's clocks are eight hours before UTC's.
        let text = ChinaTime.text(milliseconds: milliseconds - 8 * 3_600_000).prefix(19)
        return text.filter { $0 != "-" && $0 != ":" }.replacing(" ", with: "T") + "Z"
    }

    /// A value with what has a meaning in it written as the format wants it; other control characters are left out.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\", ";", ",": result += "\\\(scalar)"
            case "\n": result += "\\n"
            default:
                if scalar.value >= 0x20, scalar.value != 0x7f { result.unicodeScalars.append(scalar) }
            }
        }
        return result
    }

    /// A line in pieces of at most 75 bytes, none of which cuts a character in two.
    static func folded(_ line: String) -> String {
        var result = ""
        var count = 0
        for scalar in line.unicodeScalars {
            let size = UTF8.width(scalar)
            if count + size > 75 {
                result += "\r\n "
                count = 1
            }
            result.unicodeScalars.append(scalar)
            count += size
        }
        return result
    }
}
