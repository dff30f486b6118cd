import Alliance
import Replica
import Web

/// The journal, entry by entry: counts, never values.
struct JournalPage {
    /// As `journalJSON` gives it.
    let journal: JSON
    /// Of which node's entries alone; `nil` for all.
    let node: String?
    let isNewest: Bool

    var page: Page {
        guard case .array(let entries)? = journal["entries"] else {
            return Page(HTML(HubTexts.journal), place: "/journal", "")
        }
        let headings: [Grid.Heading] = [
            .init(HubTexts.rev), .init(HubTexts.time), .init(HubTexts.member),
            .init(HubTexts.transactions, isNumber: true), .init(HubTexts.struck, isNumber: true),
            .init(HubTexts.tables), .init(HubTexts.personal, isNumber: true),
        ]
        let grid = Grid("journal", label: HubTexts.journal, headings: headings, lines: entries.map(line))
        let first = entries.last.map { Self.number($0["rev"]) } ?? 0
        let older: HTML? =
            first > 1
            ? Parts.button(
                to: "/journal?before=\(first)\(node.map { "&node=\($0)" } ?? "")", .next, HubTexts.older, style: "sm")
            : nil
        let newest: HTML? =
            isNewest && node == nil ? nil : Parts.button(to: "/journal", nil, HubTexts.newest, style: "sm ghost")
        let footer: HTML =
            newest == nil && older == nil
            ? "" : "<footer>\(newest)<span class=\"sp\"></span>\(older)</footer>"
        return Page(
            HTML(HubTexts.journal), place: "/journal",
            """
            \(Parts.head(HTML(HubTexts.journal), under: HTML(HubTexts.journalHint)))\
            \(Parts.card("journal-card", HubTexts.journal, "\(grid.html)\(footer)"))
            """)
    }

    private func line(_ entry: JSON) -> Grid.Line {
        let struck = Self.number(entry["struck"])
        let node = entry["nodeName"]?.text ?? ""
        return Grid.Line(
            [
                HTML(text: "\(Self.number(entry["rev"]))"), Parts.time(Self.number(entry["time"])),
                "\(entry["memberName"]?.text ?? "")\(" · " as HTML, if: !node.isEmpty)\(node)",
                HTML(text: "\(Self.number(entry["transactions"]))"),
                struck > 0 ? "<b class=\"hot\">\(struck)</b>\(reasons(entry))" : "0", tables(entry["tables"]),
                HTML(text: "\(Self.number(entry["personal"]?["sections"]))"),
            ], tone: struck > 0 ? .warn : .plain)
    }

    /// Why transactions were struck out.
    private func reasons(_ entry: JSON) -> HTML {
        guard case .array(let list)? = entry["reasons"] else { return "" }
        let texts = list.map { reason -> HTML in
            "<small class=\"muted\"> \(Phrase(reason["zh"]?.text ?? "", reason["en"]?.text ?? ""))</small>"
        }
        return .joined(texts)
    }

    private func tables(_ json: JSON?) -> HTML {
        guard case .object(let tables)? = json else { return HTML(HubTexts.collected) }
        let items = tables.sorted { $0.key < $1.key }.enumerated().map { index, table -> HTML in
            let title = Schema.current[table.key].map { HTML($0.title) } ?? HTML(text: table.key)
            return "\(HTML(HubTexts.comma), if: index > 0)\(title) \(Self.number(table.value))"
        }
        return .joined(items)
    }

    private static func number(_ json: JSON?) -> Int64 {
        if case .number(let number)? = json { number } else { 0 }
    }
}
