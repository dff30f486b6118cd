public import Alliance

/// Reads an Excel workbook (XLSX, ECMA-376) for an import: the sheet that somebody chose, else the first visible one that
/// holds anything.
///
/// Files may come from anybody: parts are bounded when they are unpacked, a document type is refused, no formula is run
/// (its stored result counts), nothing outside the file is read.
public enum Workbook {
    /// Bytes of one sheet, unpacked: 128 MiB; read piece by piece.
    static let sheetMax = 128 << 20
    /// Bytes of the shared texts, unpacked: 64 MiB.
    static let stringsMax = 64 << 20
    /// Bytes of any other part, unpacked: 8 MiB.
    private static let partMax = 8 << 20

    /// Whether a file begins as a workbook does: as a zip file.
    public static func begins(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) }

    /// The names of a workbook's visible sheets, in their order.
    public static func sheets(of bytes: [UInt8]) throws(ImportError) -> [String] {
        try open(bytes).0.visible.map(\.name)
    }

    /// What a workbook would bring into a table.
    /// - Parameters:
    ///   - sheet: the name of a visible sheet; `nil` for the first that holds anything.
    ///   - chosen: by a heading, the name of the column that somebody chose for it; empty to leave it out.
    /// - Throws: why the whole file can't be read. What is wrong with single rows is in the plan.
    public static func plan(
        _ bytes: [UInt8], into table: Table, sheet name: String? = nil, chosen: [String: String] = [:], names: Names
    ) throws(ImportError) -> ImportPlan {
        let (book, rest) = try open(bytes)
        for (index, sheet) in try book.sheets(name).enumerated() {
            let taker = Taker(SheetImport(into: table, chosen: chosen, names: names))
            let merged = try rest.read(sheet, taker)
            guard !taker.sheet.isEmpty else { continue }
            let unread = name == nil ? book.visible[(index + 1)...].map(\.name) : []
            return try taker.sheet.plan(of: sheet.name, merged: merged, unread: unread)
        }
        throw .empty
    }

    /// The headings of a workbook, for somebody to choose what each means.
    public static func headings(
        of bytes: [UInt8], for table: Table, sheet name: String? = nil
    ) throws(ImportError) -> [String] {
        let (book, rest) = try open(bytes)
        for sheet in try book.sheets(name) {
            let taker = Taker(SheetImport(into: table, names: .none))
            do throws(ImportError) { _ = try rest.read(sheet, taker) } catch {
                guard !taker.sheet.headings.isEmpty else { throw error }
            }
            if !taker.sheet.headings.isEmpty { return taker.sheet.headings }
        }
        throw .empty
    }

    /// Sheets that are looked into for rows.
    private static let sheetsTried = 20

    private final class Taker {
        var sheet: SheetImport
        init(_ sheet: SheetImport) { self.sheet = sheet }
    }

    private struct Book {
        let visible: [(name: String, path: String)]

        /// Those to look into: the one of a name, or the first ones.
        func sheets(_ name: String?) throws(ImportError) -> [(name: String, path: String)] {
            guard let name else { return Array(visible.prefix(Workbook.sheetsTried)) }
            let found = visible.filter { $0.name == name }
            guard !found.isEmpty else { throw .noSheet(name, visible.map(\.name)) }
            return found
        }
    }

    /// What is needed to read a sheet.
    private struct Rest {
        let archive: ZipArchive
        let strings: [String]
        let formats: [NumberFormat]
        let countsFrom1904: Bool

        /// - Returns: the merged areas.
        func read(
            _ sheet: (name: String, path: String), _ taker: Taker
        ) throws(ImportError) -> [MergedArea] {
            guard let entry = archive.entries[sheet.path] else { throw .damagedWorkbook(sheet.path) }
            let reader = SheetReader(strings: strings, formats: formats, countsFrom1904: countsFrom1904) {
                row throws(ImportError) in
                try taker.sheet.take(row)
            }
            try XMLStream.read(entry, of: archive, most: Workbook.sheetMax, reader)
            return reader.merged
        }
    }

    private static func open(_ bytes: [UInt8]) throws(ImportError) -> (Book, Rest) {
        guard bytes.count <= ImportLimits.fileSizeMax else { throw .fileTooLarge(bytes.count) }
        let archive = try ZipArchive(bytes)
        let root = RelationReader()
        try part("_rels/.rels", of: archive, root)
        guard let main = root.byType["officeDocument"].map({ path($0, from: "") }) else {
            throw .damagedWorkbook("_rels/.rels")
        }
        let folder = main.lastIndex(of: "/").map { String(main[...$0]) } ?? ""
        let relations = RelationReader()
        try part("\(folder)_rels/\(main.dropFirst(folder.count)).rels", of: archive, relations)
        let book = BookReader()
        try part(main, of: archive, book)
        let visible = book.sheets.filter { !$0.isHidden }.compactMap { sheet in
            relations.targets[sheet.relation].map { (name: sheet.name, path: path($0, from: folder)) }
        }
        let styles = StyleReader()
        if let target = relations.byType["styles"] { try part(path(target, from: folder), of: archive, styles) }
        let strings = StringsReader()
        if let target = relations.byType["sharedStrings"], let entry = archive.entries[path(target, from: folder)] {
            try XMLStream.read(entry, of: archive, most: stringsMax, strings)
        }
        return (
            Book(visible: visible),
            Rest(
                archive: archive, strings: strings.strings, formats: styles.formats,
                countsFrom1904: book.countsFrom1904)
        )
    }

    private static func part(
        _ path: String, of archive: ZipArchive, _ reader: any XMLReader
    ) throws(ImportError) {
        guard let entry = archive.entries[path] else { throw .damagedWorkbook(path) }
        try XMLStream.read(entry, of: archive, most: partMax, reader)
    }

    /// A part's name in the archive.
    private static func path(_ target: String, from folder: String) -> String {
        target.hasPrefix("/") ? String(target.dropFirst()) : folder + target
    }
}
