import CRDT
import Testing

/// What the hub writes, each rule by an example.
struct LedgerDecidingTests {
    private let anna = ReplicaID.numbered(1)
    private let bela = ReplicaID.numbered(2)

    private func grant(_ number: Int, _ span: Span, _ holder: Grant.Holder) -> LedgerRecord {
        .grant(
            Grant(
                id: .grant(number), fence: Fence(epoch: 1, counter: UInt64(number + 1)), asset: .tested, spans: [span],
                holder: holder))
    }

    private func use(_ number: Int, _ span: Span, under grant: Int, by author: ReplicaID) -> Use {
        Use(id: .use(number), author: author, asset: .tested, pieces: [Piece(span, under: .grant(grant))])
    }

    private func request(_ number: Int, _ count: Int, by author: ReplicaID, waits: Bool = false) throws -> Request {
        let wanted = try #require(Wanted(.places, count: count, from: 0, to: 9))
        return Request(
            id: RowID(rawValue: UInt128(number)), author: author, asset: .tested, wanted: wanted, waits: waits)
    }

    private func release(_ span: Span, to member: Int?) -> LedgerRecord {
        .release(
            Release(
                id: .release(0), author: anna, asset: .tested, pieces: [Piece(span, under: .grant(0))],
                wish: member.map { MemberID(rawValue: UInt128($0)) }))
    }

    @Test func `a release with a wish is granted on, with the bookings on it`() throws {
        var desk = try TestDesk([grant(0, .points(0, 3), .replica(anna))])
        let booked = use(0, .points(1, 2), under: 0, by: anna)
        try desk.takeIn([.use(booked), release(.points(0, 3), to: 2)])
        #expect(desk.place(1) == .held(bela))
        #expect(desk.ledger.disputes.isEmpty)
        #expect(try Ledger.occupied(.points(0, 3), of: .tested, in: desk.ledger).map(\.use) == [booked.id])
        let last = try #require(desk.ledger.grants.values.max { $0.fence < $1.fence })
        #expect(last.carries.map(\.use) == [booked.id])
    }

    @Test func `a wish for a member whose replica ended goes to its present one`() throws {
        var desk = try TestDesk([grant(0, .points(0, 1), .replica(anna))])
        desk.ended[bela] = .numbered(3)
        try desk.takeIn([release(.points(0, 1), to: 2)])
        #expect(desk.place(0) == .held(.numbered(3)))
    }

    @Test func `what the owner is to decide on is handed over once, and answered by nobody else`() throws {
        let carl = ReplicaID.numbered(3)
        var desk = try TestDesk([grant(0, .points(0, 9), .replica(anna))])
        desk.deciders[.tested] = carl
        desk.requests = [try request(1, 2, by: bela), try request(2, 2, by: anna)]
        try desk.takeIn([release(.points(0, 5), to: nil)])
        #expect(desk.place(0) == .held(carl) && desk.place(1) == .held(carl))
        #expect((2..<5).allSatisfy { desk.place($0) == .pool }, "though there is enough for the other request")
        #expect(desk.answers.isEmpty)
        let grants = desk.ledger.grants.count
        try desk.takeIn([])
        #expect(desk.ledger.grants.count == grants, "what is there for one request is there for the other")
        // The owner's own requests are answered as ever.
        desk.requests.append(try request(3, 1, by: carl))
        try desk.takeIn([])
        #expect(desk.answers == [RowID(rawValue: 3): "use"])
        // Where nothing can come of it there is nothing to decide.
        desk.requests.append(try request(4, 9, by: bela))
        try desk.takeIn([])
        #expect(desk.answers[RowID(rawValue: 4)] == "decline")
    }

    @Test func `points of the pool that are used go to whose use it is`() throws {
        var desk = try TestDesk([grant(0, .points(0, 2), .replica(anna))])
        try desk.takeIn([release(.points(0, 2), to: nil)])
        #expect(desk.place(0) == .pool)
        try desk.takeIn([.use(use(0, .points(0, 1), under: 0, by: anna))])
        #expect(desk.place(0) == .held(anna))
        #expect(desk.place(1) == .pool)
    }

    @Test func `requests are answered from the pool in order, and declined only when nothing can come of them`() throws
    {
        var desk = try TestDesk([grant(0, .points(0, 2), .pool), grant(1, .points(2, 4), .replica(anna))])
        desk.requests = [
            try request(1, 1, by: bela), try request(2, 2, by: bela), try request(3, 4, by: bela),
            try request(4, 1, by: bela),
        ]
        try desk.takeIn([])
        let ids = desk.requests.map(\.id)
        #expect(ids.map { desk.answers[$0] } == ["use", nil, "decline", "use"])
        #expect(desk.place(0) == .held(bela))
        try desk.takeIn([.use(use(0, .points(2, 3), under: 1, by: anna))])
        #expect(desk.answers[ids[1]] == "decline")
    }

