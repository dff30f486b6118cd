import Alliance
import CRDT
import Store
import Sync

/// What became of an admission: computed from the records, never stored.
struct Admission {
    enum State: String {
        case admitted, registered, withdrawn

        var phrase: Phrase {
            switch self {
            case .admitted: Phrase("已录取", "admitted")
            case .registered: Phrase("已注册", "registered")
            case .withdrawn: Phrase("已退出", "withdrawn")
            }
        }
    }

    let key: RowKey
    private(set) var state = State.withdrawn
    /// The number of its place; `nil` where the use is not here.
    private(set) var place: Int64?
    private let fields: [String: JSON]

    init(_ key: RowKey, _ transaction: SQLiteTransaction) throws {
        self.key = key
        let row = try transaction.row(key)
        let uses = try Self.uses(of: key.id, transaction)
        let first = uses.first { $0.pieces.first?.span.lane == 0 }
        place = first?.pieces.first?.span.from
        let registered = try Self.rows(.registration, RegistrationColumn.admission, key.id, transaction).first
        if let first, try Ledger.isLive(first, in: transaction.ledger) {
            state = registered == nil ? .admitted : .registered
        }
        let applicant = try transaction.applicant(key.id)
        let isSent = try row.map(transaction.isSent)
        let orderClass = try row?.rowID(AdmissionColumn.orderClass).flatMap { id in
            try transaction.schema[.orderClass].flatMap { try transaction.rows(in: $0, id: id).first }
        }
        fields = [
            "id": JSON(key.id), "place": place.map { JSON($0) } ?? .null, "state": .string(state.rawValue),
            "stateZh": .string(state.phrase.zh), "stateEn": .string(state.phrase.en), "sent": .bool(isSent ?? true),
            "name": .string(applicant?.name ?? ""), "number": .string(applicant?.number ?? ""),
            "registered": registered.map { .string($0.text(RegistrationColumn.day)) } ?? .null,
            "orderClass": orderClass.map { .string($0.text(OrderClassColumn.name)) } ?? .null,
            "compared": .bool((row?[AdmissionColumn.mark]?.value ?? .null) != .null),
        ]
    }

    var json: JSON { .object(fields) }

    /// The admission that stands at a place; `nil` if none does.
    static func key(at place: Int64, of plan: AssetID, _ transaction: SQLiteTransaction) throws -> RowKey? {
        guard let span = Span(lane: 0, place: place), let table = transaction.schema[.use],
            let use = try transaction.ledger.occupations(of: plan, in: span).first?.use,
            let row = try transaction.rows(in: table, id: use).first, let subject = row.rowID(UseColumn.subject)
        else { return nil }
        return RowKey(table: .admission, owner: row.key.owner, id: subject)
    }

    /// Whether an admission, of whichever school, has a place now.
    static func isLive(_ id: RowID, _ transaction: SQLiteTransaction) throws -> Bool {
        try uses(of: id, transaction).contains {
            try $0.pieces.first?.span.lane == 0 && Ledger.isLive($0, in: transaction.ledger)
        }
    }

    private static func uses(of id: RowID, _ transaction: SQLiteTransaction) throws -> [Use] {
        try rows(.use, UseColumn.subject, id, transaction).compactMap(\.use)
    }

    private static func rows(
        _ table: TableID, _ column: ColumnID, _ id: RowID, _ transaction: SQLiteTransaction
    ) throws -> [RowState] {
        guard let table = transaction.schema[table], let column = table.column(column) else { return [] }
        return try transaction.rows(in: table, where: column, is: .bytes(id.bytes))
    }
}

extension JSON {
    /// The object with further members.
    func merging(_ others: [String: JSON]) -> JSON {
        guard case .object(let members) = self else { return self }
        return .object(members.merging(others) { $1 })
    }
}
