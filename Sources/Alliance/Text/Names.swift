public import CRDT

/// Looks names up among the rows there are; whoever holds the rows gives the closures.
///
/// One name may stand for several rows: two schools both have a teacher 00123. The store answers with the rows of the
/// member that asks if it has any of that name, and otherwise with everybody's, so that a school's own files need no
/// more than a staff number.
public struct Names: Sendable {
    /// The members of exactly this name.
    public var members: @Sendable (String) -> [MemberID]
    /// The rows whose first natural-key column reads so, or whose whole natural key does, written `a/b`.
    public var rows: @Sendable (TableID, String) -> [RowID]
    /// The name of a member; `nil` if there is none.
    public var memberName: @Sendable (MemberID) -> String?
    /// The text that `rows` finds this row by; `nil` if there is no such row.
    public var rowName: @Sendable (TableID, RowID) -> String?

    public init(
        members: @escaping @Sendable (String) -> [MemberID],
        rows: @escaping @Sendable (TableID, String) -> [RowID],
        memberName: @escaping @Sendable (MemberID) -> String?,
        rowName: @escaping @Sendable (TableID, RowID) -> String?
    ) {
        self.members = members
        self.rows = rows
        self.memberName = memberName
        self.rowName = rowName
    }

    /// Knows no names: references and members are then written and read as UUIDs only.
    public static let none = Names(
        members: { _ in [] }, rows: { _, _ in [] }, memberName: { _ in nil }, rowName: { _, _ in nil })
}
