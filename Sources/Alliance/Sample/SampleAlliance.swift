/// An alliance to try the program with: real members, bases and committees from published documents, and invented
/// teachers, spaces and majors, all marked 示例.
///
///     let sample = SampleAlliance()
///     sample.schools[0]                                // 重庆市工业技师学院: bases-1.csv, teachers-1.csv …
///     sample.file("teachers-1.csv", as: .gb18030)      // as Excel in China saves it
///
/// The numbers `000` to `004` in the column 来源 are the published documents' numbers. Nobody is called 示例·王芳; the
/// phone numbers begin with 1000000, which no carrier has; `example.invalid` never resolves (RFC 2606). The same seed
/// gives the same bytes.
public struct SampleAlliance: Sendable {
    /// The schools that have bases: the files `…-1.csv` are the first one's, and so on.
    public let schools: [String]
    private let tables: [(name: String, lines: [[String]])]

    public init(seed: UInt64 = 1) {
        let bases = Facts.lines(Facts.bases)
        let schools = (Self.firstSchools + bases.map { $0[1] }).reduce(into: [String]()) { list, school in
            if !list.contains(school) { list.append(school) }
        }
        self.schools = schools
        tables =
            Self.secretariatTables
            + schools.enumerated().flatMap { index, school in
                SampleSchool(number: index + 1, bases: bases.filter { $0[1] == school }, seed: seed).tables
            }
    }

    /// All files as CSV with UTF-8 and a byte order mark, in an order in which they can be imported: members.csv,
    /// majors.csv, committees.csv and seats.csv by the secretariat, then those of each school, by that school.
    public func files() -> [(name: String, bytes: [UInt8])] {
        tables.map { ($0.name, CSVFile.bytes(of: $0.lines)) }
    }

    /// One file in an encoding, with its byte order mark where programs expect one (not in GB18030); `nil` if there is
    /// no such file, or this machine can't write the encoding.
    public func file(_ name: String, as encoding: TextEncoding) -> [UInt8]? {
        guard let table = tables.first(where: { $0.name == name }) else { return nil }
        guard let text = encoding.bytes(of: CSVFile.text(of: table.lines)) else { return nil }
        return (encoding == .gb18030 ? [] : encoding.mark) + text
    }

    private static let firstSchools = ["重庆市工业技师学院", "上海信息技术学校"]
}

// MARK: The secretariat's files

extension SampleAlliance {
    /// Plausible majors of technical schools with invented codes.
    static let majors: [(code: String, name: String, level: String)] = [
        ("示例0101", "数控加工", "高级工"), ("示例0102", "模具制造", "高级工"), ("示例0103", "焊接加工", "中级工"),
        ("示例0104", "机电一体化技术", "预备技师"), ("示例0105", "工业机器人应用与维护", "预备技师"),
        ("示例0201", "电气自动化设备安装与维修", "高级工"), ("示例0202", "物联网应用技术", "高级工"),
        ("示例0301", "计算机网络应用", "高级工"), ("示例0302", "计算机程序设计", "预备技师"), ("示例0303", "数字媒体技术应用", "中级工"),
        ("示例0401", "汽车维修", "高级工"), ("示例0402", "新能源汽车检测与维修", "预备技师"), ("示例0501", "烹饪（中式烹调）", "中级工"),
        ("示例0502", "西点制作", "中级工"), ("示例0601", "会计", "高级工"), ("示例0602", "电子商务", "高级工"),
        ("示例0603", "会展服务与管理", "高级工"), ("示例0701", "健康服务与管理", "高级工"), ("示例0702", "幼儿教育", "中级工"),
        ("示例0801", "化工工艺", "高级工"),
    ]

    private static var secretariatTables: [(name: String, lines: [[String]])] {
        let committees = Facts.lines(Facts.committees)
        return [
            ("members.csv", [["成员名称", "类型", "所在地", "来源"]] + Facts.lines(Facts.members)),
            (
                "majors.csv",
                [["专业代码", "专业名称", "培养层次", "备注"]] + majors.map { [$0.code, $0.name, $0.level, "示例：代码为虚构"] }
            ),
            ("committees.csv", [["联盟", "委员会", "来源"]] + committees.map { [$0[0], $0[1], $0[5]] }),
            ("seats.csv", [["委员会", "成员单位", "职务"]] + committees.flatMap(seats)),
        ]
    }

    /// The seats of a committee, which is named by its whole natural key.
    private static func seats(_ committee: [String]) -> [[String]] {
        zip(["牵头单位", "协助单位", "教育培训型企业"], committee[2...4]).flatMap { role, members in
            members.split(separator: "；").map { ["\(committee[0])/\(committee[1])", String($0), role] }
        }
    }
}
