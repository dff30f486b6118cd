import Alliance
import CRDT
import Foundation
import HTTPTypes
import Replica
import Sync
import Web

extension NodeConsole {
    /// The tables that people look at; the sync's own, the ledger's records and consents are not among them.
    var shownTables: [Table] {
        replica.schema.tables.filter { !$0.id.isLedger && ![.conflict, .replica, .node, .consent].contains($0.id) }
    }

    func shownTable(_ visit: Visit) throws -> Table {
        let table = try replica.table(visit.parameters["table"] ?? "")
        guard shownTables.contains(where: { $0.id == table.id }) else {
            throw CommandError(.refused, "absent", NodeTexts.noSuchTable)
        }
        return table
    }

    func tables(_ visit: Visit) throws -> Page {
        let lines = try shownTables.map { table -> Grid.Line in
            let counts = try replica.counts(of: table)
            return Grid.Line([
                "<a href=\"/tables/\(table.name)\">\(table.title)</a>", HTML(text: "\(counts.all)"),
                HTML(text: "\(counts.own)"),
                HTML(table.ownership == .secretariat ? NodeTexts.bySecretariat : NodeTexts.bySchools),
                HTML(table.audience == .alliance ? NodeTexts.toAll : NodeTexts.toOwner),
            ])
        }
        let grid = Grid(
            "tables", label: NodeTexts.tables,
            headings: [
                .init(NodeTexts.table), .init(NodeTexts.rows, isNumber: true), .init(NodeTexts.ownRows, isNumber: true),
                .init(NodeTexts.keptBy), .init(NodeTexts.seenBy),
            ], lines: lines)
        return Page(
            HTML(NodeTexts.tables), place: "/tables",
            "\(Parts.head(HTML(NodeTexts.tables), under: HTML(NodeTexts.tablesText)))\(Parts.card("all", NodeTexts.tables, grid.html))"
        )
    }

    /// The destination that a table's pages stand under.
    private func place(_ table: Table) -> String {
        [.base, .space, .teacher].contains(table.id) ? "/tables/\(table.name)" : "/tables"
    }

    private func above(_ table: Table) -> [(address: String, title: HTML)] {
        [("/tables", HTML(NodeTexts.tables)), ("/tables/\(table.name)", HTML(table.title))]
    }

    // MARK: A list

    func table(_ visit: Visit) throws -> Page {
        let table = try shownTable(visit)
        let list = try RowList(table, replica, visit.query)
        let from = (list.page - 1) * RowList.pageSize
        let lines = list.rows.map { row in
            let first: HTML =
                "<a href=\"/tables/\(table.name)/rows/\(row.key.id.description)\">\(list.text(row, list.columns[0]))</a>"
            return Grid.Line(
                [first] + list.columns.dropFirst().map { HTML(text: list.text(row, $0)) }
                    + [HTML(text: list.ownerName(row))])
        }
        let headings =
            list.columns.map { column in
                Grid.Heading(column.title, isNumber: column.isNumber, sort: list.sort(by: column.name))
            } + [Grid.Heading(NodeTexts.owner)]
        let grid = Grid("rows", label: table.title, headings: headings, lines: lines, isWhole: false)
        let body: HTML =
            lines.isEmpty
            ? Parts.empty(.book, NodeTexts.noRows, list.isFiltered ? NodeTexts.noRowsFound : NodeTexts.noRowsYet)
            : grid.html
        let footer: HTML = """
            <footer><span class="small muted">\(NodeTexts.shownOf(lines.isEmpty ? 0 : from + 1, from + lines.count, list.total))</span>\
            <span class="sp"></span>\(list.turn)</footer>
            """
        let content: HTML = """
            \(Parts.head(HTML(table.title), under: HTML(NodeTexts.rowCount(list.total)), actions: tableActions(table, visit)))\
            <section class="card" id="list"><header>\(list.chips)<span class="sp"></span>\(list.search)</header>\(body)\(footer)</section>
            """
        return Page(HTML(table.title), place: place(table), above: [above(table)[0]], content)
    }

    private func tableActions(_ table: Table, _ visit: Visit) -> HTML {
        guard isAdministrator(visit) else { return "" }
        let path = "/tables/\(table.name)"
        let writes: HTML =
            table.ownership == .author
            ? Parts.button(to: "\(path)/import", .upload, NodeTexts.importRows)
                + Parts.button(to: "\(path)/new", .plus, NodeTexts.add, style: "pri", dialog: true) : ""
        let consents: HTML =
            table.personal == .entry ? Parts.button(to: "/persons", .shield, NodeTexts.consents) : ""
        return consents + Parts.button(to: "\(path)/export?form=xlsx", .download, NodeTexts.exportWorkbook)
            + Parts.button(to: "\(path)/export", .download, NodeTexts.export) + writes
    }

