import Testing

@testable import Alliance

@Suite struct EncodingTests {
    private static let text = "工号,姓名\r\n00123,王芳\r\n00124,𠮷㐂龘\r\n"

    @Test(arguments: TextEncoding.allCases, [true, false])
    func `a file is read in each encoding, with a mark and without`(encoding: TextEncoding, marked: Bool) throws {
        let bytes = (marked ? encoding.mark : []) + (try #require(encoding.bytes(of: Self.text)))
        let named: TextEncoding? = marked || encoding == .utf8 || encoding == .gb18030 ? nil : encoding
        let plan = try ImportPlan.read(bytes, into: table("teacher"), encoding: named, names: .none)
        #expect(plan.encoding == encoding)
        #expect(plan.problems == [])
        #expect(plan.texts("teacher.staff_no") == ["00123", "00124"])
        #expect(plan.texts("teacher.name") == ["王芳", "𠮷㐂龘"])
    }

    @Test func `GB18030 has the bytes of the standard, four of them for what GBK lacks`() {
        #expect(TextEncoding.gb18030.bytes(of: "技联") == [0xBC, 0xBC, 0xC1, 0xAA])
        #expect(TextEncoding.gb18030.bytes(of: "𠮷") == [0x95, 0x34, 0xB2, 0x35])
    }

    @Test func `all of Unicode but the private use area survives GB18030`() throws {
        var scalars = String.UnicodeScalarView()
        for value in UInt32(0x80)...0x2FFFF where !(0xE000...0xF8FF).contains(value) && value % 3 != 1 {
            if let scalar = Unicode.Scalar(value) { scalars.append(scalar) }
        }
        let bytes = try #require(TextEncoding.gb18030.bytes(of: String(scalars)))
        let decoded = try DecodedText(bytes, as: .gb18030)
        #expect(decoded.utf8 == [UInt8](String(scalars).utf8))
    }

    @Test func `the encoding that is named is taken, even where another would do`() throws {
        let plan = try ImportPlan.read(Array("工号,姓名\n1,a".utf8), into: table("teacher"), encoding: .utf8, names: .none)
        #expect(plan.encoding == .utf8)
        let error = importError { () throws(ImportError) in
            try .read(Array("工号,姓名\n1,a".utf8), into: table("teacher"), encoding: .utf16be, names: .none)
        }
        #expect(error != nil)
    }

    @Test func `a file that is valid in no encoding names the first bad byte and its line`() throws {
        let good = Array("工号,姓名\r\n1,王\r\n2,".utf8)
        let error = try #require(
            importError { () throws(ImportError) in
                try .read(good + [0xFF, 0x41, 0x0A], into: table("teacher"), names: .none)
            })
        #expect(error.code == .badByte)
        #expect(error.what.zh.contains("第 3 行、文件第 \(good.count) 字节"), "\(error.what)")
        let marked = try #require(
            importError { () throws(ImportError) in
                try .read(TextEncoding.utf8.mark + good + [0xE4, 0xBD], into: table("teacher"), names: .none)
            })
        #expect(marked.what.en.contains("line 3, byte offset \(good.count + 3) "), "\(marked.what)")
    }

    @Test func `a GB18030 file with a bad byte names it too`() throws {
        let good = try #require(TextEncoding.gb18030.bytes(of: "工号,姓名\r1,王芳芳芳\r2,王"))
        for tail in [[0xFF], [0x81], [0x81, 0x30, 0x81]] as [[UInt8]] {
            let error = try #require(
                importError { () throws(ImportError) in
                    try .read(good + tail, into: table("teacher"), encoding: .gb18030, names: .none)
                })
            #expect(error.what.zh.contains("第 3 行、文件第 \(good.count) 字节"), "\(error.what)")
        }
    }

    @Test func `an odd byte or a lone surrogate is no UTF-16`() throws {
        for tail in [[0x41], [0x00, 0xD8, 0x41, 0x00]] as [[UInt8]] {
            let good = TextEncoding.utf16le.mark + (try #require(TextEncoding.utf16le.bytes(of: "工号\n")))
            let error = importError { () throws(ImportError) in
                try .read(good + tail, into: table("teacher"), names: .none)
            }
            #expect(
                error?.what.en.contains("line 2, byte offset \(good.count) ") == true, "\(String(describing: error))")
        }
    }

    @Test func `a workbook is refused with what to do`() {
        for (start, code) in [([0x50, 0x4B, 3, 4], .damagedWorkbook), ([0xD0, 0xCF, 0x11, 0xE0], .workbook)]
            as [([UInt8], ImportError.Code)]
        {
            let error = importError { () throws(ImportError) in
                try .read(start + [0, 1], into: table("teacher"), names: .none)
            }
            #expect(error?.code == code)
        }
    }
}
