import CRDT

/// One row of W1: a teacher as the peers' benchmarks store it.
struct WorkloadRow: Sendable {
    let id: RowID
    let name: String
    let school: String
    let specialty: String
    let level: Int64
    let phone: String
    let hours: Int64
    let note: String
}

/// W1: rows that are always the same (seed 20240601), so that figures of different days and systems compare.
struct Workload {
    private var random = PythonRandom(seed: 20_240_601)

    mutating func next() -> WorkloadRow {
        // A version 4 UUID of 128 random bits.
        var id = random.bits(128)
        id = id & ~(0xF000 << 64) | 4 << 76
        id = id & ~(0xC000 << 48) | 0x8000 << 48
        let name = String([
            random.choice(Self.surnames), random.choice(Self.givenNames), random.choice(Self.givenNames),
        ])
        let note = String((0..<13).map { _ in random.choice(Self.characters) })
        let school = random.choice(Self.schools)
        let specialty = random.choice(Self.specialties)
        let level = Int64(random.integer(1, 5))
        let phone = "1\(random.integer(3, 9))" + Self.padded(random.below(1_000_000_000))
        return WorkloadRow(
            id: RowID(rawValue: id), name: name, school: school, specialty: specialty, level: level, phone: phone,
            hours: Int64(random.integer(0, 720)), note: note)
    }

    static func rows(_ count: Int) -> [WorkloadRow] {
        var workload = Workload()
        return (0..<count).map { _ in workload.next() }
    }

    /// A new phone for 1,000 rows spread over all, always the same, in no order.
    static func changes(among count: Int) -> [(row: Int, phone: String)] {
        var random = PythonRandom(seed: 7)
        var chosen: Set<Int> = []
        var changes: [(row: Int, phone: String)] = []
        while changes.count < min(1_000, count) {
            let row = random.below(count)
            let phone = "1\(random.integer(3, 9))" + padded(random.below(1_000_000_000))
            if chosen.insert(row).inserted { changes.append((row, phone)) }
        }
        return changes
    }

    private static func padded(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: 9 - digits.count) + digits
    }

    private static let surnames = [Character]("王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎")
    private static let givenNames = [Character]("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红玲辉建文利国春梅海东波宁雪飞云龙佳琳晨欣怡子涵梓轩浩宇思雨诗")
    private static let characters = [Character](
        "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交受联什认六共权收证改清己美再采转更单风切打白教速花带安场身车例真务具万每目至达走积示议声报斗完类八离华名确才科张信马节话米整空元况今集温传土许步群广石记需段研界拉林律叫且究观越织装影算低持音众书布复容儿须际商非验连断深难近矿千周委素技备半办青省列习响约支般史感劳便团往酸历市克何除消构府称太准精值号率族维划选标写存候毛亲快效斯院查江型眼王按格养易置派层片始却专状育厂京识适属圆包火住调满县局照参红细引听该铁价严"
    )
    private static let schools = (1...300).map { "第\($0)中学" } + (1...200).map { "实验小学\($0)部" }
    private static let specialties = "语文 数学 英语 物理 化学 生物 历史 地理 政治 音乐 体育 美术 信息技术 心理健康 劳动 科学 书法 舞蹈 学前教育 特殊教育".split(
        separator: " "
    ).map(String.init)
}