    @Test func `who waits is not declined, and is answered in order when points become free`() throws {
        var desk = try TestDesk([grant(0, .points(0, 2), .pool)])
        let carl = ReplicaID.numbered(3)
        desk.requests = [
            try request(1, 2, by: anna), try request(2, 1, by: bela, waits: true),
            try request(3, 1, by: carl, waits: true), try request(4, 1, by: carl),
        ]
        try desk.takeIn([])
        let ids = desk.requests.map(\.id)
        #expect(ids.map { desk.answers[$0] } == ["use", nil, nil, "decline"])
        // Who had both gives one back.
        let (answer, piece) = try #require(
            desk.ledger.uses.values.first.flatMap { use in use.pieces.first.map { (use, $0) } })
        let end = Cancel(id: .cancel(0), author: anna, use: answer.id, pieces: answer.pieces)
        let back = Release(
            id: .release(1), author: anna, asset: .tested, pieces: [Piece(.points(0, 1), under: piece.grant)],
            wish: nil)
        try desk.takeIn([.cancel(end), .release(back)])
        #expect(ids.map { desk.answers[$0] } == ["use", "use", nil, "decline"])
        #expect(desk.place(0) == .held(bela) && desk.place(1) == .held(anna))
    }

    @Test func `who waits is not declined where the owner decides`() throws {
        var desk = try TestDesk([grant(0, .points(0, 2), .pool)])
        desk.deciders[.tested] = .numbered(3)
        desk.requests = [try request(1, 3, by: anna, waits: true), try request(2, 3, by: bela)]
        try desk.takeIn([])
        #expect(desk.requests.map { desk.answers[$0.id] } == [nil, "decline"])
        #expect(desk.place(0) == .pool, "there is nothing to be decided on yet")
    }

    @Test func `a hub that recovers gives and judges nothing until it is closed`() throws {
        var desk = try TestDesk([grant(0, .points(0, 1), .replica(anna)), grant(1, .points(1, 3), .pool)])
        desk.isFrozen = true
        desk.requests = [try request(1, 1, by: bela)]
        let foreign = use(0, .points(0, 1), under: 0, by: bela)
        let lost = use(1, .points(2, 3), under: 7, by: anna)
        try desk.takeIn([.use(foreign), .use(lost), release(.points(0, 1), to: 3)])
        #expect(desk.ledger.disputes.isEmpty)
        #expect(desk.answers.isEmpty)
        #expect(desk.place(0) == .wished(MemberID(rawValue: 3)))
        desk.isFrozen = false
        try Ledger.closeRecovery(at: &desk)
        #expect(desk.ledger.disputes.keys.sorted() == [foreign.id])
        #expect(desk.answers.values.sorted() == ["use"])
        #expect(desk.place(0) == .held(.numbered(3)))
        #expect(desk.place(2) == .held(anna))
    }

    @Test func `an attestation grants what former replicas hold, used or not`() throws {
        var desk = try TestDesk([grant(0, .points(0, 3), .replica(anna)), grant(1, .points(3, 4), .replica(bela))])
        let booked = use(0, .points(0, 1), under: 0, by: anna)
        try desk.takeIn([.use(booked)])
        try Ledger.attest([anna], to: .numbered(3), at: &desk)
        #expect(
            (0..<4).map(desk.place) == [.held(.numbered(3)), .held(.numbered(3)), .held(.numbered(3)), .held(bela)])
        #expect(try Ledger.free(.points(0, 1), of: .tested, in: .held(.numbered(3)), index: desk.ledger).isEmpty)
        let end = Cancel(
            id: .cancel(0), author: .numbered(3), use: booked.id,
            pieces: try Ledger.holdings([.points(0, 1)], of: .tested, by: .numbered(3), in: desk.ledger))
        try desk.takeIn([.cancel(end)])
        #expect(try !Ledger.free(.points(0, 1), of: .tested, in: .held(.numbered(3)), index: desk.ledger).isEmpty)
    }

    @Test func `what a former replica was handed for a decision is attested as such`() throws {
        var desk = try TestDesk([grant(0, .points(0, 3), .pool), grant(1, .points(3, 4), .replica(anna))])
        desk.deciders[.tested] = anna
        desk.requests = [try request(1, 2, by: bela)]
        try desk.takeIn([])
        #expect(desk.place(1) == .held(anna))
        let next = ReplicaID.numbered(4)
        try Ledger.attest([anna], to: next, at: &desk)
        let handed = try desk.ledger.holdings(of: .tested, in: .points(0, 4)).filter(desk.isHandedOver)
        #expect(handed.map(\.span) == [.points(0, 1), .points(1, 2)] || handed.map(\.span) == [.points(0, 2)])
        #expect(handed.allSatisfy { $0.place == .held(next) })
        #expect((0..<4).map(desk.place) == [.held(next), .held(next), .pool, .held(next)])
    }
}
