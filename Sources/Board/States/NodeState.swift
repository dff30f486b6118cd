public import Alliance

/// How a node stands, in one word: one of few, worst first.
public enum NodeState: String, Hashable, Sendable, CaseIterable {
    /// Several files write under its replica id.
    case copied
    /// Node and hub hold different rows, or the hub can't read what it sends.
    case faulty
    /// Nothing was heard of it for days in which it should have been.
    case lost
    /// Its clock is so far off that its own stamps would not be taken.
    case clock
    /// The hub refuses what it asks.
    case refused
    /// Its program's schema is another than the hub's.
    case version
    /// Its member has conflicts that nobody has resolved.
    case conflict
    /// An earlier node of its member has not confirmed it.
    case unconfirmed
    /// Its member said that it would be off.
    case planned
    /// Nothing was heard of it for a while, as of any school at night: nothing is wrong.
    case offline
    /// It joined and has not exchanged anything.
    case never
    /// It was heard, and something is under way, or not proved lately.
    case syncing
    /// Proved to hold what the hub holds, lately and with nothing pending.
    case proved
    /// It was revoked, and takes no part any more.
    case revoked

    public var phrase: Phrase {
        switch self {
        case .copied: Phrase("有多份副本", "copied")
        case .faulty: Phrase("数据不一致", "disagrees")
        case .lost: Phrase("失联", "lost")
        case .clock: Phrase("时钟隔离", "clock off")
        case .refused: Phrase("被拒绝", "refused")
        case .version: Phrase("版本落后", "other version")
        case .conflict: Phrase("有冲突", "conflicts")
        case .unconfirmed: Phrase("待确认", "unconfirmed")
        case .planned: Phrase("计划停机", "planned silence")
        case .offline: Phrase("离线", "offline")
        case .never: Phrase("未同步过", "never synced")
        case .syncing: Phrase("同步中", "syncing")
        case .proved: Phrase("正常", "proved")
        case .revoked: Phrase("已吊销", "revoked")
        }
    }

    /// How loudly it is shown. Green is for what was proved; offline is calm.
    public enum Tone: String, Sendable {
        case bad
        case warn
        case calm
        case ok
    }

    public var tone: Tone {
        switch self {
        case .copied, .faulty, .lost, .clock: .bad
        case .refused, .version, .conflict, .unconfirmed: .warn
        case .planned, .offline, .never, .revoked, .syncing: .calm
        case .proved: .ok
        }
    }

    /// Whether the node was heard lately, so far as its state tells.
    public var isHeard: Bool {
        switch self {
        case .lost, .planned, .offline, .never, .revoked, .unconfirmed: false
        default: true
        }
    }
}
