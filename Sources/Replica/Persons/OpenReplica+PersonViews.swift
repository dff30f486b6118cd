import Alliance
import CRDT
import Store
import Sync

/// Consents and entries as people and programs read them.
extension OpenReplica {
    /// The own teachers with the state of their consents.
    /// - Parameter withoutConsent: only those of whom none stands.
    public func personsJSON(withoutConsent: Bool = false) throws -> JSON {
        try store.read { transaction in
            .array(
                try persons(transaction).filter { !withoutConsent || $0.standing == nil }.map { person in
                    .object(summary(of: person))
                })
        }
    }

    /// One person: state, consent, what is kept, and how far a withdrawal has come.
    /// - Parameter text: a staff number, or the id of an entry.
    public func personJSON(_ text: String) throws -> JSON {
        let names = try names()
        return try store.write { transaction in
            let person = try person(text, transaction)
            var json = summary(of: person)
            json["kept"] =
                person.kept.map { kept in
                    .object(kept.cells.mapValues { .string($0) })
                } ?? .null
            json["withdrawal"] = try withdrawal(of: person, names, transaction)
            return .object(json)
        }
    }

    private func summary(of person: Person) -> [String: JSON] {
        [
            "number": .string(person.number), "id": JSON(person.id), "name": .string(person.name),
            "state": .string(person.state.rawValue), "stateZh": .string(person.state.phrase.zh),
            "stateEn": .string(person.state.phrase.en),
            "consent": person.consent.flatMap(consentJSON) ?? .null,
        ]
    }

    private func consentJSON(_ row: RowState) -> JSON? {
        guard let table = schema[.consent], let consent = Consent(row) else { return nil }
        func text(_ id: ColumnID) -> JSON { .string(row.text(id)) }
        let method = table.column(ConsentColumn.method)?.text(
            of: row[ConsentColumn.method]?.value ?? .null, names: .none)
        return [
            "purpose": text(ConsentColumn.purpose), "recipients": text(ConsentColumn.recipients),
            "fields": .array(schema.consentFields.filter(consent.fields.contains).map { .string($0) }),
            "given": text(ConsentColumn.given), "method": text(ConsentColumn.method),
            "methodZh": .string(method ?? ""), "textVersion": text(ConsentColumn.textVersion),
            "recordedBy": text(ConsentColumn.recordedBy), "recorded": JSON(row.presence?.stamp.time.milliseconds ?? 0),
            "withdrawn": JSON(time: consent.withdrawn ?? 0),
        ]
    }

    /// How far the withdrawal of a person has come; `null` where none was made.
    ///
    /// `complete` is set only when every row of the person is gone from every file that the hub knows of, as far as
    /// each has acknowledged and collected it.
    private func withdrawal(of person: Person, _ names: Names, _ transaction: SQLiteTransaction) throws -> JSON {
        guard let consent = person.consent.flatMap(Consent.init), let withdrawn = consent.withdrawn else {
            return .null
        }
        try adoptErasure(of: person, at: withdrawn, transaction)
        let standings = try transaction.erasures().filter { $0.person == person.id }.map {
            try standing(of: $0, transaction)
        }
        let revs = standings.map(\.rev)
        let told = revs.contains(nil) ? nil : revs.compactMap(\.self).max()
        let done = standings.allSatisfy { $0.erasure.done != nil }
        let reached =
            standings.contains { $0.erasure.reached == nil }
            ? nil : standings.compactMap(\.erasure.reached).min { $0.count < $1.count }
        let open = standings.first { $0.erasure.done == nil }
        return [
            "withdrawn": JSON(withdrawn), "rev": told.map { JSON($0) } ?? .null,
            "told": try told.flatMap { try transaction.journalTime(at: $0) }.map { JSON($0) } ?? .null,
            "members": JSON(reached),
            "complete": done && !standings.isEmpty
                ? JSON(time: standings.compactMap(\.erasure.done).max() ?? 0) : .null,
            "waiting": .array(
                try open.map { try waiting($0.rev, $0.erasure.key, names, transaction) } ?? []),
        ]
    }

    /// At a further node of the school nobody asked for the erasure: it is followed there all the same.
    private func adoptErasure(of person: Person, at wall: UInt64, _ transaction: SQLiteTransaction) throws {
        let known = Set(try transaction.erasures().map(\.key))
        guard let row = person.row, let presence = row.presence, !presence.isThere, !known.contains(row.key) else {
            return
        }
        try transaction.setErasure(Erasure(key: row.key, stamp: presence.stamp, wall: wall, person: person.id))
    }
}
