import CRDT

/// One record of the ledger of points, read from a row's bytes by the judge's own reckoning (specification 21.1, 21.2).
struct PointRecord {
    /// Points of one lane, half open.
    struct Stretch: Hashable {
        let lane: Int
        let from: Int64
        let to: Int64

        func common(_ other: Stretch) -> Stretch? {
            guard lane == other.lane, max(from, other.from) < min(to, other.to) else { return nil }
            return Stretch(lane: lane, from: max(from, other.from), to: min(to, other.to))
        }
    }

    /// Points, and what they are named with: the grant under which somebody acts on them, or the use that a grant carries.
    struct Part: Hashable {
        let stretch: Stretch
        let id: RowID
    }

    enum Holder: Hashable { case replica(ReplicaID), pool, burnt }

    enum Content {
        case grant(fence: Fence, [Stretch], Holder, carries: [Part])
        case release(by: ReplicaID, [Part], wish: MemberID?)
        case use(by: ReplicaID, [Part], for: MemberID, answers: RowID?)
        case cancel(by: ReplicaID, of: RowID, [Part])
        case dispute(of: RowID)
        case request(Wish)
        /// A decline or a withdrawal.
        case answer(to: RowID)
    }

    /// What somebody asks for: so many lanes from first to last, or so many places between them.
    struct Wish: Hashable {
        let areLanes: Bool
        let count: Int
        let from: Int64
        let to: Int64
    }

    /// Of two grants the larger is the later.
    struct Fence: Hashable, Comparable {
        let epoch: Int64
        let counter: Int64

        static func < (left: Self, right: Self) -> Bool { (left.epoch, left.counter) < (right.epoch, right.counter) }
    }

    /// What is cut into points: the number of a table, and a row of it.
    struct Asset: Hashable {
        let table: Int64
        let row: RowID
    }

    let id: RowID
    let owner: MemberID
    let asset: Asset
    let content: Content
}

extension PointRecord {
    /// Whether a table's rows are such records.
    static func isRecord(_ key: RowKey) -> Bool { (33...40).contains(key.table.rawValue) }

    /// - Returns: `nil` for what says nothing that a ledger can hold.
    init?(_ row: RowState) {
        guard Self.isRecord(row.key), row.isThere else { return nil }
        var values: [UInt16: Value] = [:]
        for cell in row.cells { values[cell.column.rawValue] = cell.value }
        func number(_ column: UInt16) -> Int64? {
            if case .integer(let number)? = values[column] { number } else { nil }
        }
        func bytes(_ column: UInt16) -> [UInt8]? { if case .bytes(let bytes)? = values[column] { bytes } else { nil } }
        func text(_ column: UInt16) -> String? { if case .text(let text)? = values[column] { text } else { nil } }
        func name(_ column: UInt16) -> RowID? { bytes(column).flatMap { RowID(bytes: $0) } }
        func member(_ column: UInt16) -> MemberID? { bytes(column).flatMap { MemberID(bytes: $0) } }
        func replica(_ column: UInt16) -> ReplicaID? {
            bytes(column).flatMap { $0.count == 8 ? ReplicaID(rawValue: UInt64(bitPattern: Self.big($0[...]))) : nil }
        }
        func parts(_ column: UInt16) -> [Part]? {
            bytes(column).flatMap { Self.items($0, size: 34) }?.compactMap { item in
                RowID(bytes: item.suffix(16)).map { Part(stretch: Self.stretch(item.prefix(18)), id: $0) }
            }
        }
        guard let table = number(1), let named = name(2) else { return nil }
        let found: Content? =
            switch row.key.table.rawValue {
            case 33:
                Self.grant(
                    number(3), number(4), bytes(5), text(6), replica(7),
                    bytes(9).flatMap { Self.items($0, size: 50) }?.compactMap { item in
                        RowID(bytes: item.prefix(16)).map {
                            Part(stretch: Self.stretch(item.dropFirst(16).prefix(18)), id: $0)
                        }
                    } ?? [])
            case 34: replica(3).flatMap { by in parts(4).map { .release(by: by, $0, wish: member(5)) } }
            case 35:
                replica(3).flatMap { by in
                    parts(4).flatMap { parts in member(6).map { .use(by: by, parts, for: $0, answers: name(7)) } }
                }
            case 36:
                replica(3).flatMap { by in name(4).flatMap { use in parts(6).map { .cancel(by: by, of: use, $0) } } }
            case 37: name(3).map { .dispute(of: $0) }
            case 38: Self.wish(text(4), number(5), number(6), number(7)).map { .request($0) }
            default: name(3).map { .answer(to: $0) }
            }
        guard let found else { return nil }
        (id, owner, asset, content) = (row.key.id, row.key.owner, Asset(table: table, row: named), found)
    }

    private static func grant(
        _ epoch: Int64?, _ counter: Int64?, _ spans: [UInt8]?, _ kind: String?, _ replica: ReplicaID?, _ carries: [Part]
    ) -> Content? {
        guard let epoch, let counter, let stretches = spans.flatMap({ items($0, size: 18) })?.map(stretch) else {
            return nil
        }
        let holder: Holder? =
            switch kind {
            case "replica": replica.map { .replica($0) }
            case "pool": .pool
            case "burnt": .burnt
            default: nil
            }
        return holder.map {
            .grant(fence: Fence(epoch: epoch, counter: counter), stretches, $0, carries: carries)
        }
    }

    private static func wish(_ kind: String?, _ count: Int64?, _ from: Int64?, _ to: Int64?) -> Wish? {
        guard let count, let from, let to else { return nil }
        return Wish(areLanes: kind == "lanes", count: Int(count), from: from, to: to)
    }

    // MARK: Bytes

    private static func items(_ bytes: [UInt8], size: Int) -> [ArraySlice<UInt8>]? {
        guard !bytes.isEmpty, bytes.count % size == 0 else { return nil }
        return stride(from: 0, to: bytes.count, by: size).map { bytes[$0..<$0 + size] }
    }

    /// Lane, first and last, big-endian.
    private static func stretch(_ bytes: ArraySlice<UInt8>) -> Stretch {
        let rest = bytes.dropFirst(2)
        return Stretch(lane: Int(big(bytes.prefix(2))), from: big(rest.prefix(8)), to: big(rest.dropFirst(8).prefix(8)))
    }

    private static func big(_ bytes: ArraySlice<UInt8>) -> Int64 {
        Int64(bitPattern: bytes.reduce(0) { $0 << 8 | UInt64($1) })
    }
}
