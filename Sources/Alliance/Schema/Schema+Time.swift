public import CRDT

/// What says when spaces can be used: periods, terms, the alliance's calendar, opening, closures, policies.
extension TableID {
    public static let timetable = TableID(rawValue: 24)
    public static let period = TableID(rawValue: 25)
    public static let term = TableID(rawValue: 26)
    public static let calendarDay = TableID(rawValue: 27)
    public static let opening = TableID(rawValue: 28)
    public static let closure = TableID(rawValue: 29)
    public static let policy = TableID(rawValue: 30)
}

/// The columns of `timetable`.
public enum TimetableColumn {
    public static let campus = ColumnID(1)
    public static let validFrom = ColumnID(2)
    public static let validTo = ColumnID(3)
}

/// The columns of `period`.
public enum PeriodColumn {
    public static let timetable = ColumnID(1)
    public static let number = ColumnID(2)
    public static let starts = ColumnID(3)
    public static let ends = ColumnID(4)
    public static let breakAfter = ColumnID(5)
}

/// The columns of `term`.
public enum TermColumn {
    public static let name = ColumnID(1)
    public static let firstMonday = ColumnID(2)
    public static let weeks = ColumnID(3)
}

/// The columns of `calendar_day`.
public enum CalendarDayColumn {
    public static let date = ColumnID(1)
    public static let name = ColumnID(2)
    public static let holiday = ColumnID(3)
    public static let follows = ColumnID(4)
}

/// The columns of `opening`.
public enum OpeningColumn {
    public static let base = ColumnID(1)
    public static let space = ColumnID(2)
    public static let weekday = ColumnID(3)
    public static let firstPeriod = ColumnID(4)
    public static let lastPeriod = ColumnID(5)
    public static let starts = ColumnID(6)
    public static let ends = ColumnID(7)
}

/// The columns of `closure`.
public enum ClosureColumn {
    public static let base = ColumnID(1)
    public static let space = ColumnID(2)
    public static let first = ColumnID(3)
    public static let last = ColumnID(4)
    public static let kind = ColumnID(5)
    public static let reason = ColumnID(6)
}

/// The columns of `policy`.
public enum PolicyColumn {
    public static let base = ColumnID(1)
    public static let campus = ColumnID(2)
    public static let notice = ColumnID(3)
    public static let ahead = ColumnID(4)
    public static let longest = ColumnID(5)
    public static let before = ColumnID(6)
    public static let after = ColumnID(7)
    public static let approval = ColumnID(8)
    public static let respondBy = ColumnID(9)
}

extension Schema {
    private static let ofOwner = WriteRule(create: [.owner], edit: [.owner], delete: [.owner])
    private static let ofSecretariat = WriteRule(create: [.secretariat], edit: [.secretariat], delete: [.secretariat])

    private static func base(_ headings: [String] = ["基地", "实训基地名称"]) -> Column {
        Column(1, "base", "实训基地", "training base", .reference(.base), required: true, once: true, headings: headings)
    }

    private static let space = Column(
        2, "space", "实训室", "space", .reference(.space), once: true, headings: ["实训室名称"])

    private static func table(
        _ id: UInt16, _ name: String, _ zh: String, _ en: String, key: [UInt16], isAlliance: Bool = false,
        lookups: [UInt16] = [], _ columns: [Column]
    ) -> Table {
        Table(
            id, name, zh, en, naturalKey: key, ownership: isAlliance ? .secretariat : .author, audience: .alliance,
            rule: isAlliance ? ofSecretariat : ofOwner, lookups: lookups, columns: columns)
    }

