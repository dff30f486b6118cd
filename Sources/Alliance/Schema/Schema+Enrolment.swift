public import CRDT

/// What is said of places beside the ledger of points.
extension TableID {
    public static let admission = TableID(rawValue: 60)
    public static let registration = TableID(rawValue: 61)
    public static let duplicate = TableID(rawValue: 62)
    public static let pathway = TableID(rawValue: 63)
    public static let orderClass = TableID(rawValue: 64)
}

/// The columns of `admission`.
public enum AdmissionColumn {
    public static let mark = ColumnID(3)
    public static let markKey = ColumnID(4)
    public static let orderClass = ColumnID(5)
}

/// The columns of `registration`.
public enum RegistrationColumn {
    public static let admission = ColumnID(3)
    public static let day = ColumnID(4)
}

/// The columns of `duplicate`.
public enum DuplicateColumn {
    public static let first = ColumnID(1)
    public static let firstMember = ColumnID(2)
    public static let second = ColumnID(3)
    public static let secondMember = ColumnID(4)
}

/// The columns of `pathway`.
public enum PathwayColumn {
    public static let name = ColumnID(1)
    public static let laterYears = ColumnID(5)
    public static let lead = ColumnID(6)
}

/// The columns of `order_class`.
public enum OrderClassColumn {
    public static let name = ColumnID(1)
    public static let firm = ColumnID(2)
    public static let places = ColumnID(4)
}

extension ColumnType {
    /// The levels of training.
    static let levels = ColumnType.choice([
        .init("middle", "中级工", "intermediate worker"), .init("senior", "高级工", "senior worker"),
        .init("technician", "预备技师", "junior technician"),
    ])
}

extension Schema {
    /// Admissions, the pathways that plans follow, and order classes (section 21.6).
    static let enrolment: [Table] = [
        Table(
            60, "admission", "录取", "admission", ownership: .author, audience: .owner, rule: once, lookups: [2, 3],
            columns: asset + [
                Column(3, "mark", "考生标记", "applicant's mark", .bytes(max: 16), once: true),
                Column(4, "mark_key", "标记密钥号", "the mark's key", .bytes(max: 4), once: true),
                Column(5, "order_class", "订单班", "order class", .reference(.orderClass), once: true),
            ]),
        Table(
            61, "registration", "注册", "registration", naturalKey: [3], ownership: .author, audience: .owner, rule: once,
            lookups: [2, 3],
            columns: asset + [
                id(3, "admission", "录取", "admission", required: true),
                Column(4, "day", "注册日期", "day", .date, required: true, once: true),
            ]),
        Table(
            62, "duplicate", "重复录取", "applicant admitted twice", naturalKey: [1, 3], ownership: .secretariat,
            audience: .parties([ColumnID(2), ColumnID(4)]), rule: byHub,
            columns: [
                id(1, "first", "录取一", "one admission", required: true),
                Column(2, "first_member", "学校一", "school of the one", .member, required: true, once: true),
                id(3, "second", "录取二", "the other", required: true),
                Column(4, "second_member", "学校二", "school of the other", .member, required: true, once: true),
            ]),
        Table(
            63, "pathway", "培养模式", "pathway", naturalKey: [1], ownership: .secretariat, audience: .alliance,
            rule: bySecretariat,
            columns: [
                Column(1, "name", "培养模式", "name", .text(max: 40), required: true, once: true, headings: ["模式"]),
                Column(2, "entry", "起点", "entry", .text(max: 40)),
                Column(3, "level", "培养层次", "level", .levels, headings: ["层次"]),
                Column(4, "first_years", "前段年数", "first years", .integer(0...12), required: true, headings: ["前段年"]),
                Column(5, "later_years", "后段年数", "later years", .integer(0...12), required: true, headings: ["后段年"]),
                Column(6, "lead", "牵头学校", "lead school", .member, headings: ["后段地点"]),
                Column(7, "source", "来源", "source", .text(max: 40)),
            ]),
        Table(
            64, "order_class", "订单班", "order class", naturalKey: [1], ownership: .author,
            audience: .parties([ColumnID(2)]),
            rule: WriteRule(create: [.owner], edit: [.owner], delete: [.owner]),
            columns: [
                Column(1, "name", "订单班名称", "name", .text(max: 80), required: true, once: true, headings: ["名称"]),
                Column(2, "firm", "企业", "firm", .member, required: true, once: true),
                Column(3, "major", "专业", "major", .reference(.major), headings: ["专业代码"]),
                Column(4, "places", "人数", "places", .integer(1...2000), required: true, headings: ["名额"]),
                Column(5, "note", "备注", "note", .text(max: 400)),
            ]),
    ]
}
