/// Why a whole file can't be read.
public struct ImportError: Error, Hashable, Sendable {
    public let code: Code
    public let what: Phrase
    public let remedy: Phrase

    public enum Code: String, Hashable, Sendable, CaseIterable {
        case empty, fileTooLarge, tooManyRows, tooManyColumns
        case workbook, damagedWorkbook, sealedWorkbook, workbookTooLarge, noSheet, badByte, noConverter
        case brokenHeadings, repeatedHeading, missingHeadings
    }

    private init(_ code: Code, _ what: Phrase, _ remedy: Phrase) {
        self.code = code
        self.what = what
        self.remedy = remedy
    }
}

// MARK: What can be wrong

extension ImportError {
    public static let empty = ImportError(
        .empty, Phrase("文件是空的，没有标题行", "The file is empty; it has no heading line"),
        Phrase("请确认选对了文件；第一行应为各栏标题。", "See whether it is the right file; its first line must hold the headings."))

    public static func fileTooLarge(_ size: Int) -> ImportError {
        let max = ImportLimits.fileSizeMax >> 20
        return ImportError(
            .fileTooLarge,
            Phrase("文件有 \(size) 字节，最多 \(max) MiB", "The file has \(size) bytes; at most \(max) MiB are read"),
            Phrase("请把文件拆成几份分别导入。", "Split it and import the parts."))
    }

    static let tooManyRows = ImportError(
        .tooManyRows,
        Phrase("行数超过 \(ImportLimits.rowsMax)", "It has more than \(ImportLimits.rowsMax) rows"),
        Phrase("请把文件拆成几份分别导入。", "Split it and import the parts."))

    static let tooManyColumns = ImportError(
        .tooManyColumns,
        Phrase("标题超过 \(ImportLimits.columnsMax) 栏", "It has more than \(ImportLimits.columnsMax) headings"),
        Phrase("请只保留需要的栏。", "Keep the columns that are needed."))

    static let workbook = ImportError(
        .workbook,
        Phrase(
            "这是旧式 Excel 工作簿（xls），或是加了密码的工作簿", "This is a workbook of old Excel (xls), or one with a password"),
        Phrase(
            "请在 Excel 或 WPS 中去掉密码，“另存为”→“Excel 工作簿（xlsx）”，再导入。",
            "In Excel or WPS take the password off, choose Save as → Excel workbook (xlsx), and import that."))

    /// - Parameter part: of the file, where it can't be read.
    public static func damagedWorkbook(_ part: String) -> ImportError {
        ImportError(
            .damagedWorkbook,
            Phrase("文件不是完整的 Excel 工作簿（\(part.shown)）", "The file is no whole Excel workbook (\(part.shown))"),
            Phrase(
                "请在 Excel 或 WPS 中打开，另存为 xlsx 或“CSV UTF-8”，再导入。",
                "Open it in Excel or WPS, save it as xlsx or CSV UTF-8, and import that."))
    }

    public static let sealedWorkbook = ImportError(
        .sealedWorkbook, Phrase("工作簿加了密码", "The workbook has a password"),
        Phrase("请在 Excel 或 WPS 中去掉密码，保存后再导入。", "Take the password off in Excel or WPS, save, and import that."))

    /// - Parameter most: bytes that one part of a workbook may have.
    public static func workbookTooLarge(_ most: Int) -> ImportError {
        ImportError(
            .workbookTooLarge,
            Phrase(
                "工作簿解开后超过 \(most >> 20) MiB，没有读完",
                "Unpacked, the workbook is larger than \(most >> 20) MiB; it was not read"),
            Phrase(
                "请只保留要导入的工作表和数据，或拆成几份；不认识的人发来的这种文件请勿打开。",
                "Keep only the sheet and the data to import, or split it; don't open such a file from somebody whom you don't know."
            ))
    }

    public static func noSheet(_ name: String, _ there: [String]) -> ImportError {
        let names = there.prefix(10).map(\.shown)
        return ImportError(
            .noSheet,
            Phrase("工作簿里没有工作表「\(name.shown)」", "The workbook has no sheet “\(name.shown)”"),
            Phrase(
                "请从这些里选一个：\(names.map { "「\($0)」" }.joined(separator: "、"))。",
                "Choose one of these: \(names.map { "“\($0)”" }.joined(separator: ", "))."))
    }

    static func noConverter(_ encoding: TextEncoding) -> ImportError {
        ImportError(
            .noConverter,
            Phrase("这台机器没有 \(encoding.name) 的转换表", "This machine has no conversion table for \(encoding.name)"),
            Phrase(
                "请把文件另存为 CSV UTF-8 再导入，或由管理员安装 glibc 的 gconv 模块。",
                "Save the file as CSV UTF-8, or have glibc's gconv modules installed."))
    }

    static func badByte(at offset: Int, line: Int, tried: [TextEncoding]) -> ImportError {
        let names = tried.map(\.name)
        return ImportError(
            .badByte,
            Phrase(
                "第 \(line) 行、文件第 \(offset) 字节处（从 0 起）不是有效的 \(names.joined(separator: " 或 ")) 文字",
                "At line \(line), byte offset \(offset) (from 0), it is not valid \(names.joined(separator: " or "))"),
            Phrase(
                "请在 Excel 或 WPS 中另存为“CSV UTF-8”，或指明文件的编码后重试。",
                "Save it as CSV UTF-8 in Excel or WPS, or name the file's encoding and try again."))
    }

    static func brokenHeadings(_ fault: CSVFault) -> ImportError {
        ImportError(.brokenHeadings, fault.what, fault.remedy)
    }

    static func repeatedHeading(_ first: String, _ second: String, _ title: Phrase) -> ImportError {
        ImportError(
            .repeatedHeading,
            Phrase(
                "标题「\(first.shown)」和「\(second.shown)」都是「\(title.zh)」这一栏",
                "The headings “\(first.shown)” and “\(second.shown)” both mean \(title.en)"),
            Phrase("请删去或改名其中一栏。", "Remove or rename one of them."))
    }

    static func missingHeadings(_ columns: [Column]) -> ImportError {
        let zh = columns.map { "「\($0.accepted.joined(separator: "／"))」" }.joined(separator: "、")
        let en = columns.map { "“\($0.accepted.joined(separator: " / "))”" }.joined(separator: ", ")
        return ImportError(
            .missingHeadings,
            Phrase(
                "缺少必填栏：\(columns.map(\.title.zh).joined(separator: "、"))",
                "Required columns are missing: \(columns.map(\.title.en).joined(separator: ", "))"),
            Phrase("请在标题行加上这些标题（斜线分开的任一种均可）：\(zh)。", "Add these headings (any of those between slashes): \(en)."))
    }
}
