public import CRDT

extension TableID {
    public static let consent = TableID(rawValue: 15)
}

/// The columns of `consent`.
public enum ConsentColumn {
    public static let teacher = ColumnID(1)
    public static let purpose = ColumnID(2)
    public static let recipients = ColumnID(3)
    public static let fields = ColumnID(4)
    public static let given = ColumnID(5)
    public static let method = ColumnID(6)
    public static let textVersion = ColumnID(7)
    public static let recordedBy = ColumnID(8)
    public static let withdrawn = ColumnID(9)
}

/// Whose data the rows of a table are. They leave their owner's node only by that person's consent (同意).
public enum Personal: Hashable, Sendable {
    /// A row is the entry of a person.
    case entry
    /// A row says more of the person whose entry this column names; a consent covers it under a word of its own.
    case about(ColumnID, field: String)
}

extension Schema {
    /// The consents of persons of whom the alliance pools data.
    ///
    /// Nobody deletes one: it is the proof that what was shared was shared rightly, and its end is a value in it. Its number
    /// is smaller than that of the tables it is about, so that in one transaction it is written before them.
    static let consents: [Table] = [
        Table(
            15, "consent", "同意", "consent", naturalKey: [1], ownership: .author, audience: .owner,
            rule: WriteRule(create: [.owner], edit: [.owner], delete: []),
            columns: [
                Column(1, "teacher", "教师", "teacher", .reference(.teacher), required: true, once: true),
                Column(2, "purpose", "目的", "purpose", .text(max: 200), required: true),
                Column(
                    3, "recipients", "接收方", "recipients",
                    .choice([.init("alliance", "联盟各成员单位和秘书处", "the alliance's members and its secretariat")]),
                    required: true),
                Column(4, "fields", "项目", "fields", .text(max: 200), required: true),
                Column(5, "given", "同意日期", "given", .date, required: true),
                Column(
                    6, "method", "方式", "method",
                    .choice([
                        .init("paper", "纸质签字", "signed on paper"),
                        .init("electronic", "电子确认", "confirmed electronically"),
                    ]), required: true),
                Column(7, "text_version", "文本版本", "text version", .text(max: 40)),
                Column(8, "recorded_by", "登记人", "recorded by", .text(max: 80)),
                Column(9, "withdrawn", "撤回时间", "withdrawn", .instant),
            ])
    ]
}
