import CRDT
import Testing

/// The rules of choosing and judging, each by an example.
struct LedgerRulesTests {
    private let anna = ReplicaID.numbered(1)
    private let bela = ReplicaID.numbered(2)

    private func grant(_ number: Int, _ span: Span, _ holder: Grant.Holder, carries: [Occupation] = []) -> LedgerRecord
    {
        .grant(
            Grant(
                id: .grant(number), fence: Fence(epoch: 1, counter: UInt64(number + 1)), asset: .tested, spans: [span],
                holder: holder, carries: carries))
    }

    private func use(_ number: Int, _ span: Span, under grant: Int, by author: ReplicaID) -> Use {
        Use(id: .use(number), author: author, asset: .tested, pieces: [Piece(span, under: .grant(grant))])
    }

    private func release(_ span: Span, under grant: Int, by author: ReplicaID, wish: MemberID? = nil) -> LedgerRecord {
        .release(
            Release(
                id: .release(grant), author: author, asset: .tested, pieces: [Piece(span, under: .grant(grant))],
                wish: wish))
    }

    private func free(_ span: Span, by replica: ReplicaID, in ledger: MemoryLedger) throws -> [Piece] {
        try Ledger.free(span, of: .tested, in: .held(replica), index: ledger)
    }

    // MARK: Free points

