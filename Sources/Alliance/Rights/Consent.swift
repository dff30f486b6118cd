public import CRDT

/// What a person has consented to (同意): that the fields that it names go to the alliance, until it is withdrawn.
///
///     let consent = try transaction.row(Consent.key(of: person, owner: school)).flatMap(Consent.init)
///     consent?.covers("title")
public struct Consent: Hashable, Sendable {
    /// The fields beside staff number and name, which every consent covers.
    public let fields: Set<String>
    /// When it was withdrawn, Unix milliseconds; `nil` while it stands.
    public let withdrawn: UInt64?

    /// - Returns: `nil` where no such row is there.
    public init?(_ row: RowState) {
        guard row.key.table == .consent, row.isThere else { return nil }
        if case .text(let text)? = row[ConsentColumn.fields]?.value {
            fields = Set(text.split(separator: ",").map(String.init))
        } else {
            fields = []
        }
        if case .integer(let time)? = row[ConsentColumn.withdrawn]?.value {
            withdrawn = UInt64(clamping: time)
        } else {
            withdrawn = nil
        }
    }

    public var stands: Bool { withdrawn == nil }

    public func covers(_ field: String) -> Bool { stands && fields.contains(field) }

    /// The one row that holds the consent of a person: there is never a second to look for.
    /// - Parameter person: the id of the person's entry.
    public static func key(of person: RowID, owner: MemberID) -> RowKey {
        RowKey(
            table: .consent, owner: owner,
            id: RowID(natural: [.bytes(person.bytes)], table: .consent, owner: owner))
    }

    /// What stands in a required column of an entry that is being erased: it names nobody.
    public static let blank = Value.text("—")
}

extension Schema {
    /// Every field that a consent can cover beside staff number and name, in the order of the tables.
    public var consentFields: [String] {
        tables.flatMap { table -> [String] in
            switch table.personal {
            case .entry?: table.columns.filter { !$0.required }.map(\.name)
            case .about(_, let field)?: [field]
            case nil: []
            }
        }
    }

    /// What people read for a field of a consent; the word itself where this program does not know it.
    public func title(ofConsentField field: String) -> Phrase {
        for table in tables {
            switch table.personal {
            case .entry?: if let column = table.column(named: field) { return column.title }
            case .about(_, field)?: return table.title
            default: continue
            }
        }
        return Phrase(field, field)
    }
}

extension Table {
    /// The person whom a row of this table is about; `nil` where it is about nobody, or does not say whom.
    public func person(_ key: RowKey, _ row: RowState?) -> RowID? {
        switch personal {
        case .entry?: return key.id
        case .about(let column, _)?:
            guard case .bytes(let bytes)? = row?[column]?.value else { return nil }
            return RowID(bytes: bytes)
        case nil: return nil
        }
    }
}
