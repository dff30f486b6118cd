public import CRDT

/// The ledger of points and what it is about.
extension TableID {
    public static let plan = TableID(rawValue: 32)
    public static let grant = TableID(rawValue: 33)
    public static let release = TableID(rawValue: 34)
    public static let use = TableID(rawValue: 35)
    public static let cancel = TableID(rawValue: 36)
    public static let dispute = TableID(rawValue: 37)
    public static let request = TableID(rawValue: 38)
    public static let decline = TableID(rawValue: 39)
    public static let withdrawal = TableID(rawValue: 40)
    public static let booking = TableID(rawValue: 41)

    /// Whether its rows are records of the ledger: written once, and never struck out for their clock.
    public var isLedger: Bool {
        (TableID.grant...TableID.booking).contains(self) || (TableID.admission...TableID.registration).contains(self)
    }
}

/// The columns that every record of the ledger begins with.
public enum AssetColumn {
    public static let table = ColumnID(1)
    public static let row = ColumnID(2)
}

/// The columns of `plan`.
public enum PlanColumn {
    public static let year = ColumnID(1)
    public static let major = ColumnID(2)
    public static let level = ColumnID(3)
    public static let pathway = ColumnID(4)
}

/// The columns of `grant`.
public enum GrantColumn {
    public static let epoch = ColumnID(3)
    public static let counter = ColumnID(4)
    public static let spans = ColumnID(5)
    public static let kind = ColumnID(6)
    public static let holder = ColumnID(7)
    public static let reason = ColumnID(8)
    public static let carries = ColumnID(9)
}

/// The columns of `release`.
public enum ReleaseColumn {
    public static let replica = ColumnID(3)
    public static let pieces = ColumnID(4)
    public static let wish = ColumnID(5)
    public static let note = ColumnID(6)
}

/// The columns of `use`.
public enum UseColumn {
    public static let replica = ColumnID(3)
    public static let pieces = ColumnID(4)
    public static let kind = ColumnID(5)
    public static let member = ColumnID(6)
    public static let request = ColumnID(7)
    public static let subject = ColumnID(8)
}

/// The columns of `cancel`.
public enum CancelColumn {
    public static let replica = ColumnID(3)
    public static let use = ColumnID(4)
    public static let reason = ColumnID(5)
    public static let pieces = ColumnID(6)
}

/// The columns of `dispute`.
public enum DisputeColumn {
    public static let record = ColumnID(3)
    public static let winner = ColumnID(4)
    public static let reason = ColumnID(5)
}

/// The columns of `request`.
public enum RequestColumn {
    public static let replica = ColumnID(3)
    public static let kind = ColumnID(4)
    public static let count = ColumnID(5)
    public static let first = ColumnID(6)
    public static let last = ColumnID(7)
    public static let subject = ColumnID(8)
    public static let waits = ColumnID(9)
}

/// The columns of `decline`.
public enum DeclineColumn {
    public static let request = ColumnID(3)
    public static let asker = ColumnID(4)
    public static let reason = ColumnID(5)
    public static let alternatives = ColumnID(6)
}

/// The columns of `withdrawal`.
public enum WithdrawalColumn {
    public static let request = ColumnID(3)
    public static let reason = ColumnID(4)
}

/// The columns of `booking`.
public enum BookingColumn {
    public static let host = ColumnID(3)
    public static let first = ColumnID(4)
    public static let last = ColumnID(5)
    public static let workstations = ColumnID(6)
    public static let purpose = ColumnID(7)
    public static let className = ColumnID(8)
    public static let heads = ColumnID(9)
    public static let teacher = ColumnID(10)
    public static let series = ColumnID(11)
    public static let replaces = ColumnID(12)
}

extension Schema {
    static let byHub = WriteRule(create: [.hub], edit: [], delete: [])
    static let once = WriteRule(create: [.owner], edit: [], delete: [])

    /// Of which asset a record speaks.
    static let asset: [Column] = [
        Column(1, "asset_table", "资源类别", "kind of asset", .integer(0...65535), required: true, once: true),
        Column(2, "asset", "资源", "asset", .bytes(max: 16), required: true, once: true),
    ]

    static func id(_ number: UInt16, _ name: String, _ zh: String, _ en: String, required: Bool = false)
        -> Column
    {
        Column(number, name, zh, en, .bytes(max: 16), required: required, once: true)
    }

    private static func replica(_ number: UInt16) -> Column {
        Column(number, "replica", "副本", "replica", .bytes(max: 8), required: true, once: true)
    }

    private static func pieces(_ number: UInt16) -> Column {
        Column(number, "pieces", "时段或名额", "points", .bytes(max: PointBytes.sizeMax), required: true, once: true)
    }

    private static func instant(_ number: UInt16, _ name: String, _ zh: String, _ en: String) -> Column {
        Column(number, name, zh, en, .integer(PointBytes.points), required: true, once: true)
    }

