public import CRDT

extension TableID {
    public static let major = TableID(rawValue: 16)
    public static let base = TableID(rawValue: 17)
    public static let space = TableID(rawValue: 18)
    public static let teacher = TableID(rawValue: 19)
    public static let teacherContact = TableID(rawValue: 20)
    public static let teacherSpecialty = TableID(rawValue: 21)
    public static let committee = TableID(rawValue: 22)
    public static let seat = TableID(rawValue: 23)
}

/// The columns of `major` that code names.
public enum MajorColumn {
    public static let name = ColumnID(2)
}

/// The columns of `space` that code names.
public enum SpaceColumn {
    public static let base = ColumnID(1)
    public static let name = ColumnID(2)
    public static let capacity = ColumnID(3)
    public static let mode = ColumnID(4)
    public static let workstations = ColumnID(5)
    public static let place = ColumnID(6)
}

/// The columns of `base` that code names.
public enum BaseColumn {
    public static let name = ColumnID(1)
}

/// The columns of `teacher` that code names.
public enum TeacherColumn {
    public static let number = ColumnID(1)
    public static let name = ColumnID(2)
}

extension Schema {
    static let bySecretariat = WriteRule(create: [.secretariat], edit: [.secretariat], delete: [.secretariat])
    private static let byOwner = WriteRule(create: [.owner], edit: [.owner], delete: [.owner])

