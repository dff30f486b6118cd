import Testing
import Wire

struct ReplayWindowTests {
    private struct Signature: Hashable {
        var keyID: String
        var nonce: String
        var created: Int64
    }

    /// What the window means, with a memory that forgets nothing: the judge.
    private struct Model {
        var width: Int64
        var ahead: Int64
        var capacity: Int
        var startedAt: Int64
        var time: Int64
        var admitted: [Signature] = []

        mutating func admit(_ signature: Signature, now: Int64) -> ReplayWindow.Verdict {
            time = max(time, now)
            let remembered = admitted.filter { $0.created >= time - width }
            if signature.created < time - width || signature.created > time + ahead {
                return .outsideWindow(hubTime: time)
            }
            if signature.created <= startedAt + ahead { return .beforeStart }
            if remembered.contains(where: { $0.keyID == signature.keyID && $0.nonce == signature.nonce }) {
                return .replayed
            }
            if remembered.count >= capacity { return .full }
            admitted.append(signature)
            return .fresh
        }
    }

    private func signature(around now: Int64, _ generator: inout SignatureFuzzGenerator) -> Signature {
        Signature(
            keyID: String(Int.random(in: 0...1, using: &generator)),
            nonce: String(Int.random(in: 0...20, using: &generator)),
            created: now + Int64.random(in: -14...5, using: &generator))
    }

    @Test func `one key has a share of the room and keeps no other out`() {
        var window = ReplayWindow(width: 10, capacity: 5, capacityOfKey: 2, startedAt: 100)
        func admit(_ key: String, _ nonce: String, _ now: Int64) -> ReplayWindow.Verdict {
            window.admit(keyID: key, nonce: nonce, created: now, now: now)
        }
        #expect(admit("a", "1", 103) == .fresh)
        #expect(admit("a", "2", 103) == .fresh)
        #expect(admit("a", "3", 103) == .full)
        #expect(admit("a", "1", 103) == .replayed)
        #expect(admit("b", "1", 103) == .fresh)
        #expect(admit("a", "3", 114) == .fresh)
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func `the window judges as a memory that forgets nothing does`(seed: UInt64) {
        var generator = SignatureFuzzGenerator(seed: seed)
        let (width, ahead) = (Int64.random(in: 0...10, using: &generator), Int64.random(in: 0...3, using: &generator))
        let capacity = Int.random(in: 0...12, using: &generator)
        var window = ReplayWindow(width: width, ahead: ahead, capacity: capacity, startedAt: 1_000)
        var model = Model(width: width, ahead: ahead, capacity: capacity, startedAt: 1_000, time: 1_000)
        var now: Int64 = 1_000
        for round in 0..<500 {
            now += Int64.random(in: -3...4, using: &generator)
            let signature = signature(around: now, &generator)
            let verdict = window.admit(
                keyID: signature.keyID, nonce: signature.nonce, created: signature.created, now: now)
            #expect(verdict == model.admit(signature, now: now), "seed \(seed), round \(round)")
            #expect(window.count <= capacity)
        }
        #expect(Set(model.admitted).count == model.admitted.count, "one signature was admitted twice")
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `nothing that was admitted before a restart is admitted after it`(seed: UInt64) {
        var generator = SignatureFuzzGenerator(seed: seed)
        var first = ReplayWindow(width: 10, startedAt: 0)
        var admitted: [Signature] = []
        for now in 100..<130 as Range<Int64> {
            let signature = signature(around: now, &generator)
            let verdict = first.admit(
                keyID: signature.keyID, nonce: signature.nonce, created: signature.created, now: now)
            if verdict == .fresh { admitted.append(signature) }
        }
        #expect(!admitted.isEmpty)
        var second = ReplayWindow(width: 10, startedAt: 129)
        for now in 129..<150 as Range<Int64> {
            for signature in admitted {
                let verdict = second.admit(
                    keyID: signature.keyID, nonce: signature.nonce, created: signature.created, now: now)
                #expect(verdict != .fresh)
            }
        }
    }

    @Test func `the same nonce from another key is another signature`() {
        var window = ReplayWindow(startedAt: 0)
        #expect(window.admit(keyID: "a", nonce: "n", created: 100, now: 100) == .fresh)
        #expect(window.admit(keyID: "b", nonce: "n", created: 100, now: 100) == .fresh)
        #expect(window.admit(keyID: "a", nonce: "n", created: 101, now: 101) == .replayed)
    }

    @Test func `both edges of the window belong to it`() {
        var window = ReplayWindow(startedAt: 0)
        #expect(window.admit(keyID: "k", nonce: "1", created: 700, now: 1_000) == .fresh)
        #expect(window.admit(keyID: "k", nonce: "2", created: 699, now: 1_000) == .outsideWindow(hubTime: 1_000))
        #expect(window.admit(keyID: "k", nonce: "3", created: 1_002, now: 1_000) == .fresh)
        #expect(window.admit(keyID: "k", nonce: "4", created: 1_003, now: 1_000) == .outsideWindow(hubTime: 1_000))
    }

    @Test func `a full window admits again when its entries have left it`() {
        var window = ReplayWindow(width: 10, capacity: 2, startedAt: 0)
        #expect(window.admit(keyID: "k", nonce: "1", created: 100, now: 100) == .fresh)
        #expect(window.admit(keyID: "k", nonce: "2", created: 101, now: 101) == .fresh)
        #expect(window.admit(keyID: "k", nonce: "3", created: 101, now: 101) == .full)
        #expect(window.admit(keyID: "k", nonce: "3", created: 111, now: 111) == .fresh)
        #expect(window.count == 2)
        #expect(window.admit(keyID: "k", nonce: "1", created: 1_000, now: 1_000) == .fresh)
        #expect(window.count == 1)
    }

    @Test func `a peer that signs by the time it was told is admitted, though the clock went back`() {
        var window = ReplayWindow(startedAt: 0)
        #expect(window.admit(keyID: "k", nonce: "1", created: 9_000, now: 9_000) == .fresh)
        #expect(window.admit(keyID: "k", nonce: "2", created: 500, now: 500) == .outsideWindow(hubTime: 9_000))
        #expect(window.admit(keyID: "k", nonce: "2", created: 9_000, now: 501) == .fresh)
    }

    @Test func `no time overflows`() {
        let times: [Int64] = [.min, -1, 0, 1, SignatureParameters.createdMax, .max]
        for startedAt in times {
            for now in times {
                for created in times {
                    var window = ReplayWindow(width: .max, ahead: .max, startedAt: startedAt)
                    _ = window.admit(keyID: "k", nonce: "n", created: created, now: now)
                    var narrow = ReplayWindow(width: 0, ahead: 0, capacity: 0, startedAt: startedAt)
                    #expect(narrow.admit(keyID: "k", nonce: "n", created: created, now: now) != .fresh)
                }
            }
        }
    }
}
