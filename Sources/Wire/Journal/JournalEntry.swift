import CRDT
import Foundation
import SwiftProtobuf

/// One segment in the hub's total order, with its verdict (日志条目).
public struct JournalEntry: Sendable {
    /// 1, 2, 3 … without gaps in an epoch.
    public let rev: UInt64
    /// When the hub journaled it, Unix milliseconds.
    public let hubTime: UInt64
    /// With the sections that its reader may have.
    public let segment: Segment
    public let verdict: Verdict
    public let verdictBytes: [UInt8]
    /// The hash of the journal up to and with this entry.
    public let hash: Hash256
    /// For the author's member and the secretariat, if anything was struck out.
    public let detail: VerdictDetail?

    public init(
        rev: UInt64, hubTime: UInt64, segment: Segment, verdict: Verdict, hash: Hash256, detail: VerdictDetail?
    ) {
        self.rev = rev
        self.hubTime = hubTime
        self.segment = segment
        self.verdict = verdict
        verdictBytes = verdict.bytes
        self.hash = hash
        self.detail = detail
    }

    /// The hash of the journal with this entry, after `previous`:
    /// SHA-256 of previous 32 · rev u64 · hub time u64 · header hash 32 · SHA-256 of the verdict bytes 32, big-endian.
    public static func hash(
        after previous: Hash256, rev: UInt64, hubTime: UInt64, header: Hash256, verdict: [UInt8]
    ) -> Hash256 {
        var bytes = previous.bytes
        for number in [rev, hubTime] { withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) } }
        bytes += header.bytes
        bytes += Hash256(of: verdict).bytes
        return Hash256(of: bytes)
    }

    /// Whether this entry follows a journal whose hash is `previous`.
    public func follows(_ previous: Hash256) -> Bool {
        hash == Self.hash(after: previous, rev: rev, hubTime: hubTime, header: segment.hash, verdict: verdictBytes)
    }
}

extension PBJournalEntry {
    init(_ entry: JournalEntry) {
        self.init()
        rev = entry.rev
        hubTime = entry.hubTime
        header = Data(entry.segment.headerBytes)
        signature = Data(entry.segment.signature)
        verdict = Data(entry.verdictBytes)
        hash = Data(entry.hash.bytes)
        sections = PBSectionBody.list(entry.segment.bodies)
        detail = Data(entry.detail?.bytes ?? [])
    }

    func value() throws(WireError) -> JournalEntry {
        guard let hash = Hash256(bytes: hash) else { throw .malformed("journal entry", "hash") }
        let verdictValue = try Verdict(bytes: [UInt8](verdict))
        guard rev > 0 else { throw .malformed("journal entry", "rev 0") }
        let entry = JournalEntry(
            rev: try rev.checked("journal entry", "rev"), hubTime: try hubTime.checkedTime("journal entry", "hub time"),
            segment: try Segment(
                headerBytes: [UInt8](header), signature: [UInt8](signature), bodies: try PBSectionBody.bodies(sections)),
            verdict: verdictValue, hash: hash, detail: detail.isEmpty ? nil : try VerdictDetail(bytes: [UInt8](detail)))
        guard entry.verdictBytes == [UInt8](verdict) else {
            throw .malformed("journal entry", "verdict is not canonical")
        }
        if let detail = entry.detail, Hash256(of: detail.bytes) != verdictValue.detail {
            throw WireError(.hash, "journal entry", "verdict detail")
        }
        return entry
    }
}
