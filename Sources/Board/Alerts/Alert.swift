public import Alliance
public import CRDT

/// Something that somebody should look at.
public enum AlertKind: String, Hashable, Sendable, CaseIterable {
    /// Several files write under one replica id: the operator says which go on.
    case copied
    /// Node and hub hold different rows, or one of the two has an alarm.
    case faulty
    /// Something stands about the hub's own file.
    case hub
    /// The hub went back to a backup, and the recovery is open.
    case recovering
    /// Nothing was heard of a node for days.
    case lost
    /// A node's clock is far off.
    case clock
    /// The hub refuses a node, and no new try will mend it.
    case refused
    /// A node's program has another schema.
    case version
    /// A node is heard, and what it has pending stays.
    case stuck
    /// Conflicts are open for long.
    case conflict
    /// The hub has no backup that is kept, or an old one.
    case backup
    /// A further node of a member waits for an earlier one's word.
    case unconfirmed

    public enum Severity: Int, Hashable, Sendable, Comparable {
        case notice
        case attention
        case urgent

        public static func < (left: Severity, right: Severity) -> Bool { left.rawValue < right.rawValue }

        public var phrase: Phrase {
            switch self {
            case .urgent: Phrase("紧急", "urgent")
            case .attention: Phrase("注意", "attention")
            case .notice: Phrase("提示", "notice")
            }
        }

        public var name: String {
            switch self {
            case .urgent: "urgent"
            case .attention: "attention"
            case .notice: "notice"
            }
        }
    }

    public var severity: Severity {
        switch self {
        case .copied, .faulty, .hub, .recovering, .lost: .urgent
        case .clock, .refused, .version, .stuck, .backup: .attention
        case .conflict, .unconfirmed: .notice
        }
    }

    /// Whether it is told at once. The others are told when they have stood for the grace: what mends itself alarms nobody.
    public var isImmediate: Bool {
        switch self {
        case .copied, .faulty, .hub, .recovering, .lost: true
        default: false
        }
    }

    /// What it is, in a few words.
    public var title: Phrase {
        switch self {
        case .copied: Phrase("同一副本有多份在写", "Several copies write as one replica")
        case .faulty: Phrase("数据与中心不一致", "Data disagree with the hub")
        case .hub: Phrase("中心自身有告警", "The hub itself has an alarm")
        case .recovering: Phrase("中心正在恢复", "The hub recovers")
        case .lost: Phrase("节点失联", "A node is lost")
        case .clock: Phrase("节点时钟偏差过大", "A node's clock is off")
        case .refused: Phrase("节点的请求被拒绝", "A node is refused")
        case .version: Phrase("节点与中心版本不同", "A node has another version")
        case .stuck: Phrase("节点的改动迟迟未发出", "A node's edits stay pending")
        case .conflict: Phrase("冲突长期未处理", "Conflicts wait for long")
        case .backup: Phrase("中心缺少近期备份", "The hub lacks a recent backup")
        case .unconfirmed: Phrase("新节点待本单位确认", "A new node waits to be confirmed")
        }
    }
}

/// What an alert is about: a kind, and a node; the hub itself under the id 0.
public struct AlertKey: Hashable, Sendable {
    public let kind: AlertKind
    public let subject: RowID

    public init(_ kind: AlertKind, _ subject: RowID) {
        self.kind = kind
        self.subject = subject
    }

    /// The hub itself.
    public static let hub = RowID(rawValue: 0)

    /// `lost:018f…`; what a command and a page name it by.
    public var name: String { "\(kind.rawValue):\(subject)" }

    public init?(name: String) {
        let parts = name.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, let kind = AlertKind(rawValue: String(parts[0])), let subject = RowID(parts[1]) else {
            return nil
        }
        self.init(kind, subject)
    }
}

/// A condition that stands now, with its words.
public struct Condition: Hashable, Sendable {
    public let key: AlertKey
    /// Since when, Unix milliseconds, where that is known; `nil`: since it was first noted.
    public let since: UInt64?
    /// What it is about, what is safe, what to do.
    public let detail: Phrase

    public init(_ kind: AlertKind, _ subject: RowID, since: UInt64? = nil, _ detail: Phrase) {
        key = AlertKey(kind, subject)
        self.since = since
        self.detail = detail
    }
}

/// What the file remembers of a condition while it stands.
public struct AlertRecord: Hashable, Sendable {
    public let key: AlertKey
    /// Unix milliseconds.
    public let since: UInt64
    /// When it was first noted; its grace is counted from then.
    public let noted: UInt64
    /// When somebody said that they look after it; 0 while nobody has.
    public var acknowledged: UInt64
    /// Who, and what they wrote.
    public var author: String
    public var note: String
    /// Until when it is not shown; 0 if it is.
    public var quietUntil: UInt64

    public init(
        key: AlertKey, since: UInt64, noted: UInt64, acknowledged: UInt64 = 0, author: String = "", note: String = "",
        quietUntil: UInt64 = 0
    ) {
        self.key = key
        self.since = since
        self.noted = noted
        self.acknowledged = acknowledged
        self.author = author
        self.note = note
        self.quietUntil = quietUntil
    }
}

/// An alert as it is shown.
public struct Alert: Hashable, Sendable {
    public enum Phase: String, Hashable, Sendable {
        /// It stands for less than its grace.
        case waiting
        /// Somebody is wanted.
        case open
        case acknowledged
        /// Somebody asked not to be told for a while.
        case quiet

        public var phrase: Phrase {
            switch self {
            case .waiting: Phrase("观察中", "waiting")
            case .open: Phrase("待处理", "open")
            case .acknowledged: Phrase("处理中", "acknowledged")
            case .quiet: Phrase("已静默", "quiet")
            }
        }
    }

    public let condition: Condition
    public let record: AlertRecord
    public let phase: Phase

    public var key: AlertKey { condition.key }
    public var severity: AlertKind.Severity { key.kind.severity }
}
