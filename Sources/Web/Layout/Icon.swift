/// The kit's drawings: paths on a field of 20 x 20, drawn with a line of the text's colour.
public enum Icon: String, CaseIterable, Sendable {
    case home = "M3 9.2 10 3.5l7 5.7V16a1 1 0 0 1-1 1h-3.6v-4.6H7.6V17H4a1 1 0 0 1-1-1Z"
    case calendar =
        "M4 4.5h12a1 1 0 0 1 1 1V16a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V5.5a1 1 0 0 1 1-1ZM3 8.3h14M6.8 2.8v3M13.2 2.8v3"
    case inbox =
        "M3 11.5 5.2 4.4A1 1 0 0 1 6.1 3.7h7.8a1 1 0 0 1 1 .7L17 11.5V15a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1ZM3 11.5h3.8l1 2h4.4l1-2H17"
    case factory = "M3 17V8l5 2.6V8l5 2.6V4h3.5V17ZM6.2 14h1.2M10 14h1.2"
    case book =
        "M4 4.2A1.7 1.7 0 0 1 5.7 2.8H16v11.8H5.7A1.7 1.7 0 0 0 4 16.2M4 4.2v12M4 16.2a1.6 1.6 0 0 0 1.7 1.2H16v-2.8"
    case key = "M7 13.4a3.6 3.6 0 1 0 0-7.2 3.6 3.6 0 0 0 0 7.2ZM10.5 9.8H17.5v2.6M14.6 9.8v2"
    case people =
        "M7.6 9.6a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6ZM2.6 16.4c.3-2.8 2.3-4.4 5-4.4s4.7 1.6 5 4.4M13 4.3a2.6 2.6 0 0 1 0 5M14.4 12.3c1.7.5 2.8 1.9 3 4.1"
    case person = "M10 10a3.2 3.2 0 1 0 0-6.4A3.2 3.2 0 0 0 10 10ZM3.8 16.8c.5-3 2.9-4.6 6.2-4.6s5.7 1.6 6.2 4.6"
    case sync =
        "M16.2 8A6.6 6.6 0 0 0 4.3 7M3.8 3.6V7h3.4M3.8 12a6.6 6.6 0 0 0 11.9 1M16.2 16.4V13h-3.4"
    case gear =
        "M10 12.6a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2ZM10 2.7v2M10 15.3v2M3.7 6.3l1.7 1M14.6 12.7l1.7 1M3.7 13.7l1.7-1M14.6 7.3l1.7-1"
    case search = "M9 14.8A5.8 5.8 0 1 0 9 3.2a5.8 5.8 0 0 0 0 11.6ZM13.3 13.3 17 17"
    case offline =
        "M3 3l14 14M6.3 7.2A4 4 0 0 0 5.6 15h8.6M8.2 5.1A4.6 4.6 0 0 1 14.3 9.2a3 3 0 0 1 2.3 4.6"
    case cloud =
        "M6 15.2a3.6 3.6 0 0 1-.4-7.2 4.6 4.6 0 0 1 8.9.9 3.2 3.2 0 0 1-.1 6.3Z"
    case cloudUp =
        "M6 15.2a3.6 3.6 0 0 1-.4-7.2 4.6 4.6 0 0 1 8.9.9 3.2 3.2 0 0 1-.1 6.3M10 16.8v-6M7.6 12.9 10 10.5l2.4 2.4"
    case globe =
        "M10 17.2a7.2 7.2 0 1 0 0-14.4 7.2 7.2 0 0 0 0 14.4ZM2.8 10h14.4M10 2.8c2.6 2.2 2.6 12.2 0 14.4M10 2.8c-2.6 2.2-2.6 12.2 0 14.4"
    case download = "M10 3.4v9M6.4 9 10 12.6 13.6 9M4 16.4h12"
    case upload = "M10 12.6v-9M6.4 7 10 3.4 13.6 7M4 16.4h12"
    case plus = "M10 4v12M4 10h12"
    case stick = "M7 8.5h6V16a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1ZM8.2 8.5V3h3.6v5.5M9.5 5.5v.1M10.7 5.5v.1"
    case cross = "M5 5l10 10M15 5 5 15"
    case seat = "M6 3.5h8v6H6ZM4.5 12.5h11M6 12.5V17M14 12.5V17"
    case check = "M4 10.6 8.2 14.8 16.2 5.6"
    case clock = "M10 17.2a7.2 7.2 0 1 0 0-14.4 7.2 7.2 0 0 0 0 14.4ZM10 6v4.2l2.8 1.7"
    case chevron = "M4.8 7.6 10 12.8l5.2-5.2"
    case next = "M7.6 4.8 12.8 10l-5.2 5.2"
    case previous = "M12.4 4.8 7.2 10l5.2 5.2"
    case warning = "M10 3.4 17.6 16.4H2.4ZM10 8v4M10 14.2v.1"
    case shield = "M10 2.8 16.2 5v4.8c0 3.6-2.5 6.2-6.2 7.4-3.7-1.2-6.2-3.8-6.2-7.4V5ZM7 9.8l2.2 2.2L13 8"
    case pulse = "M2.6 10.4h3.2L8 4.6l4 11 2.2-5.2h3.2"
    case scales = "M10 3.4v13M6 16.6h8M4 5.4h12M4 5.4 1.9 10.6h4.2ZM16 5.4l-2.1 5.2h4.2Z"
    case nodes = "M4 3.6h12v4H4ZM4 12.4h12v4H4ZM6.4 5.6h.1M6.4 14.4h.1"
    case undo = "M7.4 4.2 3.8 7.8l3.6 3.6M3.8 7.8h7.6a4.4 4.4 0 0 1 0 8.8H8"
    case trash = "M4 5.8h12M8 5.8V3.6h4v2.2M5.4 5.8l.7 11h7.8l.7-11M8.4 8.8v5M11.6 8.8v5"
    case pencil = "M4 16l.8-3.4L13.4 4a1.4 1.4 0 0 1 2 0l.6.6a1.4 1.4 0 0 1 0 2L7.4 15.2ZM12 5.4 14.6 8"
    case leave = "M8.4 3.6H4.8a1 1 0 0 0-1 1v10.8a1 1 0 0 0 1 1h3.6M12.4 6.4 16.2 10l-3.8 3.6M16.2 10H7.6"
    case sun =
        "M10 13.4a3.4 3.4 0 1 0 0-6.8 3.4 3.4 0 0 0 0 6.8ZM10 2.4v1.8M10 15.8v1.8M2.4 10h1.8M15.8 10h1.8M4.6 4.6l1.3 1.3M14.1 14.1l1.3 1.3M4.6 15.4l1.3-1.3M14.1 5.9l1.3-1.3"
    case moon = "M16.4 11.6A6.8 6.8 0 1 1 8.4 3.6a5.4 5.4 0 0 0 8 8Z"
    case info = "M10 17.2a7.2 7.2 0 1 0 0-14.4 7.2 7.2 0 0 0 0 14.4ZM10 9.2v4.4M10 6.4v.1"
    case list = "M7 5.4h10M7 10h10M7 14.6h10M3.4 5.4h.1M3.4 10h.1M3.4 14.6h.1"
    case box = "M10 2.8 16.6 6v8L10 17.2 3.4 14V6ZM3.4 6 10 9.4 16.6 6M10 9.4v7.8"

    /// The drawing; what it means stands beside it as text.
    public var html: HTML {
        "<svg class=\"i\" viewBox=\"0 0 20 20\" aria-hidden=\"true\"><path d=\"\(rawValue)\"/></svg>"
    }

    public func html(class name: String) -> HTML {
        "<svg class=\"i \(name)\" viewBox=\"0 0 20 20\" aria-hidden=\"true\"><path d=\"\(rawValue)\"/></svg>"
    }

    /// The product's mark.
    static let mark: HTML =
        "<span class=\"mark\"><svg viewBox=\"0 0 20 20\" aria-hidden=\"true\"><path d=\"M3 15V6l7 5 7-5v9M10 11v5\"/></svg></span>"
}