    @Sendable func export(_ visit: Visit) throws -> Reply {
        let table = try shownTable(visit)
        guard visit.query["form"] == "xlsx" else {
            return .file(try replica.export(table), type: "text/csv; charset=utf-8", name: "\(table.title.zh).csv")
        }
        let type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        return .file(try replica.exportWorkbook(table), type: type, name: "\(table.title.zh).xlsx")
    }

    // MARK: One row

    func row(_ visit: Visit) throws -> Page {
        let table = try shownTable(visit)
        let row = try replica.find(visit.parameters["id"] ?? "", in: table)
        let shown = try replica.show(row, of: table)
        let lines = table.columns.map { column -> HTML in
            let cell = shown["columns"]?[column.name]
            let text = cell?["text"]?.text ?? ""
            let value: HTML = text.isEmpty ? "<span class=\"muted\">—</span>" : HTML(text: text)
            let when: HTML? = cell.map {
                "<small class=\"muted\">\(Parts.time($0["time"]?.count ?? 0)) \($0["state"] == "local" ? Pill(.info, .cloudUp, NodeTexts.notSent).html : "")</small>"
            }
            return "<dt>\(column.title)</dt><dd>\(value) \(when)</dd>"
        }
        let path = "/tables/\(table.name)/rows/\(row.key.id)"
        let person: HTML =
            table.personal == .entry && mayEdit(row, table, visit)
            ? Parts.button(to: "/persons/\(row.key.id)", .shield, NodeTexts.consentRecord) : ""
        let acts: HTML =
            mayEdit(row, table, visit)
            ? person + Parts.button(to: "\(path)/delete", .trash, NodeTexts.delete, style: "danger", dialog: true)
                + Parts.button(to: "\(path)/edit", .pencil, NodeTexts.edit, style: "pri", dialog: true) : ""
        let name = try replica.names().rowName(table.id, row.key.id) ?? String(row.key.id.description.prefix(8))
        let content: HTML = """
            \(Parts.head(HTML(text: name), under: "\(table.title) · \(shown["ownerName"]?.text ?? "")", actions: acts))\
            \(Parts.card("row", NodeTexts.fields, "<div class=\"body\"><dl class=\"kv\">\(lines)</dl></div>"))
            """
        return Page(HTML(text: name), place: place(table), above: above(table), content)
    }

    /// Whether this school may write the row at all; the rules of the columns are checked when it does.
    private func mayEdit(_ row: RowState, _ table: Table, _ visit: Visit) -> Bool {
        guard isAdministrator(visit), let own = try? replica.state().member else { return false }
        if row.key.owner == own { return true }
        if table.columns.contains(where: { $0.writers?.contains(.named) == true }) {
            return row.key.id.rawValue == own.rawValue
        }
        return table.rule.edit.contains { writer in
            guard case .coOwners(let column) = writer, case .bytes(let bytes)? = row[column]?.value else {
                return false
            }
            return MemberID.list(bytes: bytes)?.contains(own) ?? false
        }
    }

    // MARK: Writing one

    func newRow(_ visit: Visit, problems: [String: Phrase] = [:], general: Phrase? = nil) throws -> Page {
        let table = try shownTable(visit)
        let fields = try RowFields(table, replica)
        let key = visit.form["key"].isEmpty ? UUID().uuidString : visit.form["key"]
        let note: HTML = general.map { Note(.bad, $0).html } ?? ""
        let form = Form(
            "/tables/\(table.name)/new", token: visit.token,
            fields: fields.fields(isNew: true, problems: problems) { visit.form[RowFields.name(of: $0)] }
                + consentField(table, visit),
            hidden: [("key", key)], submit: Texts.save, note: "<div class=\"full\">\(note)</div>",
            back: "/tables/\(table.name)", columns: 2)
        return formPage(NodeTexts.addTo(table.title), form, table)
    }

    @Sendable func addRow(_ visit: Visit) throws -> Reply {
        let table = try shownTable(visit)
        let read = try RowFields(table, replica).read(visit.form, columns: table.columns)
        guard read.problems.isEmpty else {
            return .page(try newRow(visit, problems: read.problems), status: .unprocessableContent)
        }
        let values = read.values.filter { $0.value != .null }
        do {
            let given = visit.form["consent"]
            if table.personal == .entry, given.isEmpty {
                try replica.keepNew(values)
                return .done("/persons?without=1", "kept")
            }
            let consent = try table.personal == .entry ? statement(given: given, visit) : nil
            let key = try replica.add(values, to: table, consent: consent)
            wake()
            return .done("/tables/\(table.name)/rows/\(key.id)", "added")
        } catch {
            let (problems, general) = RowFields.problems(CommandError(error), table)
            return .page(try newRow(visit, problems: problems, general: general), status: .unprocessableContent)
        }
    }

    /// Of a person's entry: the date of the consent, without which it is kept here.
    private func consentField(_ table: Table, _ visit: Visit) -> [Field] {
        guard table.personal == .entry else { return [] }
        return [
            Field(
                "consent", NodeTexts.ownConsent, .date, value: visit.form["consent"], hint: NodeTexts.ownConsentHint)
        ]
    }

