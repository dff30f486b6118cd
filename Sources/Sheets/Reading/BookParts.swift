import Alliance

/// Which part of a workbook is which: `<Relationship Id="rId1" Target="worksheets/sheet1.xml" Type="…/worksheet"/>`.
final class RelationReader: XMLReader {
    private(set) var targets: [String: String] = [:]
    /// By the last word of the type: `officeDocument`, `styles`, `sharedStrings`.
    private(set) var byType: [String: String] = [:]

    func begin(_ name: String, _ attributes: [String: String]) throws(ImportError) {
        guard name == "Relationship", let target = attributes["Target"] else { return }
        attributes["Id"].map { targets[$0] = target }
        attributes["Type"]?.split(separator: "/").last.map { byType[String($0)] = target }
    }

    func end(_ name: String) throws(ImportError) {}
    func text(_ text: String) {}
}

/// The sheets of a workbook, in their order, and from which day it counts.
final class BookReader: XMLReader {
    private(set) var sheets: [(name: String, relation: String, isHidden: Bool)] = []
    private(set) var countsFrom1904 = false
    private static let sheetsMax = 1_000

    func begin(_ name: String, _ attributes: [String: String]) throws(ImportError) {
        switch name {
        case "sheet":
            guard sheets.count < Self.sheetsMax else { throw .damagedWorkbook("workbook.xml") }
            let isHidden = ["hidden", "veryHidden"].contains(attributes["state"] ?? "")
            sheets.append((attributes["name"] ?? "", attributes["id"] ?? "", isHidden))
        case "workbookPr": countsFrom1904 = ["1", "true"].contains(attributes["date1904"] ?? "")
        default: break
        }
    }

    func end(_ name: String) throws(ImportError) {}
    func text(_ text: String) {}
}

/// The format of each style of cells.
final class StyleReader: XMLReader {
    private(set) var formats: [NumberFormat] = []
    private var codes: [Int: String] = [:]
    private var isInCells = false
    private static let stylesMax = 65_536

    func begin(_ name: String, _ attributes: [String: String]) throws(ImportError) {
        switch name {
        case "numFmt":
            if let id = attributes["numFmtId"].flatMap({ Int($0) }), codes.count < Self.stylesMax {
                codes[id] = attributes["formatCode"]
            }
        case "cellXfs": isInCells = true
        case "xf" where isInCells:
            guard formats.count < Self.stylesMax else { throw .damagedWorkbook("styles.xml") }
            let id = attributes["numFmtId"].flatMap { Int($0) } ?? 0
            formats.append(codes[id].map { NumberFormat(code: $0) } ?? NumberFormat(builtIn: id))
        default: break
        }
    }

    func end(_ name: String) throws(ImportError) { if name == "cellXfs" { isInCells = false } }
    func text(_ text: String) {}
}

/// The texts that cells name by number, without marks of how they are pronounced.
final class StringsReader: XMLReader {
    private(set) var strings: [String] = []
    private var current = ""
    private var isInText = false
    private var spoken = 0
    private static let stringsMax = 2_000_000

    func begin(_ name: String, _ attributes: [String: String]) throws(ImportError) {
        switch name {
        case "si":
            guard strings.count < Self.stringsMax else { throw .workbookTooLarge(Workbook.stringsMax) }
            current = ""
        case "rPh": spoken += 1
        case "t": isInText = spoken == 0
        default: break
        }
    }

    func end(_ name: String) throws(ImportError) {
        switch name {
        case "si": strings.append(CellText.unescaped(current))
        case "rPh": spoken -= 1
        case "t": isInText = false
        default: break
        }
    }

    func text(_ text: String) { if isInText, current.utf8.count <= ImportLimits.cellSizeMax { current += text } }
}

/// Characters that XML can't hold are written as `_x000D_`.
enum CellText {
    /// What reads like such a mark is written so that it stays as it is.
    static func escaped(_ text: String) -> String {
        guard text.contains("_x") else { return text }
        return text.replacing(mark, with: "_x005F_")
    }

    nonisolated(unsafe) private static let mark = /_(?=x[0-9A-Fa-f]{4}_)/

    static func unescaped(_ text: String) -> String {
        guard text.contains("_x") else { return text }
        var rest = text[...]
        var plain = ""
        while let start = rest.firstRange(of: "_x") {
            plain += rest[..<start.lowerBound]
            let code = rest[start.upperBound...].prefix(5)
            if code.count == 5, code.last == "_", let number = UInt32(code.dropLast(), radix: 16),
                let scalar = Unicode.Scalar(number)
            {
                plain.unicodeScalars.append(scalar)
                rest = rest[code.endIndex...]
            } else {
                plain += "_x"
                rest = rest[start.upperBound...]
            }
        }
        return plain + rest
    }
}
