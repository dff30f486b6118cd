/// The files of one school of the sample: its real bases, and invented spaces and teachers.
struct SampleSchool {
    let number: Int
    /// Lines of `Facts.bases`.
    let bases: [[String]]
    let seed: UInt64

    var tables: [(name: String, lines: [[String]])] {
        var random = SplitMix64(seed: seed &* 1000 &+ UInt64(number))
        let spaces = bases.flatMap { self.spaces(of: $0[0], &random) }
        // Numbers of their own in the whole alliance: 00101 … 00160 for the first school, 00201 … for the second.
        let teachers = (1...random.number(in: 20...60)).map { teacher(staffNumber: staffNumber($0), &random) }
        return [
            ("bases-\(number).csv", [["实训基地名称", "建设单位", "等级", "来源"]] + bases),
            ("spaces-\(number).csv", [["实训基地", "实训室名称", "容纳人数", "使用方式", "工位数", "位置"]] + spaces),
            (
                "teachers-\(number).csv",
                [["工号", "姓名", "职称", "技能等级", "双师型", "专长", "可外聘周课时"]] + teachers.map(\.cells)
            ),
            ("teacher_contacts-\(number).csv", [["工号", "姓名", "手机", "邮箱"]] + teachers.map(\.contact)),
            ("teacher_specialties-\(number).csv", [["工号", "专业代码", "程度"]] + teachers.flatMap(\.specialties)),
        ]
    }

    private func staffNumber(_ index: Int) -> String { "00" + String(number * 100 + index) }

    private func spaces(of base: String, _ random: inout SplitMix64) -> [[String]] {
        (1...random.number(in: 2...4)).map { index in
            let capacity = 10 * random.number(in: 2...6)
            let byWorkstation = random.number(in: 0...2) > 0
            return [
                base, "示例·\(random.pick(Self.rooms)) \(index)", String(capacity), byWorkstation ? "工位" : "独占",
                byWorkstation ? String(capacity / random.pick([1, 2])) : "",
                "\(random.number(in: 1...5)) 号楼 \(random.number(in: 1...6)) 层",
            ]
        }
    }

    private struct Teacher {
        let cells: [String]
        let contact: [String]
        let specialties: [[String]]
    }

    private func teacher(staffNumber: String, _ random: inout SplitMix64) -> Teacher {
        let name = "示例·" + random.pick(Self.surnames) + random.pick(Self.givenNames)
        let main = random.number(in: 0...SampleAlliance.majors.count - 1)
        let also = (main + random.number(in: 1...SampleAlliance.majors.count - 1)) % SampleAlliance.majors.count
        let taught = random.number(in: 0...2) == 0 ? [(main, "主教"), (also, "兼教")] : [(main, "主教")]
        return Teacher(
            cells: [
                staffNumber, name, random.pick(["正高级讲师", "高级讲师", "高级讲师", "讲师", "讲师", "讲师", "助理讲师", "未评"]),
                random.pick(["高级技师", "技师", "技师", "高级工", "无"]), random.pick(["是", "是", "否"]),
                SampleAlliance.majors[main].name, String(2 * random.number(in: 0...6)),
            ],
            contact: [
                staffNumber, name, "1000000" + String(1000 + random.number(in: 0...8999)),
                "t\(staffNumber)@example.invalid",
            ],
            specialties: taught.map { [staffNumber, SampleAlliance.majors[$0].code, $1] })
    }

    private static let rooms = ["数控加工实训室", "电工电子实训室", "理实一体化教室", "综合布线实训室", "仿真实训室", "技能竞赛训练室", "操作间", "多媒体实训室"]
    private static let surnames = [
        "王", "李", "张", "刘", "陈", "杨", "黄", "赵", "周", "吴", "徐", "孙", "马", "朱", "胡", "郭", "何", "欧阳",
    ]
    private static let givenNames = [
        "芳", "伟", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "秀英", "建国", "海燕", "志强", "晓东", "𬱖",
    ]
}