    /// When spaces can be used (section 22 of the specification).
    static let time: [Table] = [
        table(
            24, "timetable", "节次表", "timetable", key: [1, 2],
            [
                Column(1, "campus", "校区", "campus", .text(max: 80), required: true, once: true),
                Column(
                    2, "valid_from", "启用日期", "valid from", .date, required: true, once: true,
                    headings: ["起用日期", "生效日期"]),
                Column(3, "valid_to", "停用日期", "valid to", .date, headings: ["失效日期"]),
                Column(4, "note", "备注", "note", .text(max: 400)),
            ]),
        table(
            25, "period", "节次", "period", key: [1, 2], lookups: [1],
            [
                Column(1, "timetable", "节次表", "timetable", .reference(.timetable), required: true, once: true),
                Column(2, "number", "节", "number", .integer(1...40), required: true, once: true, headings: ["第几节"]),
                Column(3, "starts", "上课", "starts", .time, required: true, headings: ["开始", "上课时间"]),
                Column(4, "ends", "下课", "ends", .time, required: true, headings: ["结束", "下课时间"]),
                Column(5, "break_after", "课后休息", "break after", .text(max: 20), headings: ["休息"]),
            ]),
        table(
            26, "term", "学期", "term", key: [1],
            [
                Column(1, "name", "学期", "name", .text(max: 40), required: true, once: true, headings: ["学期名称"]),
                Column(2, "first_monday", "第一周周一", "first Monday", .date, required: true, headings: ["开学周一", "起始周一"]),
                Column(3, "weeks", "教学周数", "teaching weeks", .integer(1...30), required: true, headings: ["周数"]),
            ]),
        table(
            27, "calendar_day", "校历", "calendar", key: [1], isAlliance: true,
            [
                Column(1, "date", "日期", "date", .date, required: true, once: true),
                Column(2, "name", "名称", "name", .text(max: 40), required: true, headings: ["节日", "节假日", "name"]),
                Column(
                    3, "holiday", "是否放假", "holiday", .boolean, required: true, headings: ["放假", "isOffDay", "是否休息"]),
                Column(4, "follows", "按此日课表", "follows", .date, headings: ["补课日期", "补哪天的课"]),
            ]),
        table(
            28, "opening", "开放规则", "opening", key: [], lookups: [1],
            [
                base(), space,
                Column(3, "weekday", "星期", "weekday", .integer(1...8), required: true, once: true, headings: ["周几"]),
                Column(4, "first_period", "起始节", "first period", .integer(1...40), once: true),
                Column(5, "last_period", "结束节", "last period", .integer(1...40)),
                Column(6, "starts", "开始", "starts", .time, once: true), Column(7, "ends", "结束", "ends", .time),
            ]),
        table(
            29, "closure", "停用", "closure", key: [], lookups: [1],
            [
                base(), space,
                Column(3, "first", "自", "from", .instant, required: true, once: true, headings: ["开始"]),
                Column(4, "last", "至", "to", .instant, required: true, headings: ["结束"]),
                Column(
                    5, "kind", "类别", "kind",
                    .choice([
                        .init("maintenance", "维护", "maintenance"), .init("exam", "考试", "exam"),
                        .init("contest", "竞赛", "contest"), .init("holiday", "假期", "holiday"),
                    ]), required: true, headings: ["类型"]),
                Column(6, "reason", "原因", "reason", .text(max: 200)),
            ]),
        table(
            30, "policy", "预约规则", "booking policy", key: [1], lookups: [1],
            [
                base(),
                Column(2, "campus", "校区", "campus", .text(max: 80)),
                Column(3, "notice", "至少提前小时", "notice, hours", .integer(0...8760)),
                Column(4, "ahead", "最多提前天", "ahead at most, days", .integer(1...400)),
                Column(5, "longest", "最长分钟", "longest, minutes", .integer(1...44640)),
                Column(6, "before", "课前准备分钟", "before, minutes", .integer(0...240)),
                Column(7, "after", "课后整理分钟", "after, minutes", .integer(0...240)),
                Column(8, "approval", "须批复", "needs approval", .boolean),
                Column(9, "respond_by", "批复时限小时", "respond within, hours", .integer(1...8760)),
            ]),
    ]
}
