public import Alliance

/// What somebody who has signed in may do: each console's table of routes says it in these words.
public enum Role: String, CaseIterable, Hashable, Sendable {
    /// Runs a school's node.
    case administrator
    /// Books bases.
    case teacher
    /// Reads.
    case viewer
    /// Runs the hub.
    case `operator`
    /// Reads everything at the hub.
    case auditor

    public var title: Phrase {
        switch self {
        case .administrator: Phrase("学校管理员", "School administrator")
        case .teacher: Phrase("教师", "Teacher")
        case .viewer: Phrase("查看者", "Viewer")
        case .operator: Phrase("秘书处管理员", "Secretariat operator")
        case .auditor: Phrase("审计员", "Auditor")
        }
    }

    /// The roles of a school's node.
    public static let school: [Role] = [.administrator, .teacher, .viewer]
    /// The roles of the secretariat's hub.
    public static let secretariat: [Role] = [.operator, .auditor]

    /// Whether it manages accounts; each console keeps at least one of these.
    public var isChief: Bool { self == .administrator || self == .operator }
}
