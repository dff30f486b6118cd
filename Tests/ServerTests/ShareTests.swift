@testable import Hub
@testable import Serving
import Testing

/// What one address may take of the rooms that all share.
@Suite struct ShareTests {
    @Test func `silence takes no room, and one address a quarter of it`() {
        let budget = BodyBudget(size: 1_000, small: 400)
        #expect(budget.take(250, isSmall: false, from: "a"))
        #expect(!budget.take(1, isSmall: false, from: "a"))
        for other in ["b", "c", "d"] { #expect(budget.take(250, isSmall: false, from: other)) }
        #expect(!budget.take(1, isSmall: false, from: "e"))
        // Small bodies have their own room.
        #expect(budget.take(100, isSmall: true, from: "a") && !budget.take(1, isSmall: true, from: "a"))
        // This machine has no share: a proxy speaks for many.
        #expect(budget.take(300, isSmall: true, from: nil) && !budget.take(1, isSmall: true, from: nil))
        budget.give(250, isSmall: false, from: "a")
        #expect(budget.take(250, isSmall: false, from: "a"))
        for origin in ["a", "b", "c", "d"] { budget.give(250, isSmall: false, from: origin) }
        budget.give(100, isSmall: true, from: "a")
        budget.give(300, isSmall: true, from: nil)
        #expect(budget.isFree)
    }

    @Test func `requests that wait leave room for other addresses`() {
        var waiting = WaitingRequests()
        func enter(_ origin: String?) -> Bool { waiting.enter(from: origin) }
        for _ in 0..<WaitingRequests.mostOfOrigin { #expect(enter("a")) }
        #expect(!enter("a"))
        #expect(enter("b"))
        waiting.leave(from: "a")
        #expect(enter("a"))
        while enter(nil) {}
        #expect(!enter("c"))
    }

    @Test func `wrong codes of one address keep no other from joining`() {
        var codes = WrongCodes()
        func mayTry(_ origin: String?, _ now: UInt64) -> Bool { codes.mayTry(from: origin, at: now) }
        for _ in 0..<WrongCodes.mostOfOrigin { codes.note(from: "a", at: 0) }
        #expect(!mayTry("a", 1) && mayTry("b", 1) && mayTry(nil, 1))
        #expect(mayTry("a", WrongCodes.span + 1))
        for index in 0..<WrongCodes.most { codes.note(from: "\(index)", at: 100_000) }
        #expect(!mayTry("new", 100_001))
    }

    @Test func `addresses are counted as one network's customer has them`() {
        #expect(Origin.of("192.0.2.7") == "192.0.2.7" && Origin.of("127.0.0.1") == nil && Origin.of("::1") == nil)
        #expect(Origin.of("2001:db8::1") == Origin.of("2001:db8::ffff:2") && Origin.of("2001:db8::1") != nil)
        #expect(Origin.of("2001:db8::1") != Origin.of("2001:db8:0:1::1"))
        #expect(Origin.of("::ffff:192.0.2.7") == "192.0.2.7" && Origin.of("no address") == nil)
        #expect(Origin.of(forwarded: "203.0.113.9, 192.0.2.7 ") == "192.0.2.7" && Origin.of(forwarded: nil) == nil)
    }
}
