public import Alliance
import CRDT
import Store
import Sync
import Wire

/// Why a command was not carried out, for a person and for a program.
public struct CommandError: Error, Sendable {
    public enum Kind: Int32, Sendable {
        /// The command is understood and is not done.
        case refused = 1
        /// The command is not understood.
        case usage = 2
        /// The hub can't be reached.
        case unreachable = 3
    }

    public let kind: Kind
    /// Stable, for programs: `stale`, `unknown-table` …
    public let code: String
    public let phrase: Phrase
    public let details: [JSON]

    public init(_ kind: Kind, _ code: String, _ phrase: Phrase, details: [JSON] = []) {
        self.kind = kind
        self.code = code
        self.phrase = phrase
        self.details = details
    }

    public var json: JSON {
        [
            "error": [
                "code": .string(code), "zh": .string(phrase.zh), "en": .string(phrase.en), "details": .array(details),
            ]
        ]
    }
}

extension CommandError {
    /// Any error of the layers below, for a person.
    public init(_ error: any Error, in schema: Schema = .current) {
        switch error {
        case let error as CommandError: self = error
        case let error as CommandRefusal: self.init(error, schema)
        case let error as StoreError: self.init(.refused, error.code.rawValue, error.phrase)
        case let error as Refusal: self.init(.refused, error.code.rawValue, error.phrase)
        case let error as BundleRefusal: self.init(.refused, error.code.rawValue, error.phrase)
        case let error as WireError: self.init(.refused, error.code.rawValue, error.phrase)
        case let error as ImportError:
            self.init(
                .refused, "\(error.code)", error.what.followed(by: error.remedy))
        default:
            self.init(
                .refused, "failed",
                Phrase("操作未完成（\(error)）；已有数据不受影响。", "Not done (\(error)); what is stored is untouched."))
        }
    }

    private init(_ refusal: CommandRefusal, _ schema: Schema) {
        switch refusal {
        case .stale(let cells):
            self.init(
                .refused, "stale",
                Phrase(
                    "显示之后这些内容已被修改，未写入；请核对两个值后再决定。",
                    "This has changed since it was shown and was not written; look at both values and decide."),
                details: cells.map { cell in
                    let column = schema[cell.key.table]?.column(cell.column)
                    return [
                        "id": JSON(cell.key.id), "column": .string(column?.name ?? "\(cell.column.rawValue)"),
                        "now": cell.now.map { JSON($0.value, of: column?.type) } ?? .null,
                        "stamp": cell.now.map { JSON($0.stamp) } ?? .null,
                        "wanted": JSON(cell.wanted, of: column?.type),
                    ]
                })
        case .violations(let violations):
            let first = violations.first?.code.phrase ?? Phrase("", "")
            self.init(.refused, "not-allowed", first, details: violations.map { JSON($0, schema) })
        case .exists(let key):
            self.init(
                .refused, "exists", Phrase("这一行已存在，未写入。", "This row is there already; nothing was written."),
                details: [JSON(key, schema)])
        case .absent(let key):
            self.init(
                .refused, "absent", Phrase("没有这一行，未写入。", "There is no such row; nothing was written."),
                details: [JSON(key, schema)])
        case .tooLarge(let rows):
            self.init(
                .refused, "too-large",
                Phrase(
                    "一次改动 \(rows) 行，超过上限 \(Limits.transactionRows) 行；请分几次进行。",
                    "\(rows) rows at once, more than \(Limits.transactionRows); split it."))
        case .stopped(let kind):
            self.init(.refused, "stopped", kind.phrase)
        case .consent(let gap): self.init(gap, schema)
        }
    }
}

extension JSON {
    init(_ key: RowKey, _ schema: Schema) {
        self = [
            "table": .string(schema[key.table]?.name ?? "\(key.table.rawValue)"), "owner": JSON(key.owner),
            "id": JSON(key.id),
        ]
    }

    init(_ violation: Violation, _ schema: Schema) {
        let table = schema[violation.key.table]
        self = [
            "table": .string(table?.name ?? "\(violation.key.table.rawValue)"), "id": JSON(violation.key.id),
            "column": violation.column.map { .string(table?.column($0)?.name ?? "\($0.rawValue)") } ?? .null,
            "code": .string("\(violation.code)"), "zh": .string(violation.code.phrase.zh),
            "en": .string(violation.code.phrase.en),
        ]
    }
}
