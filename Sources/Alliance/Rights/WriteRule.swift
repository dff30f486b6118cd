public import CRDT

/// Who may write: one of the ways in which a member can be entitled.
public enum Writer: Hashable, Sendable {
    /// The member that owns the row.
    case owner
    /// The secretariat.
    case secretariat
    /// The hub itself, in the secretariat's name.
    case hub
    /// The members that this column of the row names, as of the rev at which the change is merged.
    case coOwners(ColumnID)
    /// The one member that this write-once column names.
    case party(ColumnID)
    /// The member whose id is the row's id.
    case named
}

/// Who may make, edit and delete the rows of a table. Nobody else may.
public struct WriteRule: Hashable, Sendable {
    public let create: [Writer]
    /// For columns that have no rule of their own.
    public let edit: [Writer]
    public let delete: [Writer]

    public init(create: [Writer], edit: [Writer], delete: [Writer]) {
        self.create = create
        self.edit = edit
        self.delete = delete
    }
}

/// Who writes: the member in whose name a node signs.
public struct Author: Hashable, Sendable {
    public let member: MemberID
    /// Whether it is the hub that signs.
    public let isHub: Bool

    public init(member: MemberID, isHub: Bool) {
        self.member = member
        self.isHub = isHub
    }
}
