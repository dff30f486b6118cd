import Alliance
import CRDT
import Wire

/// What a dishonest hub or a broken line makes of messages. Each result must be refused by whoever reads it.
enum Tampering {
    /// A request whose first segment's signature has another bit; `nil` if there is no segment.
    static func segment(_ body: [UInt8]) throws -> [UInt8]? {
        let request = try ExchangeRequest(bytes: body)
        guard let first = request.segments.first, let place = place(of: first.signature, in: body) else { return nil }
        var spoilt = body
        spoilt[place] ^= 1
        return spoilt
    }

    /// An answer with a spoilt page; `nil` if its page can't be spoilt so.
    static func answer(_ body: [UInt8], _ tamper: Tamper, reader: MemberID, isOwn own: ReplicaID) throws -> [UInt8]? {
        var answer = try ExchangeResponse(bytes: body)
        guard let first = answer.entries.first else { return nil }
        switch tamper {
        case .gap:
            guard answer.entries.count > 1 else { return nil }
            answer.entries.removeFirst()
        case .order:
            guard answer.entries.count > 1 else { return nil }
            answer.entries.swapAt(0, 1)
        case .hash:
            answer.entries[0] = entry(first, hash: Hash256(of: first.hash.bytes))
        case .verdict:
            let strike = Verdict.Strike(time: first.segment.header.times.lowerBound, code: .notYours)
            let verdict = first.verdict.strikes.isEmpty ? Verdict(strikes: [strike], detail: Hash256.zero) : .accepted
            answer.entries[0] = entry(first, verdict: verdict)
        case .signature:
            var signature = first.segment.signature
            signature[7] ^= 4
            let segment = try Segment(
                headerBytes: first.segment.headerBytes, signature: signature, bodies: first.segment.bodies)
            answer.entries[0] = entry(first, segment: segment)
        case .withheld:
            let readable = answer.entries.firstIndex { entry in
                entry.segment.header.replica != own
                    && entry.segment.header.sections.contains { $0.audience.includes(reader) }
            }
            guard let readable else { return nil }
            let whole = answer.entries[readable]
            let segment = try Segment(
                headerBytes: whole.segment.headerBytes, signature: whole.segment.signature, bodies: [:])
            answer.entries[readable] = entry(whole, segment: segment)
        case .segment: return nil
        }
        return answer.bytes
    }

    private static func entry(
        _ entry: JournalEntry, segment: Segment? = nil, verdict: Verdict? = nil, hash: Hash256? = nil
    ) -> JournalEntry {
        JournalEntry(
            rev: entry.rev, hubTime: entry.hubTime, segment: segment ?? entry.segment,
            verdict: verdict ?? entry.verdict, hash: hash ?? entry.hash, detail: verdict == nil ? entry.detail : nil)
    }

    private static func place(of bytes: [UInt8], in body: [UInt8]) -> Int? {
        (0...max(0, body.count - bytes.count)).first { start in
            body.count >= start + bytes.count && body[start] == bytes[0]
                && body[start..<start + bytes.count].elementsEqual(bytes)
        }
    }
}
