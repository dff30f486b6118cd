/// A row of a workbook's sheet, as an import takes it.
public struct SheetRow: Hashable, Sendable {
    /// Its number in the sheet, counted from 1.
    public let line: Int
    /// By column, from the first; at most `ImportLimits.columnsMax` and one.
    public let cells: [SheetCell]

    public init(line: Int, cells: [SheetCell]) {
        self.line = line
        self.cells = cells
    }

    var isBlank: Bool { cells.allSatisfy { $0.problem == nil && $0.text.trimmed.isEmpty } }
}

/// A cell of a sheet: what a person sees in it, as text.
public struct SheetCell: Hashable, Sendable {
    public let text: String
    /// Whether it holds a whole number without a format of zeros: as a code it may have lost zeros at its start.
    public let isBareNumber: Bool
    /// Why it can't be taken.
    public let problem: ValueProblem?

    public init(_ text: String, isBareNumber: Bool = false, problem: ValueProblem? = nil) {
        self.text = text
        self.isBareNumber = isBareNumber
        self.problem = problem
    }

    public static let empty = SheetCell("")
}

// MARK: What a workbook's cell can have wrong

extension ValueProblem {
    /// A formula of which the file holds no result.
    public static let noResult = ValueProblem(
        what: Phrase("单元格是公式，文件里没有算出的结果", "The cell is a formula, and the file holds no result of it"),
        remedy: Phrase(
            "请在 Excel 或 WPS 中打开并保存一次，或改填数值。", "Open and save the file once in Excel or WPS, or put the value in."))

    /// A number of more digits than Excel keeps.
    public static let tooManyDigits = ValueProblem(
        what: Phrase(
            "数字超过 15 位，Excel 已改变了后面的数位", "The number has more than 15 digits; Excel has changed the last ones"),
        remedy: Phrase(
            "请把该列设为“文本”，再重新填写完整的号码。", "Set the column to text, and put the whole number in again."))

    /// A number in a date's format that is no date.
    public static let notADate = ValueProblem(
        what: Phrase("单元格的格式是日期，内容却不是有效的日期", "The cell has a date's format and holds no date"),
        remedy: Phrase("请重新填写，例如 2026-11-22。", "Put it in again, such as 2026-11-22."))

    public static let longCell = ValueProblem(
        what: Phrase(
            "单元格超过 \(ImportLimits.cellSizeMax >> 10) KiB",
            "The cell is longer than \(ImportLimits.cellSizeMax >> 10) KiB"),
        remedy: Phrase("请缩短该单元格。", "Shorten the cell."))

    static let merged = ValueProblem(
        what: Phrase("这里有合并的单元格，只有左上角一格有内容", "Cells are merged here, and only the first of them holds anything"),
        remedy: Phrase(
            "请取消合并，并在每一格都填上内容。", "Unmerge them and fill in every cell."))
}

/// An area of several cells with one content.
public struct MergedArea: Hashable, Sendable {
    /// `B5:B7`.
    public let text: String
    public let rows: ClosedRange<Int>
    /// From 0.
    public let columns: ClosedRange<Int>

    public init(text: String, rows: ClosedRange<Int>, columns: ClosedRange<Int>) {
        self.text = text
        self.rows = rows
        self.columns = columns
    }
}
