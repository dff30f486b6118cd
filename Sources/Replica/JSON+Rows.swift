public import Alliance
public import CRDT

extension JSON {
    /// A value as JSON: numbers, booleans and texts as themselves, ids as UUIDs, lists of members as arrays, other
    /// bytes as hexadecimal digits.
    public init(_ value: CRDT.Value, of type: ColumnType?) {
        switch (value, type) {
        case (.null, _): self = .null
        case (.integer(let number), .boolean): self = .bool(number != 0)
        case (.integer(let number), _): self = .number(number)
        case (.text(let text), _): self = .string(text)
        case (.bytes(let bytes), .members): self = .array((MemberID.list(bytes: bytes) ?? []).map { JSON($0) })
        case (.bytes(let bytes), .member), (.bytes(let bytes), .reference):
            self = MemberID(bytes: bytes).map { JSON($0) } ?? .null
        case (.bytes(let bytes), _): self = .string(bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
        }
    }

    /// A row as JSON: id, owner, and every column by name.
    public init(_ row: RowState, of table: Table) {
        var members: [String: JSON] = ["id": JSON(row.key.id), "owner": JSON(row.key.owner)]
        for column in table.columns { members[column.name] = JSON(row[column.id]?.value ?? .null, of: column.type) }
        self = .object(members)
    }
}
