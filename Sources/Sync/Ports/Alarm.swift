public import Alliance

/// Something that is wrong and stays so until it is mended (告警).
public struct Alarm: Hashable, Sendable {
    public enum Kind: UInt32, Hashable, Sendable, CaseIterable {
        /// Node and hub hold different rows at the same rev.
        case digest = 1
        /// A stored row is not what its hash says: the file was changed from outside, or is damaged.
        case row = 2
        /// The hub's journal is not what the hub signed, or broke its own rules.
        case journal = 3
        /// A segment was malformed or wrongly signed, and its chain stopped.
        case segment = 4
        /// Two copies write under one replica id, or this one was rolled back.
        case fork = 5
        /// The secretariat has revoked this node.
        case revoked = 6
        /// The hub went back to a backup: what it lacks is being returned.
        case restored = 7
        /// The hub no longer keeps what this node lacks: it can go on only from a snapshot, at its person's word.
        case belowFloor = 8

        /// Whether a replica with such an alarm writes nothing more: it could not be sent.
        public var stopsWriting: Bool { self == .fork || self == .revoked }

        /// For a person: what it means and what to do.
        public var phrase: Phrase {
            switch self {
            case .digest:
                Phrase(
                    "本机数据与中心不一致，下次同步时自动修复（也可运行 node repair）；若告警不消失，请联系秘书处。",
                    "This replica and the hub hold different rows; the next sync mends them (or run node repair); if this stays, tell the secretariat."
                )
            case .row:
                Phrase(
                    "数据文件中有行被外部改动或损坏；节点在下次同步时自动修复，中心请运行 hub repair。",
                    "Rows of the file were changed from outside or are damaged; a node's next sync mends them, at the hub run hub repair."
                )
            case .journal:
                Phrase(
                    "中心发来的日志不符合约定，已停止合并；已有数据不受影响，请联系秘书处。",
                    "The hub's journal breaks the rules and is no longer merged; what is stored is untouched; tell the secretariat."
                )
            case .segment:
                Phrase(
                    "有一段改动无法识别或签名不符，未被采用；请联系秘书处。",
                    "A segment can't be read or is wrongly signed and was not used; tell the secretariat.")
            case .fork:
                Phrase(
                    "本机数据被回退或复制过，已停止发送改动；请联系秘书处。",
                    "This replica was rolled back or copied and no longer sends; tell the secretariat.")
            case .restored:
                Phrase(
                    "中心曾从备份恢复，各节点正在交还它缺少的改动；可以照常工作。",
                    "The hub went back to a backup; the nodes are returning what it lacks; work goes on as usual.")
            case .belowFloor:
                Phrase(
                    "中心已不再保存本机所缺的改动。本机数据和待发的改动都在；确认后请运行 node start-anew，从中心的快照重新开始。",
                    "The hub no longer keeps what this replica lacks. Its data and pending edits are safe; run node start-anew to go on from the hub's snapshot."
                )
            case .revoked:
                Phrase(
                    "本节点已被秘书处吊销，不能再修改；已有数据仍可查看，请联系秘书处。",
                    "This node was revoked by the secretariat and writes no more; its data stay readable; ask the secretariat."
                )
            }
        }
    }

    public let kind: Kind
    /// What it is about: an audience, a row, a replica.
    public let subject: String
    public let detail: String
    /// Unix milliseconds.
    public let since: UInt64

    public init(_ kind: Kind, subject: String, detail: String, since: UInt64) {
        self.kind = kind
        self.subject = subject
        self.detail = detail
        self.since = since
    }
}