    /// What the alliance pools: majors, bases, spaces, teachers, committees.
    static let resources: [Table] = [
        Table(
            16, "major", "专业", "major", naturalKey: [1], ownership: .secretariat, audience: .alliance,
            rule: bySecretariat,
            columns: [
                Column(1, "code", "专业代码", "code", .text(max: 20), required: true, once: true, headings: ["代码"]),
                Column(2, "name", "专业名称", "name", .text(max: 80), required: true, headings: ["名称", "专业"]),
                Column(3, "level", "培养层次", "level", .levels, headings: ["层次"]),
                Column(4, "note", "备注", "note", .text(max: 400)),
            ]),
        Table(
            17, "base", "实训基地", "training base", naturalKey: [1], ownership: .author, audience: .alliance,
            rule: WriteRule(create: [.owner], edit: [.owner, .coOwners(ColumnID(5))], delete: [.owner]),
            columns: [
                Column(
                    1, "name", "实训基地名称", "name", .text(max: 120), required: true, headings: ["名称", "基地名称", "实训室名称"]),
                Column(
                    2, "grade", "等级", "grade",
                    .choice([
                        .init("none", "未评", "not graded"), .init("1", "一星", "1 star"), .init("2", "二星", "2 stars"),
                        .init("3", "三星", "3 stars"), .init("4", "四星", "4 stars"), .init("5", "五星", "5 stars"),
                    ]), headings: ["星级"]),
                Column(3, "address", "地址", "address", .text(max: 200)),
                Column(4, "open", "对外开放", "open to others", .boolean, headings: ["开放"]),
                Column(5, "co_owners", "共建单位", "co-owners", .members, writers: [.owner], headings: ["共建"]),
                Column(6, "source", "来源", "source", .text(max: 40)),
                Column(7, "note", "备注", "note", .text(max: 400)),
            ]),
        Table(
            18, "space", "实训室", "space", naturalKey: [1, 2], ownership: .author, audience: .alliance, rule: byOwner,
            columns: [
                Column(
                    1, "base", "实训基地", "training base", .reference(.base), required: true, once: true,
                    headings: ["基地", "实训基地名称"]),
                Column(2, "name", "实训室名称", "name", .text(max: 120), required: true, headings: ["名称", "实训室"]),
                Column(3, "capacity", "容纳人数", "capacity", .integer(1...2000), required: true, headings: ["人数", "容量"]),
                Column(
                    4, "mode", "使用方式", "mode",
                    .choice([.init("exclusive", "独占", "exclusive"), .init("workstation", "工位", "by workstation")]),
                    required: true, once: true, headings: ["方式"]),
                Column(5, "workstations", "工位数", "workstations", .integer(0...2000), headings: ["工位"]),
                Column(6, "place", "位置", "place", .text(max: 120), headings: ["楼层", "地点"]),
                Column(7, "note", "备注", "note", .text(max: 400)),
            ]),
        Table(
            19, "teacher", "教师", "teacher", naturalKey: [1], ownership: .author, audience: .alliance, rule: byOwner,
            personal: .entry,
            columns: [
                Column(
                    1, "staff_no", "工号", "staff number", .text(max: 32), required: true, once: true,
                    headings: ["教工号", "职工号"]),
                Column(2, "name", "姓名", "name", .text(max: 40), required: true, headings: ["教师姓名"]),
                Column(
                    3, "title", "职称", "title",
                    .choice([
                        .init("professor", "正高级讲师", "professor"), .init("senior", "高级讲师", "senior lecturer"),
                        .init("lecturer", "讲师", "lecturer"), .init("assistant", "助理讲师", "assistant lecturer"),
                        .init("none", "未评", "none"),
                    ])),
                Column(
                    4, "skill", "技能等级", "skill level",
                    .choice([
                        .init("master", "高级技师", "senior technician"), .init("technician", "技师", "technician"),
                        .init("senior", "高级工", "senior worker"), .init("none", "无", "none"),
                    ])),
                Column(5, "dual", "双师型", "dual-qualified", .boolean, headings: ["是否双师型"]),
                Column(6, "specialty", "专长", "specialty", .text(max: 120), headings: ["专业特长"]),
                Column(7, "hours", "可外聘周课时", "hours a week for others", .integer(0...40), headings: ["周课时", "外聘课时"]),
                Column(8, "note", "备注", "note", .text(max: 400)),
            ]),
        Table(
            20, "teacher_contact", "教师联系方式", "teacher's contact data", naturalKey: [1], ownership: .author,
            audience: .owner, rule: byOwner, personal: .about(ColumnID(1), field: "contact"),
            columns: [
                Column(
                    1, "teacher", "教师", "teacher", .reference(.teacher), required: true, once: true, headings: ["工号"]),
                Column(2, "phone", "手机", "phone", .text(max: 40), headings: ["电话", "联系电话", "手机号"]),
                Column(3, "email", "邮箱", "e-mail", .text(max: 120), headings: ["电子邮箱"]),
            ]),
        Table(
            21, "teacher_specialty", "教师专业", "teacher's major", naturalKey: [1, 2], ownership: .author,
            audience: .alliance, rule: byOwner, personal: .about(ColumnID(1), field: "majors"),
            columns: [
                Column(
                    1, "teacher", "教师", "teacher", .reference(.teacher), required: true, once: true, headings: ["工号"]),
                Column(2, "major", "专业", "major", .reference(.major), required: true, once: true, headings: ["专业代码"]),
                Column(
                    3, "level", "程度", "level",
                    .choice([.init("main", "主教", "main"), .init("also", "兼教", "also taught")])),
            ]),
        Table(
            22, "committee", "委员会", "committee", naturalKey: [1, 2], ownership: .secretariat, audience: .alliance,
            rule: bySecretariat,
            columns: [
                Column(1, "alliance", "联盟", "alliance", .text(max: 80), required: true, headings: ["联盟名称"]),
                Column(2, "name", "委员会名称", "name", .text(max: 80), required: true, headings: ["委员会", "名称"]),
                Column(3, "source", "来源", "source", .text(max: 40)),
            ]),
        Table(
            23, "seat", "席位", "seat", naturalKey: [1, 2, 3], ownership: .secretariat, audience: .alliance,
            rule: bySecretariat,
            columns: [
                Column(1, "committee", "委员会", "committee", .reference(.committee), required: true, once: true),
                Column(2, "member", "成员单位", "member", .member, required: true, once: true, headings: ["单位", "成员"]),
                Column(
                    3, "role", "职务", "role",
                    .choice([
                        .init("lead", "牵头单位", "lead"), .init("assist", "协助单位", "assisting"),
                        .init("firm", "教育培训型企业", "training firm"),
                    ]), required: true, once: true, headings: ["角色"]),
            ]),
    ]
}
