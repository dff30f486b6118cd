import Alliance
import CExpat

/// Reads XML piece by piece, and tells of elements and text as they come. A document type is refused, so no entity is
/// ever defined or expanded; names come without their prefix.
protocol XMLReader: AnyObject {
    /// - Throws: to stop reading.
    func begin(_ name: String, _ attributes: [String: String]) throws(ImportError)
    func end(_ name: String) throws(ImportError)
    func text(_ text: String)
}

/// Feeds a part of an archive to a reader.
struct XMLStream {
    /// Deeper than any workbook nests.
    private static let depthMax = 64

    private final class Run {
        let reader: any XMLReader
        let parser: XML_Parser
        var depth = 0
        var fault: ImportError?

        init(_ reader: any XMLReader, _ parser: XML_Parser) {
            self.reader = reader
            self.parser = parser
        }

        func stop(_ error: ImportError) {
            if fault == nil { fault = error }
            XML_StopParser(parser, 0)
        }
    }

    /// - Parameter most: bytes of the part, unpacked.
    static func read(
        _ entry: ZipArchive.Entry, of archive: ZipArchive, most: Int, _ reader: any XMLReader
    ) throws(ImportError) {
        guard let parser = XML_ParserCreate(nil) else { throw .damagedWorkbook(entry.name) }
        defer { XML_ParserFree(parser) }
        let run = Run(reader, parser)
        XML_SetUserData(parser, Unmanaged.passUnretained(run).toOpaque())
        XML_SetStartDoctypeDeclHandler(parser) { data, _, _, _, _ in
            XMLStream.run(data)?.stop(.damagedWorkbook("DOCTYPE"))
        }
        XML_SetElementHandler(
            parser,
            { data, name, attributes in
                guard let run = XMLStream.run(data), let name else { return }
                run.depth += 1
                guard run.depth <= XMLStream.depthMax else { return run.stop(.damagedWorkbook("XML")) }
                do throws(ImportError) {
                    try run.reader.begin(XMLStream.name(name), XMLStream.attributes(attributes))
                } catch { run.stop(error) }
            },
            { data, name in
                guard let run = XMLStream.run(data), let name else { return }
                run.depth -= 1
                do throws(ImportError) { try run.reader.end(XMLStream.name(name)) } catch { run.stop(error) }
            })
        XML_SetCharacterDataHandler(parser) { data, text, count in
            guard let run = XMLStream.run(data), let text else { return }
            let bytes = UnsafeRawBufferPointer(start: text, count: Int(count))
            run.reader.text(String(decoding: bytes, as: UTF8.self))
        }
        var isWhole = true
        try archive.unpack(entry, most: most) { piece in
            isWhole =
                XML_Parse(parser, piece.bindMemory(to: CChar.self).baseAddress, Int32(piece.count), 0) == XML_STATUS_OK
            return isWhole
        }
        if isWhole { isWhole = XML_Parse(parser, nil, 0, 1) == XML_STATUS_OK }
        withExtendedLifetime(run) {}
        if let fault = run.fault { throw fault }
        guard isWhole else { throw .damagedWorkbook(entry.name) }
    }

    private static func run(_ data: UnsafeMutableRawPointer?) -> Run? {
        data.map { Unmanaged<Run>.fromOpaque($0).takeUnretainedValue() }
    }

    private static func name(_ text: UnsafePointer<CChar>) -> String {
        let whole = String(cString: text)
        return whole.lastIndex(of: ":").map { String(whole[whole.index(after: $0)...]) } ?? whole
    }

    private static func attributes(_ list: UnsafeMutablePointer<UnsafePointer<CChar>?>?) -> [String: String] {
        var attributes: [String: String] = [:]
        var index = 0
        while let key = list?[index], let value = list?[index + 1] {
            attributes[name(key)] = String(cString: value)
            index += 2
        }
        return attributes
    }
}
