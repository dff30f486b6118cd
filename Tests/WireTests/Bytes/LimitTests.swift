import CRDT
import Testing

@testable import Wire

/// What is too large is refused by the name of its limit, before the memory is spent.
struct LimitTests {
    private func section(_ bytes: [UInt8]) throws(WireError) -> [RowState] { try Section.states(bytes) }

    @Test func `a frame that announces more than a section may be is refused unread`() {
        let frame = Section.compress([1, 2, 3])
        for size in [Limits.sectionRawSize + 1, .max, -1] {
            expect(.limit, "sectionRawSize") { () throws(WireError) in try Section.decompress(frame, size: size) }
        }
    }

    @Test func `a frame that announces more than its bytes can hold is refused unread`() {
        let bomb = Zstd.compress([UInt8](repeating: 0, count: Limits.sectionRawSize))
        #expect(bomb.count < 2000)
        expect(.limit, "sectionRatio") { () throws(WireError) in
            try Section.decompress(bomb, size: Limits.sectionRawSize)
        }
        expect(.malformed, "zstd") { () throws(WireError) in try Section.decompress(bomb, size: 25_600) }
    }

    @Test func `a frame gives exactly what was announced, and stands alone`() throws {
        let raw: [UInt8] = Array("one two three".utf8)
        let frame = Section.compress(raw)
        #expect(try Section.decompress(frame, size: raw.count) == raw)
        expect(.malformed, "announced") { () throws(WireError) in try Section.decompress(frame, size: raw.count + 1) }
        expect(.malformed, "zstd") { () throws(WireError) in try Section.decompress(frame, size: raw.count - 1) }
        expect(.malformed, "zstd") { () throws(WireError) in try Section.decompress(frame, size: 0) }
        let skippable: [UInt8] = [0x50, 0x2A, 0x4D, 0x18, 0, 0, 0, 0]
        for bytes in [
            [], [0], Array(frame.dropLast()), frame + [0], frame + frame, frame + skippable, skippable + frame,
        ] {
            expect(.malformed, "zstd") { () throws(WireError) in try Section.decompress(bytes, size: 2 * raw.count) }
        }
    }

    @Test func `a writer's frames are within the ratio that a reader takes`() {
        for size in [100, 30_000, 70_000, 1 << 20, Limits.sectionRawSize] {
            let frame = Section.compress([UInt8](repeating: 32, count: size))
            #expect(size <= max(frame.count, 64) * Limits.sectionRatio)
            #expect((try? Section.decompress(frame, size: size))?.count == size)
        }
    }

    @Test func `a section has a size`() {
        expect(.limit, "sectionRawSize") { () throws(WireError) in
            try section([UInt8](repeating: 0, count: Limits.sectionRawSize + 1))
        }
    }

    @Test func `empty submessages are counted before they are decoded`() {
        expect(.limit, "field 3") { () throws(WireError) in
            try section(Proto().repeating(3, Limits.sectionRawSize / 2).bytes)
        }
        let owners = Proto().repeating(3, Limits.owners + 1)
        expect(.limit, "field 3") { () throws(WireError) in try section(Proto().message(3, owners).bytes) }
        let columns = Proto().repeating(16, Limits.columns + 1)
        expect(.limit, "field 16") { () throws(WireError) in try section(Proto().message(3, columns).bytes) }
        let full = Proto().repeating(16, Limits.columns)
        let many = Proto().repeating(3, Limits.cells / Limits.columns + 1, full.bytes)
        expect(.limit, "cells") { () throws(WireError) in try section(many.bytes) }
    }

    @Test func `ten million empty segments, entries or digests cost nothing`() {
        let request = Proto().repeating(10, 10_000_000).bytes
        expect(.limit, "field 10") { () throws(WireError) in try ExchangeRequest(bytes: request) }
        let answer = Proto().repeating(9, 10_000_000).bytes
        expect(.limit, "field 9") { () throws(WireError) in try ExchangeResponse(bytes: answer) }
    }

