public import CRDT

/// Why a change to a row is not accepted, and where.
public struct Violation: Hashable, Sendable {
    public let code: Code
    public let key: RowKey
    /// `nil` if it is about the whole row.
    public let column: ColumnID?

    public init(_ code: Code, _ key: RowKey, _ column: ColumnID? = nil) {
        self.code = code
        self.key = key
        self.column = column
    }

    /// The numbers stand in verdicts and never change. A number that this program does not know, from a newer hub, is
    /// kept as it is.
    public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        public static let notYours = Code(rawValue: 1)
        public static let wrongOwner = Code(rawValue: 2)
        public static let writtenOnce = Code(rawValue: 3)
        public static let wrongType = Code(rawValue: 4)
        public static let unknownColumn = Code(rawValue: 5)
        public static let missingValue = Code(rawValue: 6)
        public static let noSuchRow = Code(rawValue: 7)
        public static let wrongPresence = Code(rawValue: 8)
        public static let idTaken = Code(rawValue: 9)
        public static let clock = Code(rawValue: 10)
        public static let limit = Code(rawValue: 11)
        public static let wrongAudience = Code(rawValue: 12)
        public static let unknownTable = Code(rawValue: 13)

        /// Those that this program knows, by number.
        public static let known: [Code] = (1...13).map { Code(rawValue: $0) }

        private static let names = [
            "notYours", "wrongOwner", "writtenOnce", "wrongType", "unknownColumn", "missingValue", "noSuchRow",
            "wrongPresence", "idTaken", "clock", "limit", "wrongAudience", "unknownTable",
        ]

        /// The name for programs: `notYours`.
        public var description: String {
            Self.names.indices.contains(Int(rawValue) - 1) ? Self.names[Int(rawValue) - 1] : "reason\(rawValue)"
        }

        /// Whether it is about who may write, which everyone who merges checks again; the others are about form, and
        /// a newer schema may see them differently.
        public var isAboutRights: Bool {
            switch self {
            case .notYours, .wrongOwner, .writtenOnce: true
            default: false
            }
        }

        /// What is wrong and what to do, for a person.
        public var phrase: Phrase {
            switch self {
            case .notYours:
                Phrase("本单位无权修改这一项；请联系该行的所属单位或秘书处。", "Your member may not write this; ask the row's owner or the secretariat.")
            case .wrongOwner:
                Phrase("该行不能归此单位所有；请以本单位名义新建。", "The row can't belong to that member; make it in your own name.")
            case .writtenOnce:
                Phrase("此项只能在新建时填写；如需更改，请删除后重新新建。", "This is written only when the row is made; to change it, delete the row and make a new one.")
            case .wrongType:
                Phrase("值的类型或范围不对；请按该栏要求填写。", "The value is of the wrong type or out of range; see what the column takes.")
            case .unknownColumn:
                Phrase("没有这一栏；请把程序升级到与中心相同的版本。", "There is no such column; upgrade the program to the hub's version.")
            case .missingValue:
                Phrase("缺少必填项；请补齐。", "A required value is missing; fill it in.")
            case .noSuchRow:
                Phrase("该行不存在；请先新建。", "There is no such row; make it first.")
            case .wrongPresence:
                Phrase("该行的新建、删除次序不对；请刷新后重试。", "The row's births and deletions are out of order; refresh and try again.")
            case .idTaken:
                Phrase("这一编号已被其他单位的行占用；请重新新建。", "Another member's row has this id; make the row anew.")
            case .clock:
                Phrase("写入时间超前中心五分钟以上；程序会自动改正时间后重发。", "Stamped more than five minutes ahead of the hub; the program writes it anew by itself.")
            case .limit:
                Phrase("一次改动过大；请分几次进行。", "One change is too large; split it.")
            case .wrongAudience:
                Phrase("该行被发给了无权查看的单位；请升级程序后重新新建。", "The row was addressed to members that may not read it; upgrade the program and make it anew.")
            case .unknownTable:
                Phrase("没有这张表；请把程序升级到与中心相同的版本。", "There is no such table; upgrade the program to the hub's version.")
            default:
                Phrase("中心给出的原因（\(rawValue)）本程序尚不认识；请升级程序后查看。", "The hub's reason (\(rawValue)) is new to this program; upgrade to read it.")
            }
        }
    }
}
