import Alliance
import CRDT
import Crypto
import Testing

@testable import Wire

/// Random and mutated bytes for every decoder: each throws or gives a value; none traps, which would end the run.
struct DecoderFuzzTests {
    /// For each of the fourteen decoders.
    private static let rounds = 4000

    struct Decoder: CustomTestStringConvertible, Sendable {
        let testDescription: String
        /// Bytes that it takes.
        let good: [[UInt8]]
        let read: @Sendable ([UInt8]) -> Bool
    }

    private static func takes(_ read: () throws -> Void) -> Bool { (try? read()) != nil }

    private static let decoders = Result { try makeDecoders() }

    private static func makeDecoders() throws -> [Decoder] {
        let world = try World()
        let (replica, key) = (world.replica, world.hub.publicKey)
        var generator = Seeded(31)
        let changes = (0..<4).map { _ in Section.encode(generator.transactions(4, of: replica.rawValue)) }
        let states = (0..<4).map { _ in Section.encode(states: generator.states(12)) }
        let segment = try world.segment()
        let later = try world.segment(after: segment, time: 2000)
        let entry = world.entry(segment, detail: world.detail)
        let invitation = Invitation(
            code: [1, 2, 3, 4, 5], secret: [UInt8](1...10), hub: HubFingerprint(of: key))
        let join = JoinRequest(invitation: invitation, key: key, replica: replica, name: "名", schema: 1).bytes
        let answer = try JoinResponse(
            hubKey: key, epoch: world.epoch, member: world.school, node: RowID(rawValue: 9),
            secretariat: world.secretariat, alliance: "盟", memberName: "校", hubTime: 1
        ).bytes(to: join, key: world.hub)
        let pin = invitation.pin
        let raw = changes[0].count
        let signature = segment.signature
        return [
            Decoder(testDescription: "transactions", good: changes + [SectionParts().bytes]) { bytes in
                takes { _ = try Section.transactions(bytes, of: replica) }
            },
            Decoder(testDescription: "states", good: states + [SectionParts.states.bytes]) { bytes in
                takes { _ = Section.encode(states: try Section.states(bytes)) }
            },
            Decoder(testDescription: "frame", good: [Section.compress(changes[0])]) { bytes in
                takes { _ = try Section.decompress(bytes, size: raw) }
            },
            Decoder(testDescription: "segment header", good: [segment.headerBytes, later.headerBytes]) { bytes in
                takes { _ = try SegmentHeader(bytes: bytes).bytes }
            },
            Decoder(testDescription: "segment", good: [segment.headerBytes]) { bytes in
                takes { try Segment(headerBytes: bytes, signature: signature, bodies: segment.bodies).verify(key) }
                    || takes { _ = try Segment(headerBytes: bytes, signature: signature, bodies: segment.bodies) }
            },
            Decoder(testDescription: "verdict", good: [entry.verdictBytes]) { bytes in
                takes { _ = try Verdict(bytes: bytes).bytes }
            },
            Decoder(testDescription: "verdict detail", good: [world.detail.bytes]) { bytes in
                takes { _ = try VerdictDetail(bytes: bytes).bytes }
            },
            Decoder(testDescription: "exchange request", good: [world.request([segment, later]).bytes]) { bytes in
                takes { _ = try ExchangeRequest(bytes: bytes).bytes }
            },
            Decoder(testDescription: "exchange answer", good: [try world.response([entry]).bytes]) { bytes in
                takes {
                    let answer = try ExchangeResponse(bytes: bytes)
                    for entry in answer.entries { _ = try entry.segment.transactions(section: 0) }
                    try answer.receipt?.verify(key)
                }
            },
            Decoder(
                testDescription: "refusal",
                good: [Refusal(.busy, Phrase("忙", "busy"), retryAfter: 5, hubTime: 7).bytes]
            ) { bytes in takes { _ = try Refusal(bytes: bytes).bytes } },
            Decoder(testDescription: "join request", good: [join]) { bytes in
                takes { _ = try JoinRequest(bytes: bytes).isProved(by: [1]) }
            },
            Decoder(testDescription: "join answer", good: [answer]) { bytes in
                takes { _ = try JoinResponse(bytes: bytes, to: join, pin: pin) }
            },
            Decoder(testDescription: "snapshot manifest", good: [world.manifest.bytes]) { bytes in
                takes { _ = try SnapshotManifest(bytes: bytes).bytes }
            },
            Decoder(testDescription: "invitation and audience", good: [Array(invitation.description.utf8)]) { bytes in
                _ = Audience(bytes: bytes)?.bytes
                return Invitation(String(decoding: bytes, as: UTF8.self)) != nil
            },
        ]
    }

    @Test func `every decoder takes what it should`() throws {
        for decoder in try Self.decoders.get() {
            for good in decoder.good where !decoder.read(good) { Issue.record("\(decoder.testDescription)") }
        }
    }

    @Test(arguments: 0..<14)
    func `no decoder traps on changed or random bytes`(index: Int) throws {
        let decoder = try Self.decoders.get()[index]
        var generator = Seeded(0xF022 + UInt64(index))
        var taken = 0
        for _ in 0..<Self.rounds where decoder.read(Self.spoiled(generator.pick(decoder.good), &generator)) {
            taken += 1
        }
        // Both ends are reached: some bytes are refused, and some that were changed are still of the form.
        #expect(taken < Self.rounds)
    }

    private static let varints: [UInt64] = [0, 1, 2, 127, 128, 255, 65535, 65536, 1 << 31, 1 << 32 - 1, 1 << 63, .max]

    private static func spoiled(_ good: [UInt8], _ generator: inout Seeded) -> [UInt8] {
        guard !generator.once(in: 8) else {
            return (0..<generator.number(0...60)).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
        }
        var bytes = good
        for _ in 0..<generator.number(1...3) {
            let low = generator.number(0...bytes.count)
            let high = min(bytes.count, low + generator.number(0...6))
            switch generator.number(0...6) {
            case 0: bytes.removeSubrange(low..<high)
            case 1: bytes.insert(contentsOf: bytes[low..<high], at: low)
            case 2: bytes.insert(UInt8(truncatingIfNeeded: generator.next()), at: low)
            case 3: bytes.replaceSubrange(low..<high, with: Proto.varint(generator.pick(varints)))
            case 4: bytes.removeSubrange(high...)
            case 5: bytes += Proto().varint(UInt64(generator.number(1...16)), generator.pick(varints)).bytes
            default: if low < bytes.count { bytes[low] ^= 1 << UInt8(generator.number(0...7)) }
            }
        }
        return bytes
    }
}
