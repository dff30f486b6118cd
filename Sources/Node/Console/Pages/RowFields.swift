import Alliance
import CRDT
import Replica
import Web

/// The fields of a form for a table's rows: its columns as people type them.
struct RowFields {
    private let table: Table
    private let replica: OpenReplica
    private let names: Names

    init(_ table: Table, _ replica: OpenReplica) throws {
        self.table = table
        self.replica = replica
        names = try replica.names()
    }

    static func name(of column: Column) -> String { "c-\(column.name)" }

    /// What was sent for a column. A box that is not ticked is not sent at all.
    static func sent(_ form: FormBody, _ column: Column) -> String { form[name(of: column)] }

    /// A cell as it stands in its field.
    func text(_ row: RowState, _ column: Column) -> String {
        column.text(of: row[column.id]?.value ?? .null, names: names)
    }

    /// How many names are offered for a reference; more are typed.
    private static let offeredMax = 300

    func fields(isNew: Bool, problems: [String: Phrase], value: (Column) -> String) -> [Field] {
        table.columns.filter { isNew || !$0.once }.map { column in
            Field(
                Self.name(of: column), column.title, kind(column), value: value(column), isRequired: column.required,
                hint: hint(column), problem: problems[column.name], isWide: column.name == "note")
        }
    }

    private func kind(_ column: Column) -> Field.Kind {
        switch column.type {
        case .text(let max): max > 200 ? .long : .text
        case .integer: .number
        case .date: .date
        case .boolean:
            // Yes, no and not said are three things; the form sends the words that an import reads too.
            .choice([("", HTML(NodeTexts.notSaid)), ("是", HTML(Texts.yes)), ("否", HTML(Texts.no))])
        case .choice(let choices):
            .choice([("", HTML(NodeTexts.notSaid))] + choices.map { ($0.title.zh, HTML($0.title)) })
        case .reference(let table): .suggested(offered(table))
        case .member: .suggested(offered(.member))
        case .members, .instant, .time, .bytes: .text
        }
    }

    private func offered(_ id: TableID) -> [String] {
        guard let table = replica.schema[id], let page = try? replica.page(of: table, count: Self.offeredMax) else {
            return []
        }
        return page.rows.compactMap { names.rowName(id, $0.key.id) }.sorted()
    }

    private func hint(_ column: Column) -> Phrase? {
        switch column.type {
        case .integer(let range): NodeTexts.range(range)
        case .members: NodeTexts.membersHint
        case .instant: NodeTexts.instantHint
        default: nil
        }
    }

    /// Reads each column by itself, so that each field has its own message.
    func read(_ form: FormBody, columns: [Column]) throws -> (values: [ColumnID: Value], problems: [String: Phrase]) {
        var values: [ColumnID: Value] = [:]
        var problems: [String: Phrase] = [:]
        for column in columns {
            let text = Self.sent(form, column)
            guard !column.required || !text.isEmpty else {
                problems[column.name] = NodeTexts.required
                continue
            }
            do {
                values[column.id] = try column.value(from: text, names: names)
            } catch {
                problems[column.name] = error.phrase
            }
        }
        return (values, problems)
    }

    /// What a refusal says, by column where it names one.
    static func problems(_ error: CommandError, _ table: Table) -> (byColumn: [String: Phrase], general: Phrase) {
        let named = error.details.compactMap { detail -> (String, Phrase)? in
            guard let name = detail["column"]?.text, table.column(named: name) != nil, let zh = detail["zh"]?.text
            else {
                return nil
            }
            return (name, Phrase(zh, detail["en"]?.text ?? zh))
        }
        return (Dictionary(named, uniquingKeysWith: { first, _ in first }), error.phrase)
    }
}
