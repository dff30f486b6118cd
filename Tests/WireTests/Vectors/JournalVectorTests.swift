import CRDT
import Crypto
import Foundation
import Testing

@testable import Wire

struct JournalVectorTests {
    private struct Journal: Decodable {
        struct Entry: Decodable {
            var rev: UInt64, hubTime: UInt64, header: Hex, signature: Hex, headerHash: Hex, verdict: Hex, detail: Hex
            var hash: Hex
        }
        struct Refused: Decodable { var name: String, verdict: Hex, detail: Hex }
        var publicKey: Hex
        var entries: [Entry]
        var refused: [Refused]
    }

    private struct Invitations: Decodable {
        struct Invitation: Decodable { var code: Hex, secret: Hex, text: String, alike: [String], refused: [String] }
        var hubKey: Hex
        var pin: Hex
        var invitations: [Invitation]
    }

    @Test func `the journal of the vectors is a chain that verifies`() throws {
        let vectors = try VectorFile.read("journal.json", as: Journal.self)
        let key = try Curve25519.Signing.PublicKey(rawRepresentation: vectors.publicKey.bytes)
        var (journal, last) = (Hash256.zero, Hash256?.none)
        for vector in vectors.entries {
            let segment = try Segment(
                headerBytes: vector.header.bytes, signature: vector.signature.bytes, bodies: [:])
            try segment.verify(key)
            #expect(segment.header.bytes == vector.header.bytes && segment.hash.bytes == vector.headerHash.bytes)
            #expect(segment.header.previous == last && segment.header.seq == vector.rev)
            let detail = vector.detail.bytes.isEmpty ? nil : try VerdictDetail(bytes: vector.detail.bytes)
            #expect(detail.map { $0.bytes == vector.detail.bytes } ?? true)
            let verdict = try Verdict(bytes: vector.verdict.bytes)
            #expect(verdict.bytes == vector.verdict.bytes && verdict.detail == detail.map { Hash256(of: $0.bytes) })
            let entry = JournalEntry(
                rev: vector.rev, hubTime: vector.hubTime, segment: segment, verdict: verdict,
                hash: try #require(Hash256(bytes: vector.hash.bytes)), detail: detail)
            #expect(entry.follows(journal))
            (journal, last) = (entry.hash, segment.hash)
        }
        #expect(vectors.entries.count == 3 && vectors.entries.contains { !$0.verdict.bytes.isEmpty })
    }

    @Test func `verdicts that the vectors refuse are refused`() throws {
        let vectors = try VectorFile.read("journal.json", as: Journal.self)
        let right = try #require(vectors.entries.first { !$0.verdict.bytes.isEmpty })
        var message = PBJournalEntry()
        message.rev = right.rev
        message.hubTime = right.hubTime
        message.header = Data(right.header.bytes)
        message.signature = Data(right.signature.bytes)
        message.hash = Data(right.hash.bytes)
        message.verdict = Data(right.verdict.bytes)
        message.detail = Data(right.detail.bytes)
        _ = try message.value()
        for vector in vectors.refused {
            message.verdict = Data(vector.verdict.bytes)
            message.detail = Data(vector.detail.bytes)
            let changed = message
            #expect(throws: WireError.self, "\(vector.name)") { _ = try changed.value() }
        }
        #expect(vectors.refused.count >= 13)
    }

    @Test func `the invitations of the vectors are written and read so`() throws {
        let vectors = try VectorFile.read("invitation.json", as: Invitations.self)
        let hub = HubFingerprint(of: try Curve25519.Signing.PublicKey(rawRepresentation: vectors.hubKey.bytes))
        for vector in vectors.invitations {
            let invitation = Invitation(code: vector.code.bytes, secret: vector.secret.bytes, hub: hub)
            #expect(invitation.pin == vectors.pin.bytes && invitation.description == vector.text)
            for text in [vector.text] + vector.alike { #expect(Invitation(text) == invitation, "\(text)") }
            for text in vector.refused { #expect(Invitation(text) == nil, "\(text)") }
        }
        #expect(!vectors.invitations.isEmpty)
    }
}
