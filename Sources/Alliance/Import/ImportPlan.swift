public import CRDT

/// What a file would bring into a table: its rows as values, and everything that is wrong with it.
///
/// Nothing is written yet. A person sees the plan, mends the file or takes the rows that are good, and a command writes
/// them.
public struct ImportPlan: Sendable {
    public let table: TableID
    /// What kind of file it was read from.
    public let form: Form
    /// What each heading means, in the order of the file; `nil` for the owner's and for unknown ones.
    public let mapping: [(heading: String, column: Column?)]
    /// The headings that mean nothing here: their cells are not read.
    public let ignored: [String]
    /// What somebody should look at before it is written, though nothing is wrong with it.
    public let notices: [Phrase]
    /// The rows without a problem, in the order of the file.
    public let rows: [Row]
    /// The first `ImportLimits.problemsMax`, in the order in which they were found.
    public let problems: [LineProblem]
    /// How many problems there are in all.
    public let problemCount: Int

    public enum Form: Hashable, Sendable {
        /// Separated text, in the encoding that was found or named.
        case text(TextEncoding, Separator)
        /// The sheet of a workbook, by its name.
        case workbook(sheet: String)
    }

    /// The encoding of separated text.
    public var encoding: TextEncoding? { if case .text(let encoding, _) = form { encoding } else { nil } }

    /// The name of a workbook's sheet.
    public var sheet: String? { if case .workbook(let sheet) = form { sheet } else { nil } }

    /// What people call the kind of file: `utf8`, or the sheet's name.
    public var formTitle: String {
        switch form {
        case .text(let encoding, _): encoding.rawValue
        case .workbook(let sheet): "XLSX · \(sheet)"
        }
    }

    /// A row of the file.
    public struct Row: Hashable, Sendable {
        /// The line it starts in, counted from 1.
        public let line: Int
        /// The member that the file names as its owner; `nil` if it names none.
        public let owner: MemberID?
        /// A value for each column that the file has a heading for, `.null` for an empty cell. Columns without a
        /// heading are not in it, so that an import leaves them alone.
        public let values: [ColumnID: Value]
    }
}

/// Something wrong in one line of a file.
public struct LineProblem: Hashable, Sendable {
    /// Counted from 1.
    public let line: Int
    /// The heading of the column as it stands in the file; `nil` if it is about the whole line.
    public let column: String?
    /// What stands in the cell, shortened where it is long.
    public let value: String
    public let what: Phrase
    public let remedy: Phrase

    /// Both, one after the other.
    public var phrase: Phrase { what.followed(by: remedy) }

    public init(line: Int, column: String?, value: String, what: Phrase, remedy: Phrase) {
        self.line = line
        self.column = column
        self.value = value
        self.what = what
        self.remedy = remedy
    }
}

/// Problems as they are found: the first ones in full, then only their number.
struct ProblemList {
    private(set) var problems: [LineProblem] = []
    private(set) var count = 0

    mutating func add(line: Int, column: String?, value: String, _ problem: ValueProblem) {
        count += 1
        guard problems.count < ImportLimits.problemsMax else { return }
        problems.append(
            LineProblem(line: line, column: column, value: value.shown, what: problem.what, remedy: problem.remedy))
    }
}
