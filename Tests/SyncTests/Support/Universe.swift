import Alliance
import CRDT

/// The few rows and columns that random histories write.
enum Base {
    static let name = ColumnID(1)
    static let grade = ColumnID(2)
    static let address = ColumnID(3)
    static let open = ColumnID(4)
    static let coOwners = ColumnID(5)
    static let note = ColumnID(7)

    static func key(_ owner: MemberID, _ name: String) -> RowKey {
        RowKey(table: .base, owner: owner, id: RowID(natural: [.text(name)], table: .base, owner: owner))
    }

    static func values(_ name: String, note: String = "", coOwners: [MemberID] = []) -> [ColumnID: Value] {
        [
            Self.name: .text(name), Self.note: note.isEmpty ? .null : .text(note),
            Self.coOwners: coOwners.isEmpty ? .null : .bytes(coOwners.sorted().flatMap(\.bytes)),
        ]
    }
}

enum Contact {
    static let teacher = ColumnID(1)
    static let phone = ColumnID(2)
    static let email = ColumnID(3)

    static func key(_ owner: MemberID, _ teacher: UInt8 = 1) -> RowKey {
        RowKey(
            table: .teacherContact, owner: owner,
            id: RowID(natural: [.bytes(bytes(teacher))], table: .teacherContact, owner: owner))
    }

    static func values(_ teacher: UInt8 = 1, phone: String) -> [ColumnID: Value] {
        [Self.teacher: .bytes(bytes(teacher)), Self.phone: .text(phone)]
    }

    private static func bytes(_ teacher: UInt8) -> [UInt8] { [UInt8](repeating: teacher, count: 16) }
}

extension Party {
    /// The row that speaks of a member in the register.
    func memberRow(_ member: MemberID) -> RowKey {
        RowKey(table: .member, owner: world.secretariat, id: RowID(rawValue: member.rawValue))
    }
}
