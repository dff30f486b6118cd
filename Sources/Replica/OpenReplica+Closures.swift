public import Alliance
import CRDT
import Store
import Sync

/// Closures (停用), and the bookings that they hit.
extension OpenReplica {
    /// Closes a space, or all spaces of a base, for a time, and shows what was booked there: people decide about those.
    ///
    /// - Parameters:
    ///   - base: name or id, for a whole base; one of `base` and `space` is given.
    ///   - kind: as people type it, 维护 or `maintenance`.
    public func close(
        space: String?, base: String?, from: String, to: String, kind: String, reason: String
    ) throws -> JSON {
        let room = try space.map { try find($0, in: table("space")) }
        let name = room.flatMap { $0.rowID(SpaceColumn.base)?.description } ?? base
        guard let name, (space == nil) != (base == nil) else {
            throw CommandError(
                .usage, "space", Phrase("请给出实训室或 --base 基地，二者之一。", "Give a space or --base, one of them."))
        }
        guard try instant(from) < instant(to) else {
            throw CommandError(.usage, "inverted", Phrase("结束时间应晚于开始时间。", "It ends before it begins."))
        }
        let owner = try find(name, in: table("base"))
        guard try owner.key.owner == state().member else {
            throw CommandError(
                .refused, "not-yours", Phrase("只有基地的所属单位可以停用它；未作改动。", "Only a base's owner may close it."))
        }
        let closures = try table("closure")
        var values = try values(["first=\(from)", "last=\(to)", "kind=\(kind)", "reason=\(reason)"], in: closures)
        values[ClosureColumn.base] = .bytes(owner.key.id.bytes)
        values[ClosureColumn.space] = Value(room?.key.id)
        let key = try add(values.filter { $0.value != .null }, to: closures)
        return try closure(key.id)
    }

    /// Every closure that has not passed, with the bookings that it hits.
    public func closures() throws -> JSON {
        let rows = try list(table("closure")).filter { $0.integer(ClosureColumn.last) > Int64(World.wall) }
        return .array(try rows.map { try closure($0.key.id) })
    }

    /// Bookings still to come in this member's spaces that the rules of today would not let be: what an edit of opening
    /// rules, timetables or the calendar, or a closure, hits. They stand; people decide about them.
    public func bookingsAgainstRules() throws -> JSON {
        let names = try names()
        return try store.read { transaction in
            let (now, member) = (Int64(World.wall), transaction.state.member)
            let spaces = try transaction.rows(in: table("space")).filter { $0.key.owner == member }
            return .array(
                try spaces.flatMap { space -> [JSON] in
                    let rules = try SpaceRules(of: space, in: transaction)
                    return try hits(space, now, .max, names, transaction).compactMap { hit in
                        guard case .number(let from)? = hit["from"], case .number(let to)? = hit["to"],
                            let obstacle = rules.shut(from, to)
                        else { return nil }
                        let why: JSON = [
                            "code": .string(obstacle.code), "zh": .string(obstacle.phrase.zh),
                            "en": .string(obstacle.phrase.en),
                        ]
                        return hit.merging(["against": why])
                    }
                })
        }
    }

    private func closure(_ id: RowID) throws -> JSON {
        let names = try names()
        return try store.read { transaction in
            guard let row = try transaction.rows(in: table("closure"), id: id).first else { return .null }
            let base = try row.rowID(ClosureColumn.base).flatMap {
                try transaction.rows(in: table("base"), id: $0).first
            }
            let spaces = try spaces(of: row, transaction)
            let (first, last) = (row.integer(ClosureColumn.first), row.integer(ClosureColumn.last))
            let hits = try spaces.flatMap { try self.hits($0, first, last, names, transaction) }
            let kinds: [ColumnType.Choice]
            if case .choice(let choices) = try column("kind", in: table("closure")).type {
                kinds = choices
            } else {
                kinds = []
            }
            return [
                "id": JSON(id), "base": .string(base?.text(BaseColumn.name) ?? ""),
                "spaces": .array(spaces.map { .string($0.text(SpaceColumn.name)) }), "from": JSON(first),
                "to": JSON(last),
                "kind": .string(row.text(ClosureColumn.kind)),
                "kindZh": .string(kinds.first { $0.code == row.text(ClosureColumn.kind) }?.title.zh ?? ""),
                "reason": .string(row.text(ClosureColumn.reason)), "hits": .array(hits),
            ]
        }
    }

    private func spaces(of closure: RowState, _ transaction: SQLiteTransaction) throws -> [RowState] {
        let table = try table("space")
        if let one = closure.rowID(ClosureColumn.space) { return try transaction.rows(in: table, id: one) }
        return try transaction.rows(in: table).filter {
            $0.rowID(SpaceColumn.base) == closure.rowID(ClosureColumn.base)
        }
    }

    /// What uses a space in a time: the booking, or whose use it is where no more is known.
    private func hits(
        _ space: RowState, _ from: Int64, _ to: Int64, _ names: Names, _ transaction: SQLiteTransaction
    ) throws -> [JSON] {
        let asset = AssetID(table: .space, row: space.key.id)
        var seen: Set<RowID> = []
        var hits: [JSON] = []
        for lane in 0..<UInt16(clamping: space.lanes) {
            guard let span = Span(lane: lane, from: from, to: to) else { continue }
            for occupation in try transaction.ledger.occupations(of: asset, in: span) {
                let use = try transaction.rows(in: table("use"), id: occupation.use).first
                let subject = use?.rowID(UseColumn.subject) ?? occupation.use
                guard seen.insert(subject).inserted else { continue }
                if let booking = try transaction.rows(in: table("booking"), id: subject).first {
                    hits.append(try json(booking, transaction, names))
                } else {
                    let piece = occupation.piece.span
                    hits.append([
                        "space": .string(space.text(SpaceColumn.name)), "from": JSON(piece.from), "to": JSON(piece.to),
                        "member": .string(use?.member(UseColumn.member).flatMap { names.memberName($0) } ?? ""),
                    ])
                }
            }
        }
        return hits
    }
}
