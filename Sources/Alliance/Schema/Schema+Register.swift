public import CRDT

/// The ids of the tables that the sync itself reads.
extension TableID {
    public static let member = TableID(rawValue: 1)
    public static let node = TableID(rawValue: 2)
    public static let replica = TableID(rawValue: 3)
    public static let conflict = TableID(rawValue: 4)
}

/// The columns of `member` that code names.
public enum MemberColumn {
    public static let name = ColumnID(1)
    public static let kind = ColumnID(2)
    public static let place = ColumnID(3)
    public static let left = ColumnID(7)
}

/// The columns of `node`.
public enum NodeColumn {
    public static let member = ColumnID(1)
    public static let key = ColumnID(2)
    public static let name = ColumnID(3)
    public static let isHub = ColumnID(4)
    public static let joined = ColumnID(5)
    public static let revoked = ColumnID(6)
    public static let confirmed = ColumnID(7)
}

/// The columns of `replica`.
public enum ReplicaColumn {
    public static let number = ColumnID(1)
    public static let node = ColumnID(2)
    public static let registered = ColumnID(3)
    public static let ended = ColumnID(4)
    public static let standsOn = ColumnID(5)
}

/// The columns of `conflict`. A conflict row is made by the hub; its resolution is written by a person.
public enum ConflictColumn {
    public static let author = ColumnID(1)
    public static let table = ColumnID(2)
    public static let row = ColumnID(3)
    public static let column = ColumnID(4)
    public static let kind = ColumnID(5)
    public static let winningValue = ColumnID(6)
    public static let winningTime = ColumnID(7)
    public static let winningReplica = ColumnID(8)
    public static let losingValue = ColumnID(9)
    public static let losingTime = ColumnID(10)
    public static let losingReplica = ColumnID(11)
    public static let rev = ColumnID(12)
    public static let resolution = ColumnID(13)
    public static let resolved = ColumnID(14)
    public static let winner = ColumnID(15)
}

extension Schema {
    /// The register of the alliance (members, nodes, replicas) and the conflict inbox.
    static let register: [Table] = [
        Table(
            1, "member", "成员单位", "member", naturalKey: [1], ownership: .secretariat, audience: .alliance,
            rule: WriteRule(create: [.secretariat], edit: [.secretariat], delete: [.secretariat]),
            columns: [
                Column(1, "name", "成员名称", "name", .text(max: 80), required: true, headings: ["名称", "单位名称", "单位"]),
                Column(
                    2, "kind", "类型", "kind",
                    .choice([
                        .init("technician", "技工院校", "technical school"),
                        .init("vocational", "中职学校", "vocational school"),
                        .init("firm", "企业", "firm"), .init("association", "行业协会", "association"),
                        .init("research", "科研机构", "research institute"),
                        .init("training", "职业培训机构", "training provider"),
                        .init("education", "教育机构", "education provider"), .init("secretariat", "秘书处", "secretariat"),
                    ]), required: true, headings: ["单位类型", "成员类型"]),
                Column(3, "place", "所在地", "place", .text(max: 80), headings: ["地区", "地点"]),
                Column(4, "source", "来源", "source", .text(max: 40)),
                Column(
                    5, "contact", "联系人", "contact", .text(max: 40), writers: [.named, .secretariat],
                    headings: ["联系人姓名"]),
                Column(
                    6, "phone", "联系电话", "phone", .text(max: 40), writers: [.named, .secretariat],
                    headings: ["电话", "单位电话"]),
                Column(7, "left", "退出时间", "left", .instant),
            ]),
        Table(
            2, "node", "节点", "node", ownership: .secretariat, audience: .alliance,
            rule: WriteRule(create: [.hub], edit: [.hub], delete: []),
            columns: [
                Column(1, "member", "成员", "member", .member, required: true, once: true),
                Column(2, "key", "公钥", "public key", .bytes(max: 32), required: true, writers: [.party(ColumnID(1))]),
                Column(3, "name", "名称", "name", .text(max: 80)),
                Column(4, "is_hub", "中心", "hub", .boolean, required: true, once: true),
                Column(5, "joined", "加入时间", "joined", .instant, required: true, once: true),
                Column(6, "revoked", "吊销时间", "revoked", .instant),
                Column(7, "confirmed", "确认时间", "confirmed", .instant, writers: [.party(ColumnID(1))]),
            ]),
        Table(
            3, "replica", "副本", "replica", ownership: .secretariat, audience: .alliance,
            rule: WriteRule(create: [.hub], edit: [.hub], delete: []),
            columns: [
                Column(1, "number", "编号", "number", .bytes(max: 8), required: true, once: true),
                Column(2, "node", "节点", "node", .reference(.node), required: true, once: true),
                Column(3, "registered", "登记时间", "registered", .instant, required: true, once: true),
                Column(4, "ended", "终止时间", "ended", .instant),
                Column(5, "stands_on", "接续副本", "stands on", .bytes(max: 8), once: true),
            ]),
        Table(
            4, "conflict", "冲突", "conflict", ownership: .assigned, audience: .parties([ColumnID(1), ColumnID(15)]),
            rule: WriteRule(create: [.hub], edit: [], delete: []),
            columns: [
                Column(1, "author", "落选方", "losing author", .member, required: true, once: true),
                Column(2, "table_id", "表", "table", .integer(0...65535), required: true, once: true),
                Column(3, "row_id", "行", "row", .bytes(max: 16), required: true, once: true),
                Column(4, "column_id", "栏", "column", .integer(0...65535), required: true, once: true),
                Column(
                    5, "kind", "情形", "kind",
                    .choice([
                        .init("edit", "同时修改", "edited on both sides"),
                        .init("deleted", "修改的行已被删除", "edit of a deleted row"),
                        .init("delete_lost", "删除未生效", "deletion that lost"),
                    ]), required: true, once: true),
                Column(6, "winning_value", "生效值", "winning value", .bytes(max: 1 << 16), writers: [.hub]),
                Column(7, "winning_time", "生效值时间", "winning time", .integer(0...Int64.max), required: true, once: true),
                Column(8, "winning_replica", "生效值副本", "winning replica", .bytes(max: 8), required: true, once: true),
                Column(9, "losing_value", "落选值", "losing value", .bytes(max: 1 << 16), writers: [.hub]),
                Column(10, "losing_time", "落选值时间", "losing time", .integer(0...Int64.max), required: true, once: true),
                Column(11, "losing_replica", "落选值副本", "losing replica", .bytes(max: 8), required: true, once: true),
                Column(12, "rev", "日志序号", "rev", .integer(0...Int64.max), required: true, once: true),
                Column(
                    13, "resolution", "处理", "resolution",
                    .choice([.init("kept", "保留生效值", "winner kept"), .init("restored", "恢复落选值", "loser restored")]),
                    writers: [.owner, .party(ColumnID(1)), .party(ColumnID(15)), .secretariat]),
                Column(
                    14, "resolved", "处理时间", "resolved", .instant,
                    writers: [.owner, .party(ColumnID(1)), .party(ColumnID(15)), .secretariat]),
                Column(15, "winner", "生效方", "winning author", .member, required: true, once: true),
            ]),
    ]
}
