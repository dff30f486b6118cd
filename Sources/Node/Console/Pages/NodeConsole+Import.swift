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
                    "file", NodeTexts.file, .file(accept: ".csv,text/csv"), isRequired: true, hint: NodeTexts.fileHint),
                Field(
                    "encoding", NodeTexts.encoding,
                    .choice(Self.encodings.map { ($0, $0.isEmpty ? HTML(NodeTexts.findEncoding) : HTML(text: $0)) }),
                    value: visit.form["encoding"]),
            ], submit: NodeTexts.preview, note: note ?? "", back: "/tables/\(table.name)", hasFile: true,
            swaps: "content")
        let help: HTML = """
            <div class="body"><p>\(NodeTexts.headingsText)</p><p>\(headings)</p><p class="muted">\(NodeTexts.importText)</p></div>
            """
        let content: HTML = """
            \(Parts.head(HTML(NodeTexts.importInto(table.title))))\(preview)<div class="grid"><div class="col">\
            \(Parts.card("file-card", NodeTexts.file, "<div class=\"body\">\(form.html)</div>"))</div>\
            <div class="col">\(Parts.card("headings", NodeTexts.headings, help))</div></div>
            """
        return Page(
            HTML(NodeTexts.importRows), place: "/tables/\(table.name)",
            above: [("/tables", HTML(NodeTexts.tables)), ("/tables/\(table.name)", HTML(table.title))], content)
    }

    /// Reads the file and shows what it would do; nothing is written.
    @Sendable func preview(_ visit: Visit) throws -> Reply {
        let table = try shownTable(visit)
        guard let file = visit.form.files["file"], !file.bytes.isEmpty else {
            return .page(try importer(visit, problem: NodeTexts.noFile), status: .unprocessableContent)
        }
        do {
            let encoding = TextEncoding(rawValue: visit.form["encoding"])
            let result = try replica.importRows(file.bytes, into: table, encoding: encoding, dryRun: true)
            let key = uploads.keep(
                file.bytes, name: file.name, encoding: result.plan.encoding.rawValue, owner: visit.token)
            return .page(try importer(visit, shown(result, file.name, key, visit)))
        } catch {
            return .page(try importer(visit, problem: CommandError(error).phrase), status: .unprocessableContent)
        }
    }

    private func shown(_ result: OpenReplica.ImportResult, _ name: String, _ key: String, _ visit: Visit) -> HTML {
        let mapping = Grid(
            "mapping", label: NodeTexts.mapping,
            headings: [.init(NodeTexts.heading), .init(NodeTexts.column)],
            lines: result.plan.mapping.map { item in
                Grid.Line([HTML(text: item.heading), item.column.map { HTML($0.title) } ?? HTML(NodeTexts.notRead)])
            })
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
        let counts: HTML = """
            <dl class="kv"><dt>\(NodeTexts.file)</dt><dd>\(name)</dd><dt>\(NodeTexts.encoding)</dt><dd>\(result.plan.encoding.rawValue)</dd>\
            <dt>\(NodeTexts.willAdd)</dt><dd>\(result.created)</dd><dt>\(NodeTexts.willChange)</dt><dd>\(result.changed)</dd>\
            <dt>\(NodeTexts.unchanged)</dt><dd>\(result.unchanged)</dd></dl>
            """
        let table = result.table
        let act: HTML
        if result.problemCount > 0 {
            act = Note(.bad, title: NodeTexts.problemCount(result.problemCount), NodeTexts.problemText).html
        } else {
            act = Form.button(
                "/tables/\(table.name)/import/write", token: visit.token, hidden: [("upload", key), ("key", key)],
                .check,
                NodeTexts.writeRows(result.created + result.changed), style: "pri")
        }
        let list: HTML = result.problemCount > 0 ? Parts.card("problem-card", NodeTexts.problems, problems.html) : ""
        return """
            \(Parts.card("preview", NodeTexts.preview, "<div class=\"body\">\(counts)\(act)</div>"))\(list)\
            \(Parts.card("mapping-card", NodeTexts.mapping, mapping.html))
            """
    }

    @Sendable func writeImport(_ visit: Visit) throws -> Reply {
        let table = try shownTable(visit)
        guard let upload = uploads.find(visit.form["upload"], owner: visit.token) else {
            return .page(try importer(visit, problem: NodeTexts.uploadGone), status: .unprocessableContent)
        }
        let result = try replica.importRows(
            upload.bytes, into: table, encoding: TextEncoding(rawValue: upload.encoding), dryRun: false)
        guard result.problemCount == 0 else {
            return .page(
                try importer(visit, shown(result, upload.name, upload.key, visit)), status: .unprocessableContent)
        }
        uploads.drop(upload.key)
        wake()
        return .done("/tables/\(table.name)", "imported")
    }
}
