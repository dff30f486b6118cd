import CRDT
import Testing

/// The maps follow from the set of records, whatever order they come in.
struct LedgerSetTests {
    @Test(arguments: 1...400) func `any order, with repetitions, gives the same ledger`(seed: Int) throws {
        var chance = Seeded(UInt64(seed))
        let records = chance.records()
        let first = try MemoryLedger(records)
        for _ in 0..<6 {
            var order = records + records.filter { _ in chance.once(in: 3) }
            order.shuffle(using: &chance)
            let other = try MemoryLedger(order)
            #expect(other == first)
        }
    }

    /// Written apart from the ledger: point by point, by looking at every record.
    @Test(arguments: 1...400) func `every point is where its latest grant and its release say`(seed: Int) throws {
        var chance = Seeded(UInt64(seed) &+ 10_000)
        let records = chance.records()
        let ledger = try MemoryLedger(records)
        for lane: UInt16 in 0...1 {
            for point: Int64 in 0..<9 {
                let span = Span.points(point, point + 1, lane: lane)
                #expect(
                    ledger.holdings(of: .tested, in: span).map(\.place) == Self.place(of: span, records).map { [$0] }
                        ?? [])
                let uses = Self.uses(on: span, records)
                #expect(Set(ledger.occupations(of: .tested, in: span).map(\.use)) == uses)
                let occupied = try Ledger.occupied(span, of: .tested, in: ledger).map(\.use)
                #expect(Set(occupied) == uses.union(Self.carried(on: span, records)))
            }
        }
    }

    private static func latest(on point: Span, _ records: [LedgerRecord]) -> Grant? {
        var latest: Grant?
        for case .grant(let grant) in records where grant.spans.contains(where: { $0.intersection(point) != nil }) {
            if let other = latest, (other.fence, other.id) > (grant.fence, grant.id) { continue }
            latest = grant
        }
        return latest
    }

    /// Uses that the point's grant carries and of which there is no record.
    private static func carried(on point: Span, _ records: [LedgerRecord]) -> Set<RowID> {
        var known: Set<RowID> = []
        for case .use(let use) in records { known.insert(use.id) }
        for case .cancel(let cancel) in records { known.insert(cancel.use) }
        let carries = latest(on: point, records)?.carries ?? []
        return Set(carries.filter { $0.piece.span.intersection(point) != nil }.map(\.use)).subtracting(known)
    }

    private static func place(of point: Span, _ records: [LedgerRecord]) -> Holding.Place? {
        guard let latest = latest(on: point, records) else { return nil }
        var given: Release?
        for case .release(let release) in records where latest.holder == .replica(release.author) {
            guard release.pieces.contains(where: { $0.grant == latest.id && $0.span.intersection(point) != nil }) else {
                continue
            }
            if let other = given, other.id < release.id { continue }
            given = release
        }
        if let given { return given.wish.map { .wished($0) } ?? .pool }
        switch latest.holder {
        case .replica(let replica): return .held(replica)
        case .pool: return .pool
        case .burnt: return .burnt
        }
    }

    private static func uses(on point: Span, _ records: [LedgerRecord]) -> Set<RowID> {
        var disputed: Set<RowID> = []
        for case .dispute(let dispute) in records { disputed.insert(dispute.record) }
        var ended = disputed
        for case .cancel(let cancel) in records where !disputed.contains(cancel.id) { ended.insert(cancel.use) }
        var live: Set<RowID> = []
        for case .use(let use) in records where !ended.contains(use.id) {
            if use.pieces.contains(where: { $0.span.intersection(point) != nil }) { live.insert(use.id) }
        }
        return live
    }

    @Test func `a record under an id that is taken changes nothing`() throws {
        let first = Grant(
            id: .grant(0), fence: Fence(epoch: 1, counter: 1), asset: .tested, spans: [.points(0, 2)], holder: .pool)
        let other = Grant(
            id: .grant(0), fence: Fence(epoch: 1, counter: 9), asset: .tested, spans: [.points(0, 9)], holder: .burnt)
        var ledger = try MemoryLedger([.grant(first)])
        let before = ledger
        try ledger.add(other)
        #expect(ledger == before)
    }

    @Test func `two hubs' disputes of one record leave the same, whichever comes first`() throws {
        let disputes: [LedgerRecord] = [
            .dispute(Dispute(record: .use(0), winner: .use(1), reason: .taken)),
            .dispute(Dispute(record: .use(0), winner: .use(2), reason: .displaced)),
        ]
        let (one, other) = (try MemoryLedger(disputes), try MemoryLedger(disputes.reversed()))
        #expect(one == other)
    }
}
