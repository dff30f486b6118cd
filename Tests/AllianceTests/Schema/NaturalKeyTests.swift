import CRDT
import Testing

@testable import Alliance

@Suite struct NaturalKeyTests {
    private static let first = MemberID(rawValue: 0x00010203_04050607_08090A0B_0C0D0E0F)
    private static let second = MemberID(rawValue: .max)

    /// Computed in Python: hashlib.sha256 over struct.pack(">I", len(part)) + part of
    /// table, owner and the key's canonical bytes.
    private static let vectors: [([Value], UInt16, MemberID, String)] = [
        ([.text("00123")], 19, first, "62fe787a-ca73-219e-1cb7-845f05a5bc77"),
        ([.text("00123")], 19, second, "2bdb766f-c709-7d73-a27d-3185ac3a016d"),
        ([.text("示例·𠮷")], 17, first, "355cebad-5651-585a-d71a-6699faf32a14"),
        ([.text("e\u{301}")], 17, first, "75221b39-e1b5-8cd0-a598-da09b07bcf6f"),
        ([.text("\u{E9}")], 17, first, "36f026c5-8923-a3a9-2f6d-2fc51a9dfbbb"),
        ([.bytes(Array(0...15)), .text("一号")], 18, first, "f17e9e07-ecb2-870d-c650-87d1f5b97d17"),
        ([], 65535, first, "b7217346-499b-82c5-6a3c-86c7c9f0be3f"),
        ([.null, .integer(-1), .bytes([])], 16, second, "31af72d9-360d-91d6-469a-bd9f0aed803a"),
        ([.text("a"), .text("b")], 22, first, "f51377b0-f04b-9c7e-1a1a-c8051073c450"),
        ([.text("ab"), .text("")], 22, first, "4fc93624-f7b2-c21d-d2af-a10d50c700cb"),
    ]

    @Test func `ids of natural keys are those of the vectors`() {
        for (parts, table, owner, id) in Self.vectors {
            #expect(RowID(natural: parts, table: TableID(rawValue: table), owner: owner).description == id)
        }
    }

    @Test func `no heading stands for two columns of a table`() {
        for table in Schema.current.tables {
            var columns: [String: Set<ColumnID>] = [:]
            for column in table.columns {
                for heading in [column.name, column.title.zh, column.title.en] + column.headings {
                    columns[heading.folded, default: []].insert(column.id)
                }
            }
            for (heading, ids) in columns { #expect(ids.count == 1, "\(table.name): \(heading)") }
        }
    }

    @Test func `natural keys are made of required columns`() {
        for table in Schema.current.tables {
            for id in table.naturalKey { #expect(table.column(id)?.required == true, "\(table.name)") }
        }
    }
}
