/// How the text of a file is written in bytes.
public enum TextEncoding: String, CaseIterable, Hashable, Sendable {
    case utf8
    /// What Excel in China writes as “CSV”; GBK and GB2312 files are GB18030 files too.
    case gb18030
    /// What Excel writes as “Unicode text”, with tabs.
    case utf16le
    case utf16be

    /// The bytes of a text, without a byte order mark; `nil` if this encoding (GB18030 and parts of the private use
    /// area) or this machine (without conversion tables) cannot write it.
    public func bytes(of text: String) -> [UInt8]? {
        self == .utf8 ? [UInt8](text.utf8) : Conversion.convert([UInt8](text.utf8), from: "UTF-8", to: name).success
    }

    /// The name that iconv knows it by.
    var name: String {
        switch self {
        case .utf8: "UTF-8"
        case .gb18030: "GB18030"
        case .utf16le: "UTF-16LE"
        case .utf16be: "UTF-16BE"
        }
    }

    /// The byte order mark that opens a file of this encoding.
    var mark: [UInt8] {
        switch self {
        case .utf8: [0xEF, 0xBB, 0xBF]
        case .gb18030: [0x84, 0x31, 0x95, 0x33]
        case .utf16le: [0xFF, 0xFE]
        case .utf16be: [0xFE, 0xFF]
        }
    }
}

/// A file's text as valid UTF-8 without a byte order mark, and the encoding that it was in.
struct DecodedText {
    let encoding: TextEncoding
    let utf8: [UInt8]

    /// Decodes in the encoding that is named, else in the one that the byte order mark names, else in UTF-8 or GB18030,
    /// whichever the bytes are valid in; UTF-8 first, since Chinese in GB18030 is hardly ever valid UTF-8. If they are
    /// valid in neither, the fault that comes later in the file is the one reported: that encoding is likelier.
    init(_ bytes: [UInt8], as named: TextEncoding?) throws(ImportError) {
        if let sure = named ?? TextEncoding.allCases.first(where: { bytes.starts(with: $0.mark) }) {
            let skipped = bytes.starts(with: sure.mark) ? sure.mark.count : 0
            switch Self.utf8(of: [UInt8](bytes[skipped...]), in: sure) {
            case .success(let utf8): (encoding, self.utf8) = (sure, utf8)
            case .failure(.badByte(let offset, let line)):
                throw .badByte(at: skipped + offset, line: line, tried: [sure])
            case .failure(.noConverter): throw .noConverter(sure)
            }
            return
        }
        var furthest = (offset: -1, line: 1)
        for encoding in [TextEncoding.utf8, .gb18030] {
            switch Self.utf8(of: bytes, in: encoding) {
            case .success(let utf8):
                (self.encoding, self.utf8) = (encoding, utf8)
                return
            case .failure(.badByte(let offset, let line)):
                if offset > furthest.offset { furthest = (offset, line) }
            case .failure(.noConverter): throw .noConverter(encoding)
            }
        }
        throw .badByte(at: furthest.offset, line: furthest.line, tried: [.utf8, .gb18030])
    }

    private static func utf8(of bytes: [UInt8], in encoding: TextEncoding) -> Result<[UInt8], Conversion.Failure> {
        guard encoding == .utf8 else { return Conversion.convert(bytes, from: encoding.name, to: "UTF-8") }
        do {
            _ = try UTF8Span(validating: bytes.span)
            return .success(bytes)
        } catch {
            let offset = error.byteOffsets.lowerBound
            return .failure(.badByte(offset: offset, line: Lines.number(after: bytes[..<offset])))
        }
    }
}

extension Result {
    fileprivate var success: Success? { try? get() }
}