    @Test func `what a replica holds and nobody uses is free to it`() throws {
        let taken = use(0, .points(1, 2), under: 0, by: anna)
        let ledger = try MemoryLedger([
            grant(0, .points(0, 3), .replica(anna)), grant(1, .points(3, 5), .replica(bela)), .use(taken),
        ])
        #expect(
            try free(.points(0, 6), by: anna, in: ledger) == [
                Piece(.points(0, 1), under: .grant(0)), Piece(.points(2, 3), under: .grant(0)),
            ])
        #expect(try free(.points(0, 6), by: bela, in: ledger) == [Piece(.points(3, 5), under: .grant(1))])
    }

    @Test func `what a grant carries is not free before it has come, nor after`() throws {
        let carried = use(0, .points(0, 1), under: 0, by: anna)
        var ledger = try MemoryLedger([
            grant(1, .points(0, 2), .replica(bela), carries: [Occupation(use: carried.id, piece: carried.pieces[0])])
        ])
        for _ in 0..<2 {
            #expect(try free(.points(0, 2), by: bela, in: ledger) == [Piece(.points(1, 2), under: .grant(1))])
            #expect(try Ledger.occupied(.points(0, 2), of: .tested, in: ledger).map(\.use) == [carried.id])
            try ledger.add(carried)
        }
        try ledger.add(Cancel(id: .cancel(0), author: anna, use: carried.id, pieces: carried.pieces))
        #expect(try free(.points(0, 2), by: bela, in: ledger) == [Piece(.points(0, 2), under: .grant(1))])
    }

    @Test func `what a hidden grant carries keeps nobody from the points`() throws {
        let carried = use(0, .points(0, 1), under: 0, by: anna)
        let ledger = try MemoryLedger([
            grant(1, .points(0, 2), .replica(bela), carries: [Occupation(use: carried.id, piece: carried.pieces[0])]),
            grant(2, .points(0, 2), .replica(bela)),
        ])
        #expect(try free(.points(0, 2), by: bela, in: ledger) == [Piece(.points(0, 2), under: .grant(2))])
    }

    @Test func `a cancel that comes before the use that a grant carries frees it, in either order`() throws {
        let carried = use(0, .points(0, 1), under: 0, by: anna)
        let bears = grant(
            1, .points(0, 2), .replica(bela), carries: [Occupation(use: carried.id, piece: carried.pieces[0])])
        let ends = LedgerRecord.cancel(
            Cancel(id: .cancel(0), author: anna, use: carried.id, pieces: carried.pieces))
        for records in [[bears, ends], [ends, bears]] {
            let ledger = try MemoryLedger(records)
            #expect(try free(.points(0, 2), by: bela, in: ledger) == [Piece(.points(0, 2), under: .grant(1))])
        }
    }

    @Test func `a release ends only what its author holds under that grant`() throws {
        let foreign = release(.points(0, 2), under: 0, by: bela)
        let ledger = try MemoryLedger([grant(0, .points(0, 2), .replica(anna)), foreign])
        #expect(try free(.points(0, 2), by: anna, in: ledger) == [Piece(.points(0, 2), under: .grant(0))])
        let late = try MemoryLedger([
            grant(0, .points(0, 2), .replica(anna)), grant(1, .points(0, 2), .replica(anna)),
            release(.points(0, 2), under: 0, by: anna),
        ])
        #expect(try free(.points(0, 2), by: anna, in: late) == [Piece(.points(0, 2), under: .grant(1))])
    }

    // MARK: Choosing

    @Test func `places are chosen from the lowest, across holes`() throws {
        let ledger = try MemoryLedger([grant(0, .points(1, 6), .pool), .use(use(0, .points(2, 4), under: 0, by: anna))])
        let wanted = try #require(Wanted(.places, count: 2, from: 0, to: 9))
        let chosen = try Ledger.choose(wanted, of: .tested, lanes: 0..<1, in: .pool, index: ledger)
        #expect(chosen?.map(\.span) == [.points(1, 2), .points(4, 5)])
        let all = try #require(Wanted(.places, count: 4, from: 0, to: 9))
        #expect(try Ledger.choose(all, of: .tested, lanes: 0..<1, in: .pool, index: ledger) == nil)
        let most = try Ledger.most(all, of: .tested, lanes: 0..<1, in: .pool, index: ledger)
        #expect(most.count == 3)
        #expect(most.pieces.map(\.span) == [.points(1, 2), .points(4, 6)])
    }

    @Test func `a lane is chosen only if it is free for the whole time`() throws {
        let ledger = try MemoryLedger([
            grant(0, .points(0, 4), .pool), grant(1, .points(0, 8, lane: 1), .pool),
            grant(2, .points(0, 8, lane: 2), .pool),
            .use(use(0, .points(7, 8, lane: 1), under: 1, by: anna)),
        ])
        let wanted = try #require(Wanted(.lanes, count: 1, from: 0, to: 8))
        let chosen = try Ledger.choose(wanted, of: .tested, lanes: 0..<3, in: .pool, index: ledger)
        #expect(chosen?.map(\.span) == [.points(0, 8, lane: 2)])
    }

    // MARK: Judging

    @Test func `who was granted points may have used them, wherever they are by now`() throws {
        let mine = use(0, .points(0, 1), under: 0, by: anna)
        for later in [
            [release(.points(0, 1), under: 0, by: anna)],
            [release(.points(0, 1), under: 0, by: anna, wish: MemberID(rawValue: 2))],
            [grant(1, .points(0, 1), .replica(bela))],
        ] {
            let ledger = try MemoryLedger([grant(0, .points(0, 1), .replica(anna)), .use(mine)] + later)
            #expect(try Ledger.judge(mine, in: ledger) == .stands(displacing: []))
        }
    }

    @Test func `a use under a later grant displaces one under an older, and not the other way`() throws {
        let (old, new) = (use(0, .points(0, 1), under: 0, by: anna), use(1, .points(0, 1), under: 1, by: bela))
        let ledger = try MemoryLedger([
            grant(0, .points(0, 1), .replica(anna)), grant(1, .points(0, 1), .replica(bela)), .use(old), .use(new),
        ])
        #expect(try Ledger.judge(new, in: ledger) == .stands(displacing: [old.id]))
        #expect(try Ledger.judge(old, in: ledger) == .loses(Dispute(record: old.id, winner: new.id, reason: .taken)))
    }

    @Test func `a use by who was never granted the points loses, unless they lie free in the pool`() throws {
        let theirs = use(0, .points(0, 1), under: 0, by: bela)
        let held = try MemoryLedger([grant(0, .points(0, 1), .replica(anna)), .use(theirs)])
        #expect(try Ledger.judge(theirs, in: held) == .loses(Dispute(record: theirs.id, winner: nil, reason: .foreign)))
        let pooled = try MemoryLedger([grant(0, .points(0, 1), .pool), .use(theirs)])
        #expect(try Ledger.judge(theirs, in: pooled) == .stands(displacing: []))
        // Its own grant, but not these points.
        let beyond = use(1, .points(4, 5), under: 1, by: bela)
        let other = try MemoryLedger([
            grant(0, .points(4, 5), .replica(anna)), grant(1, .points(0, 1), .replica(bela)), .use(beyond),
        ])
        #expect(
            try Ledger.judge(beyond, in: other) == .loses(Dispute(record: beyond.id, winner: nil, reason: .foreign)))
    }

    @Test func `a use of places that were cut loses`() throws {
        let mine = use(0, .points(0, 1), under: 0, by: anna)
        let ledger = try MemoryLedger([
            grant(0, .points(0, 1), .replica(anna)), grant(1, .points(0, 1), .burnt), .use(mine),
        ])
        #expect(try Ledger.judge(mine, in: ledger) == .loses(Dispute(record: mine.id, winner: nil, reason: .gone)))
    }

    @Test func `an unknown grant counts as older than all`() throws {
        let lost = use(0, .points(0, 1), under: 7, by: anna)
        let known = use(1, .points(0, 1), under: 0, by: bela)
        var ledger = try MemoryLedger([grant(0, .points(0, 1), .replica(bela)), .use(lost)])
        #expect(try Ledger.judge(lost, in: ledger) == .stands(displacing: []))
        try ledger.add(known)
        #expect(try Ledger.judge(known, in: ledger) == .stands(displacing: [lost.id]))
        #expect(
            try Ledger.judge(lost, in: ledger)
                == .loses(Dispute(record: lost.id, winner: known.id, reason: .taken)))
    }

    @Test func `a cancel counts if its author wrote the use, or was granted its points`() throws {
        let mine = use(0, .points(0, 1), under: 0, by: anna)
        let ledger = try MemoryLedger([
            grant(0, .points(0, 1), .replica(anna)), grant(1, .points(0, 1), .replica(bela)),
            grant(2, .points(0, 1), .pool), .use(mine),
        ])
        func cancel(_ author: ReplicaID, under grant: Int) -> Cancel {
            Cancel(id: .cancel(0), author: author, use: mine.id, pieces: [Piece(.points(0, 1), under: .grant(grant))])
        }
        #expect(try Ledger.judge(cancel(anna, under: 0), in: ledger) == nil)
        #expect(try Ledger.judge(cancel(bela, under: 1), in: ledger) == nil)
        let dispute = Dispute(record: .cancel(0), winner: mine.id, reason: .foreign)
        #expect(try Ledger.judge(cancel(bela, under: 0), in: ledger) == dispute)
        #expect(try Ledger.judge(cancel(.numbered(3), under: 1), in: ledger) == dispute)
    }

    @Test func `a dispute ends a use, and of a cancel revives it`() throws {
        let mine = use(0, .points(0, 1), under: 0, by: anna)
        var ledger = try MemoryLedger([grant(0, .points(0, 1), .replica(anna)), .use(mine)])
        try ledger.add(Cancel(id: .cancel(0), author: bela, use: mine.id, pieces: []))
        #expect(try !Ledger.isLive(mine, in: ledger))
        try ledger.add(Dispute(record: .cancel(0), winner: mine.id, reason: .foreign))
        #expect(try Ledger.isLive(mine, in: ledger))
        #expect(ledger.occupations(of: .tested, in: .points(0, 1)).map(\.use) == [mine.id])
        try ledger.add(Dispute(record: mine.id, winner: nil, reason: .foreign))
        #expect(ledger.occupations(of: .tested, in: .points(0, 1)).isEmpty)
    }
}