    /// What a form says of a consent by its date alone.
    func statement(given date: String, _ visit: Visit) throws -> ConsentStatement {
        try replica.consentStatement(given: date, recordedBy: visit.who)
    }

    func editor(
        _ visit: Visit, problems: [String: Phrase] = [:], general: Phrase? = nil, moved: Set<String> = []
    ) throws -> Page {
        let table = try shownTable(visit)
        let row = try replica.find(visit.parameters["id"] ?? "", in: table)
        let fields = try RowFields(table, replica)
        let isSent = !visit.form.fields.isEmpty
        let columns = table.columns.filter { !$0.once }
        let list = fields.fields(isNew: false, problems: problems) { column in
            isSent ? visit.form[RowFields.name(of: column)] : fields.text(row, column)
        }
        let hidden = columns.flatMap { column -> [(name: String, value: String)] in
            // What somebody else wrote meanwhile is shown now: sent again, it is written over knowingly.
            let isKept = isSent && !moved.contains(column.name)
            let stamp = isKept ? visit.form["shown-\(column.name)"] : row[column.id]?.stamp.description ?? ""
            let was = isKept ? visit.form["was-\(column.name)"] : fields.text(row, column)
            return [("shown-\(column.name)", stamp), ("was-\(column.name)", was)]
        }
        let note: HTML = general.map { Note(moved.isEmpty ? .bad : .warn, $0).html } ?? ""
        let form = Form(
            "/tables/\(table.name)/rows/\(row.key.id)/edit", token: visit.token, fields: list, hidden: hidden,
            submit: Texts.save, note: "<div class=\"full\">\(note)</div>",
            back: "/tables/\(table.name)/rows/\(row.key.id)",
            columns: 2)
        return formPage(NodeTexts.editOf(table.title), form, table)
    }

    @Sendable func editRow(_ visit: Visit) throws -> Reply {
        let table = try shownTable(visit)
        let row = try replica.find(visit.parameters["id"] ?? "", in: table)
        let fields = try RowFields(table, replica)
        let changed = table.columns.filter { column in
            !column.once && RowFields.sent(visit.form, column) != visit.form["was-\(column.name)"]
        }
        let read = try fields.read(visit.form, columns: changed)
        guard read.problems.isEmpty else {
            return .page(try editor(visit, problems: read.problems), status: .unprocessableContent)
        }
        let stamps = changed.compactMap { column -> (String, String)? in
            let stamp = visit.form["shown-\(column.name)"]
            return stamp.isEmpty ? nil : (column.name, stamp)
        }
        do {
            _ = try replica.edit(
                row, of: table, changed.map { "\($0.name)=\(RowFields.sent(visit.form, $0))" },
                shown: Dictionary(uniqueKeysWithValues: stamps))
            wake()
            return .done("/tables/\(table.name)/rows/\(row.key.id)", "saved")
        } catch {
            let error = CommandError(error)
            guard error.code == "stale" else {
                let (problems, general) = RowFields.problems(error, table)
                return .page(try editor(visit, problems: problems, general: general), status: .unprocessableContent)
            }
            // Both values: what was typed stands in the field, what is there now beside it.
            let now = try replica.find(row.key.id.description, in: table)
            let moved = error.details.compactMap { $0["column"]?.text }
            let problems = moved.compactMap { name -> (String, Phrase)? in
                table.column(named: name).map { (name, NodeTexts.nowIs(fields.text(now, $0))) }
            }
            let page = try editor(
                visit, problems: Dictionary(uniqueKeysWithValues: problems), general: error.phrase, moved: Set(moved))
            return .page(page, status: .conflict)
        }
    }

    func deletion(_ visit: Visit) throws -> Page {
        let table = try shownTable(visit)
        let row = try replica.find(visit.parameters["id"] ?? "", in: table)
        let name = try replica.names().rowName(table.id, row.key.id) ?? ""
        let form = Form(
            "/tables/\(table.name)/rows/\(row.key.id)/delete", token: visit.token, fields: [], submit: NodeTexts.delete,
            note: Note(.warn, NodeTexts.deleteText(name)).html, back: "/tables/\(table.name)/rows/\(row.key.id)")
        return formPage(NodeTexts.deleteOf(table.title), form, table)
    }

    @Sendable func deleteRow(_ visit: Visit) throws -> Reply {
        let table = try shownTable(visit)
        let row = try replica.find(visit.parameters["id"] ?? "", in: table)
        try replica.commit([RowEdit(key: row.key, act: .delete)])
        wake()
        return .done("/tables/\(table.name)", "deleted")
    }

    private func formPage(_ title: Phrase, _ form: Form, _ table: Table) -> Page {
        let content: HTML = """
            \(Parts.head(HTML(title)))<section class="card"><div class="body">\(form.html)</div></section>
            """
        return Page(HTML(title), place: place(table), above: above(table), content)
    }
}

extension Column {
    var isNumber: Bool { if case .integer = type { true } else { false } }
}
