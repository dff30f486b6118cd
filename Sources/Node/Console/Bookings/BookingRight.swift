import Accounts
import Alliance
import CRDT
import Replica
import Web

/// Which bookings somebody may move and cancel: an administrator those of the school, and those on what the school
/// holds; a teacher those that the same account made. Asked for here, and nowhere else.
struct BookingRight: Sendable {
    private let role: Role?
    /// The bookings and series that the account made.
    let made: Set<RowID>
    private let own: String

    /// - Parameter own: the school's name.
    init(_ visit: Visit, _ accounts: AccountFile, own: String) throws {
        role = visit.role
        made = try visit.session.map { try Self.made(by: $0.account.id, accounts) } ?? []
        self.own = own
    }

    init(_ account: Account, _ accounts: AccountFile, own: String) throws {
        role = account.role
        made = try Self.made(by: account.id, accounts)
        self.own = own
    }

    private static func made(by account: Account.ID, _ accounts: AccountFile) throws -> Set<RowID> {
        Set(try accounts.bookings(of: account).compactMap { RowID($0) })
    }

    /// Whether the account made it, or what it is the move of.
    /// - Parameter find: another booking of the school by its id.
    func isMine(_ booking: ShownBooking, find: (String) throws -> ShownBooking?) rethrows -> Bool {
        var next: ShownBooking? = booking
        var seen: Set<String> = []
        while let one = next, seen.insert(one.id).inserted {
            guard one.member == own else { return false }
            if [one.id, one.series].contains(where: { RowID($0).map(made.contains) ?? false }) { return true }
            next = one.replaces.isEmpty ? nil : try find(one.replaces)
        }
        return false
    }

    func allows(_ booking: ShownBooking, find: (String) throws -> ShownBooking?) rethrows -> Bool {
        switch role {
        case .administrator?: booking.member == own || booking.host == own
        case .teacher?: try isMine(booking, find: find)
        default: false
        }
    }
}

extension NodeConsole {
    func right(_ visit: Visit) throws -> BookingRight { try BookingRight(visit, accounts, own: schoolName) }

    /// A booking by its id; `nil` where there is none.
    func shownBooking(_ id: String) throws -> ShownBooking? {
        guard let id = RowID(id) else { return nil }
        return try? ShownBooking(replica.booking(id))
    }

    /// The booking that an address names, for who may change it; everybody else is refused.
    func changeable(_ visit: Visit) throws -> ShownBooking {
        let id = visit.parameters["id"] ?? ""
        guard let booking = try shownBooking(id) else {
            throw CommandError(.refused, "no-such-booking", NodeTexts.noSuchBooking)
        }
        guard try right(visit).allows(booking, find: shownBooking) else {
            throw CommandError(.refused, "not-yours", NodeTexts.notYourBooking)
        }
        return booking
    }
}
