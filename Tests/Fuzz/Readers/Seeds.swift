import Alliance
import CRDT
import Crypto
public import Foundation
import Wire

/// Inputs to begin with: from the vectors of the protocol, and of every message one that holds everything it can.
public struct Seeds {
    private let folder: URL
    private let member = MemberID(rawValue: 1 << 100)
    private let epoch = Epoch(number: 3, replica: ReplicaID(rawValue: 0xE))
    private let replica = ReplicaID(rawValue: 0xA1)

    /// - Parameter vectors: the folder `Protocol/Vectors`.
    public init(vectors: URL) { folder = vectors }

    /// The first byte of each says what is mended; 3: frames, hashes and signatures.
    public func inputs(_ reader: Reader) throws -> [[UInt8]] {
        func flagged(_ messages: [[UInt8]], _ flags: UInt8 = 3) -> [[UInt8]] { messages.map { [flags] + $0 } }
        switch reader {
        case .section: return flagged(try raws())
        case .request: return flagged([try request()], 3) + flagged([try request()], 0)
        case .answer: return flagged([try answer()])
        case .bundle:
            let files = try vector("bundle", "bundles").map { hex($0["file"]) }
            return flagged(files, 1) + flagged([try request()], 15) + flagged([try hubBundle()], 11)
        case .snapshot: return flagged([try hubBundle()])
        case .signature: return flagged(try messages(), 0) + flagged([try unsigned()], 2)
        case .repair: return flagged([repairRequest(), try repairAnswer()], 0x13)
        case .join: return flagged(try smallOnes())
        }
    }

    // MARK: Vectors

    private func vector(_ name: String) throws -> [String: Any] {
        let data = try Data(contentsOf: folder.appendingPathComponent(name + ".json"))
        return try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
    }

    private func vector(_ name: String, _ list: String) throws -> [[String: Any]] {
        try vector(name)[list] as? [[String: Any]] ?? []
    }

