import Alliance
import CRDT
import Crypto
import Foundation

@testable import Wire

/// Keys, members and a chain of segments, the same in every run.
struct World {
    let hub: Curve25519.Signing.PrivateKey
    let node: Curve25519.Signing.PrivateKey
    let secretariat = MemberID(rawValue: 1)
    let school = MemberID(rawValue: 1 << 100)
    let epoch = Epoch(number: 3, replica: ReplicaID(rawValue: 0xE))
    let replica = ReplicaID(rawValue: 0xA1)

    init() throws {
        hub = try Curve25519.Signing.PrivateKey(rawRepresentation: [UInt8](repeating: 1, count: 32))
        node = try Curve25519.Signing.PrivateKey(rawRepresentation: [UInt8](repeating: 2, count: 32))
    }

    func rows(_ time: UInt64, _ text: String, id: UInt128) -> RowState {
        let stamp = Stamp(time, replica.rawValue)
        return RowState(
            key: RowKey(table: TableID(rawValue: 5), owner: school, id: RowID(rawValue: id)),
            presence: Presence(length: 1, stamp: stamp),
            cells: [Cell(column: ColumnID(1), value: .text(text), stamp: stamp)])
    }

    /// Two transactions: one for everyone and for the school, one for the school only.
    func pending(_ time: UInt64 = 1000) -> [PendingTransaction] {
        let seen = JournalPosition(epoch: epoch, rev: 9)
        let own = Audience.parties([school], secretariat: secretariat)
        return [
            PendingTransaction(
                time: HybridTime(rawValue: time), seen: seen,
                changes: [
                    (audience: own, rows: [rows(time, "内部", id: 2)]),
                    (audience: .alliance, rows: [rows(time, "公开", id: 1)]),
                ]),
            PendingTransaction(
                time: HybridTime(rawValue: time + 5), seen: seen,
                changes: [(audience: own, rows: [rows(time + 5, "又", id: 2)])]),
        ]
    }

    func segment(after last: Segment? = nil, standsOn: Head? = nil, time: UInt64 = 1000) throws -> Segment {
        let place = Segment.Place(replica: replica, last: last?.head, standsOn: standsOn, schema: 4)
        return try Segment.cut(pending(time), at: place, key: node)
    }

    func entry(_ segment: Segment, rev: UInt64 = 1, after previous: Hash256 = .zero, detail: VerdictDetail? = nil)
        -> JournalEntry
    {
        let strikes = detail?.offences.map { Verdict.Strike(time: $0.time, code: $0.violation.code) } ?? []
        let verdict = Verdict(strikes: strikes, detail: detail.map { Hash256(of: $0.bytes) })
        return JournalEntry(
            rev: rev, hubTime: 1_800_000_000_000, segment: segment, verdict: verdict,
            hash: JournalEntry.hash(
                after: previous, rev: rev, hubTime: 1_800_000_000_000, header: segment.hash, verdict: verdict.bytes),
            detail: detail)
    }

    var detail: VerdictDetail {
        let key = RowKey(table: TableID(rawValue: 5), owner: school, id: RowID(rawValue: 2))
        return VerdictDetail(offences: [
            .init(time: HybridTime(rawValue: 1000), violation: Violation(.notYours, key, ColumnID(1)))
        ])
    }

    var digests: [AudienceDigest] {
        [
            AudienceDigest(audience: .alliance, digest: Digest(sum: .max - 1, rows: 3)),
            AudienceDigest(audience: .parties([school], secretariat: secretariat), digest: Digest()),
        ]
    }

    func request(_ segments: [Segment]) -> ExchangeRequest {
        ExchangeRequest(
            schema: 4, program: "jilian 1.0", cursor: JournalPosition(epoch: epoch, rev: 7), journal: Hash256(of: [7]),
            own: Head(replica: replica, seq: 2, hash: Hash256(of: [2])), token: Token(count: 8, random: .max),
            nextToken: Token(count: 9, random: 1), segments: segments, pending: 2, pendingSince: 1_700_000_000_000,
            digests: digests, clock: 1_800_000_000_001, pageSize: 1 << 20, alarms: [1, 3])
    }

    func response(_ entries: [JournalEntry]) throws -> ExchangeResponse {
        let head = JournalPosition(epoch: epoch, rev: 12)
        return ExchangeResponse(
            hubTime: 1_800_000_000_000, head: head, journal: Hash256(of: [12]), floor: 3, backedUp: 11,
            receipt: try Receipt(
                head: Head(replica: replica, seq: 2, hash: Hash256(of: [2])), position: head, key: hub),
            entries: entries, digests: digests,
            notYet: Refusal(.busy, Phrase("稍后", "later"), retryAfter: 500, hubTime: 1_800_000_000_000), snapshot: true,
            token: Token(count: 9, random: 1))
    }

    var manifest: SnapshotManifest {
        SnapshotManifest(
            position: JournalPosition(epoch: epoch, rev: 12), journal: Hash256(of: [12]),
            heads: [
                .init(
                    head: Head(replica: replica, seq: 2, hash: Hash256(of: [2])), lastTime: HybridTime(rawValue: 1000),
                    rev: 11)
            ], digests: digests, parts: parts.map(\.part))
    }

    /// Two parts of a snapshot with their frames.
    var parts: [(part: SnapshotManifest.Part, frame: [UInt8], rows: [RowState])] {
        [(Audience.alliance, UInt128(1)), (.parties([school], secretariat: secretariat), 2)].map { audience, id in
            let states = [rows(5, "行", id: id)]
            let raw = Section.encode(states: states)
            let frame = Section.compress(raw)
            return (
                .init(audience: audience, rawSize: raw.count, size: frame.count, hash: Hash256(of: frame), rows: 1),
                frame, states
            )
        }
    }
}