    /// Plans, and the records of which the places of all points follow (section 21).
    static let ledger: [Table] = [
        Table(
            32, "plan", "招生计划", "enrolment plan", naturalKey: [1, 2, 3, 4], ownership: .secretariat,
            audience: .alliance,
            rule: WriteRule(create: [.secretariat], edit: [.secretariat], delete: []),
            columns: [
                Column(1, "year", "招生年份", "year", .integer(2000...2200), required: true, once: true, headings: ["年份"]),
                Column(2, "major", "专业", "major", .reference(.major), required: true, once: true, headings: ["专业代码"]),
                Column(3, "level", "培养层次", "level", .levels, required: true, once: true, headings: ["层次"]),
                Column(4, "pathway", "培养模式", "pathway", .text(max: 40), required: true, once: true, headings: ["模式"]),
                Column(5, "approved_by", "批准依据", "approved by", .text(max: 120)),
                Column(6, "note", "备注", "note", .text(max: 400)),
            ]),
        Table(
            33, "grant", "授予", "grant", ownership: .secretariat, audience: .alliance, rule: byHub, lookups: [2],
            columns: asset + [
                Column(3, "epoch", "纪元", "epoch", .integer(1...Int64(UInt32.max)), required: true, once: true),
                Column(4, "counter", "序号", "counter", .integer(1...Int64.max), required: true, once: true),
                Column(5, "spans", "时段或名额", "points", .bytes(max: PointBytes.sizeMax), required: true, once: true),
                Column(
                    6, "kind", "去向", "where to",
                    .choice([
                        .init("replica", "副本", "a replica"), .init("pool", "公共池", "the pool"),
                        .init("burnt", "核减", "cut"),
                    ]), required: true, once: true),
                Column(7, "holder", "持有副本", "holder", .bytes(max: 8), once: true),
                Column(
                    8, "reason", "缘由", "reason",
                    .choice([
                        .init("mint", "设立", "made"), .init("allot", "分配", "allotted"),
                        .init("transfer", "转交", "passed on"), .init("attest", "确认移交", "attested"),
                        .init("recovery", "恢复", "recovery"), .init("cut", "核减", "cut"),
                        .init("ask", "交场地单位批复", "for its owner to decide"),
                    ]), required: true, once: true),
                Column(9, "carries", "随带的占用", "uses that go with it", .bytes(max: PointBytes.sizeMax), once: true),
            ]),
        Table(
            34, "release", "释放", "release", ownership: .author, audience: .alliance, rule: once, lookups: [2],
            columns: asset + [
                replica(3), pieces(4), Column(5, "wish", "转给", "for", .member, once: true),
                Column(6, "note", "说明", "note", .text(max: 200), once: true),
            ]),
        Table(
            35, "use", "占用", "use", ownership: .author, audience: .alliance, rule: once, lookups: [2, 7, 8],
            columns: asset + [
                replica(3), pieces(4),
                Column(
                    5, "kind", "用途", "kind",
                    .choice([.init("booking", "预约", "booking"), .init("admission", "录取", "admission")]), required: true,
                    once: true),
                Column(6, "member", "使用单位", "for", .member, required: true, once: true),
                id(7, "request", "申请", "request"), id(8, "subject", "事项", "subject"),
            ]),
        Table(
            36, "cancel", "取消", "cancel", ownership: .author, audience: .alliance, rule: once, lookups: [2, 4],
            columns: asset + [
                replica(3), id(4, "use", "占用", "use", required: true),
                Column(5, "reason", "原因", "reason", .text(max: 200), once: true), pieces(6),
            ]),
        Table(
            37, "dispute", "争议", "dispute", naturalKey: [3], ownership: .secretariat, audience: .alliance, rule: byHub,
            lookups: [2, 3],
            columns: asset + [
                id(3, "record", "不生效的记录", "record that does not count", required: true),
                id(4, "winner", "生效的占用", "use that stands"),
                Column(
                    5, "reason", "原因", "reason",
                    .choice([
                        .init("taken", "已被占用", "taken"), .init("gone", "已归他方", "gone"),
                        .init("foreign", "并非持有方", "not the holder's"), .init("displaced", "让位于后一次授予", "displaced"),
                    ]), required: true, once: true),
            ]),
        Table(
            38, "request", "申请", "request", ownership: .author, audience: .alliance, rule: once, lookups: [2, 8, 9],
            columns: asset + [
                replica(3),
                Column(
                    4, "kind", "所求", "wants",
                    .choice([.init("lanes", "工位", "workstations"), .init("places", "名额", "places")]), required: true,
                    once: true),
                Column(5, "count", "数量", "count", .integer(1...100_000), required: true, once: true),
                instant(6, "first", "自", "from"), instant(7, "last", "至", "to"), id(8, "subject", "事项", "subject"),
                Column(9, "waits", "候补", "waits", .boolean, once: true),
            ]),
        Table(
            39, "decline", "驳回", "decline", naturalKey: [3], ownership: .author, audience: .parties([ColumnID(4)]),
            rule: once, lookups: [2, 3],
            columns: asset + [
                id(3, "request", "申请", "request", required: true),
                Column(4, "asker", "申请单位", "asker", .member, required: true, once: true),
                Column(5, "reason", "理由", "reason", .text(max: 200), required: true, once: true),
                Column(6, "alternatives", "可选方案", "alternatives", .bytes(max: 512), once: true),
            ]),
        Table(
            40, "withdrawal", "撤回", "withdrawal", naturalKey: [3], ownership: .author, audience: .alliance, rule: once,
            lookups: [2, 3],
            columns: asset + [
                id(3, "request", "申请", "request", required: true),
                Column(4, "reason", "原因", "reason", .text(max: 200), once: true),
            ]),
        Table(
            41, "booking", "预约", "booking", ownership: .author, audience: .parties([ColumnID(3)]), rule: once,
            lookups: [2, 11, 12],
            columns: asset + [
                Column(3, "host", "场地单位", "host", .member, required: true, once: true),
                instant(4, "first", "自", "from"), instant(5, "last", "至", "to"),
                Column(6, "workstations", "工位数", "workstations", .integer(1...2000), required: true, once: true),
                Column(7, "purpose", "用途", "purpose", .text(max: 200), required: true, once: true),
                Column(8, "class_name", "班级", "class", .text(max: 80), once: true),
                Column(9, "heads", "人数", "head count", .integer(0...2000), once: true),
                Column(10, "teacher", "教师", "teacher", .reference(.teacher), once: true),
                id(11, "series", "系列", "series"), id(12, "replaces", "改自", "replaces"),
            ]),
    ]
}