    private func hex(_ value: Any?) -> [UInt8] {
        let digits = (value as? String ?? "").utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    private func segment() throws -> Segment {
        let segment = try vector("segment")
        let frames = (segment["sections"] as? [[String: Any]] ?? []).map { hex($0["frame"]) }
        return try Segment(
            headerBytes: hex(segment["header"]), signature: hex(segment["signature"]),
            bodies: Dictionary(uniqueKeysWithValues: frames.enumerated().map { ($0, $1) }))
    }

    private func raws() throws -> [[UInt8]] {
        let sections = try vector("section", "sections").map { hex($0["raw"]) }
        let segment = try segment()
        let bodies = try segment.bodies.map { index, frame in
            try Section.decompress(frame, size: segment.header.sections[index].rawSize)
        }
        return sections + bodies + [Section.encode(states: states)]
    }

    private var states: [RowState] {
        (0..<UInt64(4)).map { index in
            let stamp = Stamp(time: HybridTime(milliseconds: 1_790_000_000_000 + index), replica: replica)
            let late = Stamp(time: HybridTime(milliseconds: 1_790_000_100_000), replica: ReplicaID(rawValue: index))
            let length = UInt32(index % 3)
            return RowState(
                key: RowKey(table: .base, owner: member, id: RowID(rawValue: UInt128(index / 2))),
                presence: length > 0 ? Presence(length: length, stamp: stamp) : nil,
                cells: [
                    Cell(column: ColumnID(1), value: .text("基地\(index % 2)"), stamp: stamp),
                    Cell(column: ColumnID(2), value: .text("1"), stamp: late),
                    Cell(column: ColumnID(4), value: index == 2 ? .null : .integer(1), stamp: stamp),
                    Cell(column: ColumnID(5), value: .bytes(member.bytes), stamp: late),
                ])
        }
    }

    // MARK: Messages

    /// The frames of a list of section bodies as what they hold: mending makes frames of that again.
    private func opened(_ message: inout MessageFields, _ number: Int, _ raw: [Int: Int]) throws {
        try message.each(number) { section in
            let index = Int(section.number(1))
            guard let frame = section.payload(2), let size = raw[index] else { return }
            section.set(2, .bytes(try Section.decompress(frame, size: size)))
        }
    }

    private func rawSizes(_ segment: Segment) -> [Int: Int] {
        Dictionary(uniqueKeysWithValues: segment.header.sections.enumerated().map { ($0, $1.rawSize) })
    }

    private func entry() throws -> JournalEntry {
        let segment = try segment()
        let key = RowKey(table: .base, owner: member, id: RowID(rawValue: 2))
        let detail = VerdictDetail(offences: [
            .init(time: segment.header.times.lowerBound, violation: Violation(.notYours, key, ColumnID(1)))
        ])
        let verdict = Verdict(
            strikes: [.init(time: segment.header.times.lowerBound, code: .notYours)], detail: Hash256(of: detail.bytes))
        return JournalEntry(
            rev: 1, hubTime: 1_790_000_000_000, segment: segment, verdict: verdict,
            hash: JournalEntry.hash(
                after: .zero, rev: 1, hubTime: 1_790_000_000_000, header: segment.hash, verdict: verdict.bytes),
            detail: detail)
    }

    private var digests: [AudienceDigest] {
        [
            AudienceDigest(audience: .alliance, digest: Digest(sum: .max - 1, rows: 3)),
            AudienceDigest(audience: .parties([member], secretariat: MemberID(rawValue: 1)), digest: Digest()),
        ]
    }

    private var position: JournalPosition { JournalPosition(epoch: epoch, rev: 12) }

    private func request() throws -> [UInt8] {
        let segment = try segment()
        var request = ExchangeRequest(
            schema: 1, program: "jilian 1.0", cursor: position, journal: Hash256(of: [7]), own: segment.head,
            token: Token(count: 8, random: .max), nextToken: Token(count: 9, random: 1), segments: [segment],
            pending: 2, pendingSince: 1_700_000_000_000, digests: digests, clock: 1_790_000_000_001,
            pageSize: 1 << 20, alarms: [1, 3])
        request.ends = true
        request.standsOn = segment.head
        request.returned = [try entry()]
        request.returnedEpoch = 2
        request.orphans = 1
        request.signedHead = try SignedHead(position: position, journal: Hash256(of: [7]), key: Mending.hub)
        var message = MessageFields(request.bytes)
        try message.each(10) { try opened(&$0, 3, rawSizes(segment)) }
        try message.each(19) { try opened(&$0, 7, rawSizes(segment)) }
        return message.bytes
    }

    private func response() throws -> ExchangeResponse {
        let segment = try segment()
        var answer = ExchangeResponse(
            hubTime: 1_790_000_000_000, head: position, journal: Hash256(of: [12]), floor: 3, backedUp: 11,
            receipt: try Receipt(head: segment.head, position: position, key: Mending.hub), entries: [try entry()],
            digests: digests,
            notYet: Refusal(.busy, Phrase("稍后", "later"), retryAfter: 500, hubTime: 1_790_000_000_000), snapshot: true,
            token: Token(count: 9, random: 1))
        answer.waypoints = [.init(rev: 3, journal: Hash256(of: [3])), .init(rev: 0, journal: .zero)]
        answer.heads = [segment.head]
        answer.headSignature = try SignedHead(position: position, journal: Hash256(of: [12]), key: Mending.hub)
            .signature
        return answer
    }

    private func answer() throws -> [UInt8] {
        var message = MessageFields(try response().bytes)
        let sizes = rawSizes(try segment())
        try message.each(9) { try opened(&$0, 7, sizes) }
        return message.bytes
    }

    private func hubBundle() throws -> [UInt8] {
        let raw = Section.encode(states: states)
        let frame = Section.compress(raw)
        let manifest = SnapshotManifest(
            position: position, journal: Hash256(of: [12]),
            heads: [.init(head: try segment().head, lastTime: HybridTime(rawValue: 1000), rev: 11)], digests: digests,
            parts: [
                .init(
                    audience: .alliance, rawSize: raw.count, size: frame.count, hash: Hash256(of: frame),
                    rows: UInt64(states.count))
            ])
        let bundle = HubBundle(
            replica: replica, answer: try response(), snapshot: .init(manifest: manifest, parts: [0: frame]))
        var message = MessageFields(bundle.bytes)
        message.set(2, .bytes(try answer()))
        try opened(&message, 4, [0: raw.count])
        return message.bytes
    }

    private func repairRequest() -> [UInt8] {
        let key = RowKey(table: .base, owner: member, id: RowID(rawValue: 1))
        let stamp = Stamp(time: HybridTime(rawValue: 1000), replica: replica)
        return RepairRequest(
            position: position, journal: Hash256(of: [12]), level: 1,
            ranges: [RowRange(table: .base, level: 1, suffix: 5)], rows: [.init(key: key, stamps: [stamp])],
            recount: true
        ).bytes
    }

    private func repairAnswer() throws -> [UInt8] {
        let range = RowRange(table: .base, level: 1, suffix: 5)
        let mark = RowMark(owner: member, id: RowID(rawValue: 5), hash: 7)
        let answer = RepairResponse(
            head: 12,
            ranges: [
                .init(range: range, content: .sums([UInt64](repeating: 9, count: RowRange.parts))),
                .init(range: range, content: .rows([mark])),
            ], sections: [.init(audience: .alliance, states: states)], answered: 2, mended: 1)
        var message = MessageFields(answer.bytes)
        let size = Section.encode(states: states).count
        try message.each(4) { section in
            guard let frame = section.payload(3) else { return }
            section.set(3, .bytes(try Section.decompress(frame, size: size)))
        }
        return message.bytes
    }

    private func smallOnes() throws -> [[UInt8]] {
        let key = Mending.hub.publicKey
        let invitation = Invitation(code: [1, 2, 3, 4, 5], secret: [UInt8](1...10), hub: HubFingerprint(of: key))
        let join = JoinRequest(invitation: invitation, key: key, replica: replica, name: "名", schema: 1).bytes
        let answer = try JoinResponse(
            hubKey: key, epoch: epoch, member: member, node: RowID(rawValue: 9), secretariat: MemberID(rawValue: 1),
            alliance: "盟", memberName: "校", hubTime: 1
        ).bytes(to: [1], key: Mending.hub)
        let entry = try entry()
        let texts = try vector("invitation", "invitations").compactMap { $0["text"] as? String }
        return texts.map { Array($0.utf8) } + [
            join, answer, entry.verdictBytes, entry.detail?.bytes ?? [], digests[1].audience.bytes,
            Refusal(.busy, Phrase("忙", "busy"), retryAfter: 5, hubTime: 7).bytes,
        ]
    }

    // MARK: Signed messages

    private func messages() throws -> [[UInt8]] {
        try vector("http-signature", "exchanges").map { exchange in
            let request = exchange["request"] as? [String: Any] ?? [:]
            let answer = exchange["response"] as? [String: Any] ?? [:]
            return lines(
                request["method"] as? String ?? "", request["path"] as? String ?? "",
                request["query"] as? String ?? "", fields(request["headers"]) + fields(request["added"]),
                fields(answer["headers"]) + fields(answer["added"]),
                hex(request["body"]))
        }
    }

    private func fields(_ value: Any?) -> [String] {
        (value as? [[String]] ?? []).map { $0.joined(separator: ": ") }
    }

    private func unsigned() throws -> [UInt8] {
        let fields = ["content-type: application/x-protobuf", "jilian-hub: ab", "jilian-replica: cd"]
        return lines("POST", "/sync/v1/exchange", "a=b", fields, ["content-type: text/plain"], [67, 1])
    }

    private func lines(
        _ method: String, _ path: String, _ query: String, _ fields: [String], _ answer: [String], _ body: [UInt8]
    ) -> [UInt8] {
        Array(([method, path, query] + fields + [""] + answer + [""]).map { $0 + "\n" }.joined().utf8) + body
    }
}
