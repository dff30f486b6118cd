import CRDT

/// Records of one small asset that meet often: two lanes, six points, four grants, three replicas.
enum LedgerRecord: Hashable {
    case grant(Grant)
    case release(Release)
    case use(Use)
    case cancel(Cancel)
    case dispute(Dispute)
}

extension AssetID {
    static let tested = AssetID(table: TableID(rawValue: 9), row: RowID(rawValue: 1))
}

extension Span {
    /// Points of lane 0, or of another.
    static func points(_ from: Int64, _ to: Int64, lane: UInt16 = 0) -> Span {
        guard let span = Span(lane: lane, from: from, to: to) else { preconditionFailure("no points: \(from)..<\(to)") }
        return span
    }
}

extension RowID {
    static func grant(_ number: Int) -> RowID { RowID(rawValue: UInt128(100 + number)) }
    static func release(_ number: Int) -> RowID { RowID(rawValue: UInt128(200 + number)) }
    static func use(_ number: Int) -> RowID { RowID(rawValue: UInt128(300 + number)) }
    static func cancel(_ number: Int) -> RowID { RowID(rawValue: UInt128(400 + number)) }
}

extension ReplicaID {
    static func numbered(_ number: UInt64) -> ReplicaID { ReplicaID(rawValue: number) }
}

extension Seeded {
    mutating func span() -> Span {
        let from = Int64(number(0...5))
        return .points(from, from + Int64(number(1...3)), lane: UInt16(number(0...1)))
    }

    mutating func piece() -> Piece { Piece(span(), under: .grant(number(0...3))) }
    mutating func replica() -> ReplicaID { .numbered(UInt64(number(1...3))) }

    /// A set of records; ids of one kind are unequal, fences of grants may be equal, as after a hub that was put back.
    mutating func records() -> [LedgerRecord] {
        var records: [LedgerRecord] = []
        for number in 0..<4 where !once(in: 5) {
            let holder: Grant.Holder = once(in: 4) ? .pool : once(in: 8) ? .burnt : .replica(replica())
            records.append(
                .grant(
                    Grant(
                        id: .grant(number),
                        fence: Fence(epoch: UInt32(self.number(1...2)), counter: UInt64(self.number(1...2))),
                        asset: .tested, spans: (0..<self.number(1...2)).map { _ in span() }, holder: holder,
                        carries: (0..<self.number(0...2)).map { _ in
                            Occupation(use: .use(self.number(0...2)), piece: piece())
                        })))
        }
        for number in 0..<self.number(0...3) {
            let wish = once(in: 2) ? nil : MemberID(rawValue: UInt128(self.number(1...2)))
            records.append(
                .release(
                    Release(
                        id: .release(number), author: replica(), asset: .tested, pieces: [piece(), piece()], wish: wish)
                ))
        }
        for number in 0..<self.number(0...3) {
            records.append(.use(Use(id: .use(number), author: replica(), asset: .tested, pieces: [piece()])))
        }
        for number in 0..<self.number(0...3) {
            records.append(
                .cancel(Cancel(id: .cancel(number), author: replica(), use: .use(self.number(0...2)), pieces: [])))
        }
        for _ in 0..<self.number(0...3) {
            let record = once(in: 2) ? RowID.use(self.number(0...2)) : .cancel(self.number(0...2))
            records.append(.dispute(Dispute(record: record, winner: nil, reason: pick(Dispute.Reason.allCases))))
        }
        return records
    }
}

extension MemoryLedger {
    init(_ records: some Sequence<LedgerRecord>) throws {
        self.init()
        for record in records { try add(record) }
    }

    mutating func add(_ record: LedgerRecord) throws {
        switch record {
        case .grant(let grant): try add(grant)
        case .release(let release): try add(release)
        case .use(let use): try add(use)
        case .cancel(let cancel): try add(cancel)
        case .dispute(let dispute): try add(dispute)
        }
    }
}
