import CZlib

/// Makes small zip files, right ones and wrong ones, written apart from the reader that is held against them.
struct ZipWriter {
    struct Part {
        let name: String
        var bytes: [UInt8]
        var isStored = false
        var checksum: UInt32?
        var flags: UInt16 = 0

        init(_ name: String, _ text: String) {
            self.name = name
            bytes = Array(text.utf8)
        }
    }

    var parts: [Part]

    var file: [UInt8] {
        var body: [UInt8] = []
        var directory: [UInt8] = []
        for part in parts {
            let packed = part.isStored ? part.bytes : Self.deflated(part.bytes)
            let checksum = part.checksum ?? UInt32(crc32(0, part.bytes, UInt32(part.bytes.count)))
            let name = Array(part.name.utf8)
            let method: UInt16 = part.isStored ? 0 : 8
            let common =
                Self.bytes(20 as UInt16) + Self.bytes(part.flags) + Self.bytes(method) + Self.bytes(0 as UInt32)
                + Self.bytes(checksum) + Self.bytes(UInt32(packed.count)) + Self.bytes(UInt32(part.bytes.count))
                + Self.bytes(UInt16(name.count)) + Self.bytes(0 as UInt16)
            directory +=
                Self.bytes(0x0201_4B50 as UInt32) + Self.bytes(20 as UInt16) + common + [UInt8](repeating: 0, count: 10)
                + Self.bytes(UInt32(body.count)) + name
            body += Self.bytes(0x0403_4B50 as UInt32) + common + name + packed
        }
        return body + directory + Self.bytes(0x0605_4B50 as UInt32) + Self.bytes(0 as UInt32)
            + Self.bytes(UInt16(parts.count)) + Self.bytes(UInt16(parts.count)) + Self.bytes(UInt32(directory.count))
            + Self.bytes(UInt32(body.count)) + Self.bytes(0 as UInt16)
    }

    private static func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }

    private static func deflated(_ bytes: [UInt8]) -> [UInt8] {
        var stream = z_stream()
        deflateInit2_(
            &stream, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        defer { deflateEnd(&stream) }
        var source = bytes
        var target = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))) + 16)
        let size = target.count
        source.withUnsafeMutableBufferPointer { source in
            target.withUnsafeMutableBufferPointer { target in
                stream.next_in = source.baseAddress
                stream.avail_in = UInt32(source.count)
                stream.next_out = target.baseAddress
                stream.avail_out = UInt32(size)
                deflate(&stream, Z_FINISH)
            }
        }
        return Array(target.prefix(size - Int(stream.avail_out)))
    }
}

/// A workbook with one sheet, of which single parts can be changed.
struct TestWorkbook {
    var sheet: String
    var strings: [String] = []
    var formats = ["yyyy-mm-dd", "00000", "yyyy\"年\"m\"月\"d\"日\" h:mm"]
    var book = "<workbook xmlns:r=\"r\"><sheets><sheet name=\"教师\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
    var extra: [ZipWriter.Part] = []
    var change: (inout [ZipWriter.Part]) -> Void = { _ in }

    init(_ sheet: String) { self.sheet = sheet }

    var file: [UInt8] {
        let type = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        let styles = formats.enumerated().map {
            "<numFmt numFmtId=\"\(164 + $0)\" formatCode=\"\($1.replacing("\"", with: "&quot;"))\"/>"
        }
        let cells = (0...formats.count).map { "<xf numFmtId=\"\($0 == 0 ? 0 : 163 + $0)\"/>" }
        var parts =
            [
                ZipWriter.Part(
                    "_rels/.rels",
                    "<Relationships><Relationship Id=\"a\" Type=\"\(type)/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
                ),
                ZipWriter.Part("xl/workbook.xml", book),
                ZipWriter.Part(
                    "xl/_rels/workbook.xml.rels",
                    """
                    <Relationships><Relationship Id="rId1" Type="\(type)/worksheet" Target="worksheets/sheet1.xml"/>\
                    <Relationship Id="rId2" Type="\(type)/worksheet" Target="/xl/worksheets/sheet2.xml"/>\
                    <Relationship Id="rId3" Type="\(type)/styles" Target="styles.xml"/>\
                    <Relationship Id="rId4" Type="\(type)/sharedStrings" Target="sharedStrings.xml"/></Relationships>
                    """),
                ZipWriter.Part(
                    "xl/styles.xml",
                    "<styleSheet><numFmts>\(styles.joined())</numFmts><cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs><cellXfs>\(cells.joined())</cellXfs></styleSheet>"
                ),
                ZipWriter.Part(
                    "xl/sharedStrings.xml", "<sst>\(strings.map { "<si>\($0)</si>" }.joined())</sst>"),
                ZipWriter.Part("xl/worksheets/sheet1.xml", "<worksheet><sheetData>\(sheet)</worksheet>"),
            ] + extra
        change(&parts)
        return ZipWriter(parts: parts).file
    }

    /// A row of texts: `工号|姓名`.
    static func row(_ line: Int, _ texts: String) -> String {
        let cells = texts.split(separator: "|", omittingEmptySubsequences: false).map {
            "<c t=\"inlineStr\"><is><t>\($0)</t></is></c>"
        }
        return "<row r=\"\(line)\">\(cells.joined())</row>"
    }
}
