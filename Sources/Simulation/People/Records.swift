import Alliance
import CRDT

/// The records that people of the simulation know: few enough that two often mean the same.
enum Records {
    static let secretariat = MemberID(rawValue: 0xFFFF << 64)
    static func member(_ index: Int) -> MemberID { MemberID(rawValue: UInt128(index + 1) << 96 | 7) }

    /// A record with its natural key, and the columns of that.
    struct Record {
        let key: RowKey
        let natural: [ColumnID: Value]
    }

    static func record(_ table: TableID, _ owner: MemberID, _ parts: [Value]) -> Record {
        let natural = Schema.current[table]?.naturalKey ?? []
        return Record(
            key: RowKey(table: table, owner: owner, id: RowID(natural: parts, table: table, owner: owner)),
            natural: Dictionary(uniqueKeysWithValues: zip(natural, parts)))
    }

    static func teacher(_ owner: MemberID, _ number: Int) -> Record { record(.teacher, owner, [.text("T\(number)")]) }
    static func base(_ owner: MemberID, _ number: Int) -> Record { record(.base, owner, [.text("基地\(number)")]) }
    static func major(_ number: Int) -> Record { record(.major, secretariat, [.text("M\(number)")]) }

    /// An id as a program draws it: UUID version 7.
    static func drawn(at milliseconds: UInt64, _ random: inout Seeded) -> RowID {
        let low = UInt128(2) << 62 | UInt128(random.next() >> 2)
        return RowID(rawValue: UInt128(milliseconds) << 80 | 7 << 76 | UInt128(random.next() >> 52) << 64 | low)
    }

    static func memberRow(_ member: MemberID) -> RowKey {
        RowKey(table: .member, owner: secretariat, id: RowID(rawValue: member.rawValue))
    }

    /// A record that someone of a member has in mind: mostly an own one, sometimes a base that is shared.
    static func any(of member: MemberID, members: Int, isNext: Bool, _ random: inout Seeded) -> Record {
        guard member != secretariat else { return ofSecretariat(members, &random) }
        switch random.below(100) {
        case ..<46: return teacher(member, random.below(14))
        case ..<61: return base(member, random.below(5))
        case ..<67: return base(Records.member(random.below(members)), random.below(5))
        case ..<76:
            return record(
                .space, member, [.bytes(base(member, random.below(5)).key.id.bytes), .text("室\(random.below(3))")])
        case ..<88: return record(.teacherContact, member, [.bytes(teacher(member, random.below(14)).key.id.bytes)])
        case ..<95:
            let major = major(random.below(4)).key.id.bytes
            return record(
                .teacherSpecialty, member, [.bytes(teacher(member, random.below(14)).key.id.bytes), .bytes(major)])
        default:
            return isNext
                ? Record(key: NextSchema.gadget(member, random.below(3)), natural: [:])
                : Record(key: memberRow(member), natural: [:])
        }
    }

    private static func ofSecretariat(_ members: Int, _ random: inout Seeded) -> Record {
        switch random.below(4) {
        case 0: return major(random.below(6))
        case 1: return record(.committee, secretariat, [.text("联盟"), .text("委员会\(random.below(3))")])
        case 2:
            let committee = record(.committee, secretariat, [.text("联盟"), .text("委员会0")]).key.id.bytes
            let role = random.pick(["lead", "assist", "firm"])
            return record(
                .seat, secretariat, [.bytes(committee), .bytes(member(random.below(members)).bytes), .text(role)])
        default: return Record(key: memberRow(member(random.below(members))), natural: [:])
        }
    }

    /// A value that a person might type into a column. Few different ones: two may well type the same.
    static func value(_ column: Column, owner: MemberID, members: Int, _ random: inout Seeded) -> Value {
        switch column.type {
        case .text(let most):
            if random.chance(15), !column.required { return .null }
            let text = random.chance(30) ? "值\(random.below(5))" : "\(mark(of: owner))·\(random.below(1_000_000))。"
            return .text(String(text.prefix(most)))
        // A room of a thousand workstations shows no more than one of four.
        case .integer where column.name == "workstations": return .integer(Int64(random.below(5)))
        case .integer(let range):
            return .integer(range.lowerBound + Int64(random.below(Int(range.upperBound - range.lowerBound) % 1000 + 1)))
        case .boolean: return .integer(Int64(random.below(2)))
        case .choice(let choices): return .text(random.pick(choices).code)
        case .instant: return .integer(Int64(random.below(1 << 40)))
        case .members:
            let list = Set((0..<random.below(3)).map { _ in member(random.below(members)) }).sorted()
            return list.isEmpty ? .null : .bytes(list.flatMap(\.bytes))
        case .bytes, .reference, .member, .date, .time: return .null
        }
    }

    /// What the texts of one owner's records begin with, by which they are found where they should not be.
    static func mark(of owner: MemberID) -> String { "机密\(String(owner.rawValue >> 64, radix: 16))" }
}

/// The next version of the program's tables: one more column and one more table.
enum NextSchema {
    static let table = TableID(rawValue: 600)

    static func gadget(_ owner: MemberID, _ number: Int) -> RowKey {
        RowKey(table: table, owner: owner, id: RowID(natural: [.integer(Int64(number))], table: table, owner: owner))
    }

    static let schema: Schema = {
        let owner = WriteRule(create: [.owner], edit: [.owner], delete: [.owner])
        let tables = Schema.current.tables.map { table in
            guard table.id == .base else { return table }
            return Table(
                table.id.rawValue, table.name, table.title.zh, table.title.en,
                naturalKey: table.naturalKey.map(\.rawValue), ownership: table.ownership, audience: table.audience,
                rule: table.rule,
                columns: table.columns + [Column(8, "color", "颜色", "colour", .text(max: 40), since: 2)])
        }
        let gadget = Table(
            table.rawValue, "gadget", "器材", "gadget", ownership: .author, audience: .owner, rule: owner, since: 2,
            columns: [Column(1, "name", "名称", "name", .text(max: 40), required: true)])
        return Schema(version: 2, tables: tables + [gadget])
    }()
}
