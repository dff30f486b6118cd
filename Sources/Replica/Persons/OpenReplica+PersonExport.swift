import Alliance
import CRDT
import Store
import Sync

/// Everything that this node holds of one person (个人信息副本): what that person may ask for.
extension OpenReplica {
    /// Entry, contact data, majors, consent, bookings, and who has received the entry since when.
    public func personExport(_ text: String) throws -> JSON {
        let names = try names()
        let bookings = try self.bookings()
        guard case .object(var json) = try personJSON(text) else { return .null }
        let held = try store.read { transaction in
            try self.held(of: self.person(text, transaction), transaction)
        }
        json["rows"] = .array(held.rows.compactMap { row in self.json(of: row, names) })
        json["recipients"] = .array(
            held.recipients.map { member -> JSON in
                [
                    "member": .string(names.memberName(member) ?? ""),
                    "since": held.since.map { JSON($0) } ?? .null,
                ]
            })
        json["bookings"] = .array(try self.bookings(of: held.person, in: bookings))
        return .object(json)
    }

    private struct Held {
        let person: Person
        let rows: [RowState]
        let recipients: [MemberID]
        /// When the hub passed the entry on first, Unix milliseconds.
        let since: UInt64?
    }

    private func held(of person: Person, _ transaction: SQLiteTransaction) throws -> Held {
        var rows = try self.rows(about: person, transaction)
        if let row = person.row, row.isThere { rows.insert(row, at: 0) }
        let received = try received(by: person, transaction)
        return Held(person: person, rows: rows, recipients: received.members, since: received.since)
    }

    private func json(of row: RowState, _ names: Names) -> JSON? {
        guard let table = schema[row.key.table] else { return nil }
        var values: [String: JSON] = [:]
        for column in table.columns {
            values[column.name] = .string(column.text(of: row[column.id]?.value ?? .null, names: names))
        }
        return ["table": .string(table.name), "id": JSON(row.key.id), "values": .object(values)]
    }

    /// The members whom the entry is addressed to, and when the hub passed it on first; nobody where it never left.
    private func received(
        by person: Person, _ transaction: SQLiteTransaction
    ) throws -> (members: [MemberID], since: UInt64?) {
        guard let born = person.row?[TeacherColumn.number]?.stamp, let rev = try transaction.place(of: born)?.rev
        else { return ([], nil) }
        let table = try table("member")
        let members = try transaction.rows(in: table).map { MemberID(rawValue: $0.key.id.rawValue) }
        return (
            members.filter { $0 != transaction.state.member }.sorted(), try transaction.journalTime(at: rev)
        )
    }

    private func bookings(of person: Person, in all: JSON) throws -> [JSON] {
        guard case .array(let list) = all else { return [] }
        let table = try table("booking")
        let column = try column("teacher", in: table)
        let ids = try store.read { transaction in
            Set(try transaction.rows(in: table, where: column, is: .bytes(person.id.bytes)).map { "\($0.key.id)" })
        }
        return list.filter { ids.contains($0["id"]?.text ?? "") }
    }

    /// An export as lines of a table: section, name, value; what Excel opens in Chinese.
    public static func personCSV(_ export: JSON) -> [UInt8] {
        var lines: [[String]] = [["类别", "项目", "内容"]]
        func add(_ section: String, _ path: String, _ value: JSON) {
            switch value {
            case .object(let members):
                for (name, value) in members.sorted(by: { $0.key < $1.key }) {
                    add(section, path.isEmpty ? name : "\(path).\(name)", value)
                }
            case .array(let items):
                for (index, item) in items.enumerated() {
                    add(section, path.isEmpty ? "\(index + 1)" : "\(path).\(index + 1)", item)
                }
            case .null: return
            case .string(let text): lines.append([section, path, text])
            case .number(let number): lines.append([section, path, "\(number)"])
            case .bool(let flag): lines.append([section, path, flag ? "是" : "否"])
            }
        }
        guard case .object(let sections) = export else { return [] }
        for (name, value) in sections.sorted(by: { $0.key < $1.key }) { add(name, "", value) }
        return CSVFile.csv(texts: lines)
    }
}
