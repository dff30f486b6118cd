import Alliance
import CRDT
import Crypto
import Foundation
import Testing

@testable import Wire

struct ReceiptTests {
    private let world: World
    private let receipt: Receipt

    init() throws {
        world = try World()
        receipt = try #require(try world.response([]).receipt)
    }

    @Test func `the hub's receipt verifies, also after it has travelled`() throws {
        try receipt.verify(world.hub.publicKey)
        let back = try #require(try ExchangeResponse(bytes: world.response([]).bytes).receipt)
        try back.verify(world.hub.publicKey)
    }

    @Test func `another key's does not`() {
        expect(.signature, "seq 2") { () throws(WireError) in try receipt.verify(world.node.publicKey) }
    }

    @Test func `everything that it says is signed`() throws {
        let changes: [(inout PBReceipt) -> Void] = [
            { $0.replica += 1 }, { $0.seq += 1 }, { $0.hash[0] ^= 1 }, { $0.epoch.number += 1 },
            { $0.epoch.replica += 1 }, { $0.rev += 1 }, { $0.signature[63] ^= 1 },
        ]
        for change in changes {
            var message = receipt.message
            change(&message)
            let changed = try Receipt(message)
            expect(.signature, "receipt") { () throws(WireError) in try changed.verify(world.hub.publicKey) }
        }
    }
}

struct RefusalTests {
    @Test func `every refusal comes back as it was, and has a status`() throws {
        for code in Refusal.Code.allCases {
            let refusal = Refusal(code, Phrase("中", "en"), retryAfter: code == .busy ? 100 : nil, hubTime: 5)
            #expect(try Refusal(bytes: refusal.bytes) == refusal)
            #expect((400...503).contains(refusal.status))
        }
    }

    @Test func `refusals with a fault are refused, reasons of a newer hub are not`() throws {
        for (part, bytes) in [
            ("code", Proto()),
            ("retry after", Proto().text(1, "busy").varint(4, .max)),
            ("hub time", Proto().text(1, "busy").varint(5, .max)), ("not a message", Proto().bytes(2, [0xFF])),
        ] { expect(.malformed, part) { () throws(WireError) in try Refusal(bytes: bytes.bytes) } }
        #expect(try Refusal(bytes: Proto().text(1, "later").text(3, "of a newer hub").bytes).code == .unwell)
        let long = Proto().text(1, "busy").text(3, String(repeating: "x", count: 16 * Limits.nameSize)).bytes
        expect(.limit, "refusal") { () throws(WireError) in try Refusal(bytes: long) }
    }
}
