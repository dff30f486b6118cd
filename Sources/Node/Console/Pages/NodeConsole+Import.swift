import Alliance
import HTTPTypes
import Replica
import Web

extension NodeConsole {
    private static let encodings = ["", "utf8", "gb18030", "utf16le", "utf16be"]

    func importer(_ visit: Visit, problem: Phrase? = nil, _ preview: HTML = "") throws -> Page {
        let table = try shownTable(visit)
        let note: HTML? = problem.map { Note(.bad, $0).html }
        let headings = table.columns.map { column -> HTML in
            "\(column.title)\("<span class=\"req\">*</span>" as HTML, if: column.required) "
        }
        let form = Form(
            "/tables/\(table.name)/import", token: visit.token,
            fields: [
                Field(
                    "file", NodeTexts.file, .file(accept: ".csv,.xlsx,text/csv"), isRequired: true,
                    hint: NodeTexts.fileHint),
                Field(
                    "encoding", NodeTexts.encoding,
                    .choice(Self.encodings.map { ($0, $0.isEmpty ? HTML(NodeTexts.findEncoding) : HTML(text: $0)) }),
                    value: visit.form["encoding"]),
            ] + batchConsent(table, visit), submit: NodeTexts.preview, note: note ?? "", back: "/tables/\(table.name)",
            hasFile: true,
            swaps: "content")
        let help: HTML = """
            <div class="body"><p>\(NodeTexts.headingsText)</p><p>\(headings)</p><p class="muted">\(NodeTexts.importText)</p></div>
            """
        let content: HTML = """
            \(Parts.head(HTML(NodeTexts.importInto(table.title))))\(undoNote(table, visit))\(preview)<div class="grid"><div class="col">\
            \(Parts.card("file-card", NodeTexts.file, "<div class=\"body\">\(form.html)</div>"))\(lastImports(table, visit))</div>\
            <div class="col">\(Parts.card("headings", NodeTexts.headings, help))</div></div>
            """
        return Page(
            HTML(NodeTexts.importRows), place: "/tables/\(table.name)",
            above: [("/tables", HTML(NodeTexts.tables)), ("/tables/\(table.name)", HTML(table.title))], content)
    }

    /// Of persons' entries: whether consents are collected, and of which date.
    private func batchConsent(_ table: Table, _ visit: Visit) -> [Field] {
        guard table.personal == .entry else { return [] }
        return [
            Field(
                "consent", NodeTexts.batchConsent, .date, value: visit.form["consent"],
                hint: NodeTexts.batchConsentHint)
        ]
    }

    private func consent(_ table: Table, _ visit: Visit) throws -> ConsentStatement? {
        guard table.personal == .entry, !visit.form["consent"].isEmpty else { return nil }
        return try statement(given: visit.form["consent"], visit)
    }

    /// Reads the file and shows what it would do; nothing is written.
    @Sendable func preview(_ visit: Visit) throws -> Reply {
        let table = try shownTable(visit)
        let sent = visit.form.files["file"].flatMap { $0.bytes.isEmpty ? nil : $0 }
        let earlier = uploads.find(visit.form["upload"], owner: visit.token)
        guard let bytes = sent?.bytes ?? earlier?.bytes, let name = sent?.name ?? earlier?.name else {
            let problem = visit.form["upload"].isEmpty ? NodeTexts.noFile : NodeTexts.uploadGone
            return .page(try importer(visit, problem: problem), status: .unprocessableContent)
        }
        let encoding = TextEncoding(rawValue: sent == nil ? earlier?.encoding ?? "" : visit.form["encoding"])
        let named = visit.form["sheet"]
        let sheet = named.isEmpty ? sent == nil ? earlier?.sheet : nil : named
        let chosen = chosenColumns(visit)
        do {
            let result = try replica.importRows(
                bytes, into: table, encoding: encoding, sheet: sheet, chosen: chosen, consent: consent(table, visit),
                dryRun: true)
            let key = uploads.keep(
                bytes, name: name, encoding: result.plan.encoding?.rawValue ?? "", sheet: result.plan.sheet,
                chosen: chosen, owner: visit.token)
            let others = sheetForm(try OpenReplica.sheets(of: bytes), chosen: result.plan.sheet, table, key, visit)
            return .page(try importer(visit, "\(others)\(shown(result, name, key, visit))"))
        } catch {
            let problem = CommandError(error)
            // The headings could be read, and what they mean could not be found: somebody says it.
            let headings =
                ["missingHeadings", "repeatedHeading"].contains(problem.code)
                ? try? OpenReplica.headings(of: bytes, for: table, encoding: encoding, sheet: sheet) : nil
            let sheets = (try? OpenReplica.sheets(of: bytes)) ?? []
            guard headings != nil || sheets.count > 1 else {
                return .page(try importer(visit, problem: problem.phrase), status: .unprocessableContent)
            }
            let key = uploads.keep(
                bytes, name: name, encoding: encoding?.rawValue ?? "", sheet: sheet, chosen: chosen, owner: visit.token)
            let others = sheetForm(sheets, chosen: sheet, table, key, visit)
            let form = headings.map { headings in
                let mapping = headings.map { ($0, chosen[$0].flatMap { table.column(named: $0) }) }
                return Parts.card("mapping-card", NodeTexts.mapping, mappingForm(mapping, table, key, visit))
            }
            return .page(
                try importer(visit, problem: problem.phrase, "\(others)\(form)"), status: .unprocessableContent)
        }
    }

    /// Which sheet of a workbook is read, where it has several.
    private func sheetForm(
        _ sheets: [String], chosen: String?, _ table: Table, _ upload: String, _ visit: Visit
    ) -> HTML {
        guard sheets.count > 1 else { return "" }
        let form = Form(
            "/tables/\(table.name)/import", token: visit.token,
            fields: [
                Field("sheet", NodeTexts.sheet, .choice(sheets.map { ($0, HTML(text: $0)) }), value: chosen ?? "")
            ], hidden: [("upload", upload), ("consent", visit.form["consent"])], submit: NodeTexts.readSheet,
            swaps: "content")
        return Parts.card("sheet-card", NodeTexts.sheet, "<div class=\"body\">\(form.html)</div>")
    }

    /// What somebody chose for each heading, by the fields of the mapping's form.
    private func chosenColumns(_ visit: Visit) -> [String: String] {
        Dictionary(
            visit.form.all("heading").enumerated().map { ($1, visit.form["column-\($0)"]) },
            uniquingKeysWith: { first, _ in first })
    }

    /// Which heading stands for which column, to be chosen by hand.
    private func mappingForm(
        _ mapping: [(heading: String, column: Column?)], _ table: Table, _ upload: String, _ visit: Visit
    ) -> HTML {
        let choices = [("", HTML(NodeTexts.notRead))] + table.columns.map { ($0.name, HTML($0.title)) }
        let fields = mapping.enumerated().map { index, item in
            let heading = item.heading.isEmpty ? "–" : item.heading
            return Field(
                "column-\(index)", Phrase(heading, heading), .choice(choices), value: item.column?.name ?? "")
        }
        let hidden =
            [("upload", upload), ("consent", visit.form["consent"])] + mapping.map { ("heading", $0.heading) }
        let form = Form(
            "/tables/\(table.name)/import", token: visit.token, fields: fields, hidden: hidden,
            submit: NodeTexts.previewMapping, columns: 2, swaps: "content")
        return "<div class=\"body\"><p class=\"muted small\">\(NodeTexts.mappingText)</p>\(form.html)</div>"
    }

    private func shown(_ result: OpenReplica.ImportResult, _ name: String, _ key: String, _ visit: Visit) -> HTML {
        let problems = Grid(
            "problems", label: NodeTexts.problems,
            headings: [
                .init(NodeTexts.line, isNumber: false), .init(NodeTexts.column), .init(NodeTexts.value),
                .init(NodeTexts.what),
            ],
            lines: result.problems.prefix(200).map { problem in
                Grid.Line(
                    [
                        HTML(text: "\(problem.line)"), HTML(text: problem.column ?? ""), HTML(text: problem.value),
                        HTML(problem.phrase),
                    ], tone: .bad)
            })
        let table = result.table
        let kept: HTML =
            table.personal == .entry ? "<dt>\(NodeTexts.willKeep)</dt><dd>\(result.kept)</dd>" : ""
        let counts: HTML = """
            <dl class="kv"><dt>\(NodeTexts.file)</dt><dd>\(name)</dd><dt>\(NodeTexts.encoding)</dt><dd>\(result.plan.formTitle)</dd>\
            <dt>\(NodeTexts.willAdd)</dt><dd>\(result.created)</dd><dt>\(NodeTexts.willChange)</dt><dd>\(result.changed)</dd>\
            <dt>\(NodeTexts.unchanged)</dt><dd>\(result.unchanged)</dd>\(kept)</dl>
            """
        let notices = result.plan.notices.map { Note(.warn, $0).html }
        let act: HTML
        if result.problemCount > 0 {
            act = Note(.bad, title: NodeTexts.problemCount(result.problemCount), NodeTexts.problemText).html
        } else {
            act = Form.button(
                "/tables/\(table.name)/import/write", token: visit.token,
                hidden: [("upload", key), ("key", key), ("consent", visit.form["consent"])],
                .check,
                NodeTexts.writeRows(result.created + result.changed + result.kept), style: "pri")
        }
        let list: HTML = result.problemCount > 0 ? Parts.card("problem-card", NodeTexts.problems, problems.html) : ""
        return """
            \(Parts.card("preview", NodeTexts.preview, "<div class=\"body\">\(counts)\(notices)\(act)</div>"))\(list)\
            \(Parts.card("mapping-card", NodeTexts.mapping, mappingForm(result.plan.mapping, result.table, key, visit)))
            """
    }

    @Sendable func writeImport(_ visit: Visit) throws -> Reply {
        let table = try shownTable(visit)
        guard let upload = uploads.find(visit.form["upload"], owner: visit.token) else {
            return .page(try importer(visit, problem: NodeTexts.uploadGone), status: .unprocessableContent)
        }
        let result = try replica.importRows(
            upload.bytes, into: table, encoding: TextEncoding(rawValue: upload.encoding), sheet: upload.sheet,
            chosen: upload.chosen, consent: consent(table, visit), dryRun: false)
        guard result.problemCount == 0 else {
            return .page(
                try importer(visit, shown(result, upload.name, upload.key, visit)), status: .unprocessableContent)
        }
        uploads.drop(upload.key)
        wake()
        guard let key = result.undo else {
            return .done(result.kept > 0 ? "/persons?without=1" : "/tables/\(table.name)", "imported")
        }
        return .done("/tables/\(table.name)/import?undo=\(key)", "imported")
    }

    /// The imports into a table that can still be taken back.
    private func lastImports(_ table: Table, _ visit: Visit) -> HTML {
        let kept = replica.keptImports().filter { $0.table == table.name && $0.id != visit.query["undo"] }
        guard !kept.isEmpty else { return "" }
        let items = kept.map { one -> HTML in
            let undo = Form.button(
                "/tables/\(table.name)/import/undo", token: visit.token, hidden: [("undo", one.id)], .undo,
                NodeTexts.undoImport, style: "sm ghost")
            return "<li><span>\(Parts.time(one.time))</span> \(undo)</li>"
        }
        return Parts.card("last", NodeTexts.lastImports, "<div class=\"body\"><ul class=\"hits\">\(items)</ul></div>")
    }

    /// The way back from an import that was just written.
    private func undoNote(_ table: Table, _ visit: Visit) -> HTML {
        guard let key = visit.query["undo"] else { return "" }
        let acts: HTML = """
            <div class="acts">\(Parts.button(to: "/tables/\(table.name)", .list, NodeTexts.showRows, style: "sm pri"))\
            \(Form.button("/tables/\(table.name)/import/undo", token: visit.token, hidden: [("undo", key)], .undo, NodeTexts.undoImport, style: "sm"))</div>
            """
        return Note(.info, title: NodeTexts.done["imported"], NodeTexts.undoText, actions: acts).html
    }

    @Sendable func undoImport(_ visit: Visit) throws -> Reply {
        let table = try shownTable(visit)
        let (undone, kept): (Int, Int)
        do { (undone, kept) = try replica.undoImport(visit.form["undo"]) } catch {
            return .page(try importer(visit, problem: CommandError(error).phrase), status: .unprocessableContent)
        }
        wake()
        let said = Note(kept == 0 ? .ok : .warn, NodeTexts.undone(undone, kept)).html
        return .page(try importer(visit, said))
    }
}