    @Test func `transactions, replicas, rows and cells are counted`() {
        let times = Proto().packed(1, [UInt64](repeating: 1, count: Limits.transactions + 1)).bytes
        expect(.limit, "transactions") { () throws(WireError) in try section(times) }
        let replicas = Proto().packedFixed(2, [UInt64](repeating: 1, count: Limits.replicas + 1)).bytes
        expect(.limit, "replicas") { () throws(WireError) in try section(replicas) }
        let half = Proto().varint(2, UInt64(Limits.rows / 2 + 1))
        expect(.limit, "rows") { () throws(WireError) in try section(Proto().message(3, half).message(3, half).bytes) }
        let wide = Proto().varint(2, UInt64(Limits.rows)).repeating(16, 60)
        expect(.limit, "cells") { () throws(WireError) in try section(Proto().message(3, wide).bytes) }
    }

    @Test func `a transaction has a number of rows`() {
        let rows = UInt64(Limits.transactionRows) + 1
        let batch = Proto().varint(1, 1).varint(2, rows).bytes(3, [UInt8](repeating: 1, count: 16)).packed(4, [0])
            .bytes(5, [UInt8](repeating: 0, count: Int(rows))).bytes(6, [UInt8](repeating: 0, count: 14 * Int(rows)))
            .packed(7, [1]).packed(8, [0])
        let bytes = Proto().packed(1, [1]).message(3, batch).bytes
        expect(.limit, "transactionRows") { () throws(WireError) in
            try Section.transactions(bytes, of: ReplicaID(rawValue: 1))
        }
    }

    @Test func `messages, pages and lists have their limits`() {
        let large = [UInt8](repeating: 0, count: Limits.messageSize + 1)
        expect(.limit, "messageSize") { () throws(WireError) in try ExchangeRequest(bytes: large) }
        expect(.limit, "messageSize") { () throws(WireError) in try ExchangeResponse(bytes: large) }
        expect(.limit, "manifestSize") { () throws(WireError) in
            try SnapshotManifest(bytes: [UInt8](repeating: 0, count: Limits.manifestSize + 1))
        }
        expect(.limit, "headerSize") { () throws(WireError) in
            try SegmentHeader(bytes: [UInt8](repeating: 0, count: Limits.headerSize + 1))
        }
        let refused: [(UInt64, Int, (Proto) throws(WireError) -> Void)] = [
            (10, Limits.segmentsInRequest, { (p) throws(WireError) in _ = try ExchangeRequest(bytes: p.bytes) }),
            (13, Limits.digests, { (p) throws(WireError) in _ = try ExchangeRequest(bytes: p.bytes) }),
            (9, Limits.entriesInPage, { (p) throws(WireError) in _ = try ExchangeResponse(bytes: p.bytes) }),
            (10, Limits.digests, { (p) throws(WireError) in _ = try ExchangeResponse(bytes: p.bytes) }),
            (5, Limits.heads, { (p) throws(WireError) in _ = try SnapshotManifest(bytes: p.bytes) }),
            (6, Limits.digests, { (p) throws(WireError) in _ = try SnapshotManifest(bytes: p.bytes) }),
            (7, Limits.snapshotParts, { (p) throws(WireError) in _ = try SnapshotManifest(bytes: p.bytes) }),
            (12, Limits.sections, { (p) throws(WireError) in _ = try SegmentHeader(bytes: p.bytes) }),
            (1, Limits.strikes, { (p) throws(WireError) in _ = try Verdict(bytes: p.bytes) }),
            (1, Limits.offences, { (p) throws(WireError) in _ = try VerdictDetail(bytes: p.bytes) }),
        ]
        for (field, max, read) in refused {
            expect(.limit, "field \(field) stands too often") { () throws(WireError) in
                try read(Proto().repeating(field, max + 1))
            }
        }
        for (field, inner) in [(10, 3), (9, 7)] as [(UInt64, UInt64)] {
            let bytes = Proto().message(field, Proto().repeating(inner, Limits.sections + 1)).bytes
            expect(.limit, "field \(inner)") { () throws(WireError) in
                if field == 10 { _ = try ExchangeRequest(bytes: bytes) } else { _ = try ExchangeResponse(bytes: bytes) }
            }
        }
    }
}
