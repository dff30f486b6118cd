public import CRDT

/// All tables that a program knows, and the version of that knowledge.
///
/// A version adds columns and tables and changes nothing that was there: rows written under an older one stay as they
/// are, and their missing cells read as null.
public struct Schema: Sendable {
    public let version: UInt32
    /// In order of id.
    public let tables: [Table]
    private let byID: [TableID: Int]
    private let byName: [String: Int]

    public init(version: UInt32, tables: [Table]) {
        self.version = version
        self.tables = tables.sorted { $0.id < $1.id }
        byID = Dictionary(uniqueKeysWithValues: self.tables.enumerated().map { ($1.id, $0) })
        byName = Dictionary(uniqueKeysWithValues: self.tables.enumerated().map { ($1.name, $0) })
    }

    public subscript(id: TableID) -> Table? { byID[id].map { tables[$0] } }

    /// The table of a name; an underscore may be written as a hyphen.
    public subscript(name: String) -> Table? {
        byName[String(name.map { $0 == "-" ? "_" : $0 })].map { tables[$0] }
    }

    /// What this program knows.
    public static let current = Schema(version: 1, tables: register + consents + resources + time + ledger + enrolment)
}
