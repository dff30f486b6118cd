import Alliance
import CRDT
import Foundation
import Replica
import Store
import Sync
import Web

/// A page of a table's rows: whose, which hold the words that were typed, in which order.
struct RowList {
    let table: Table
    /// The columns that are shown.
    let columns: [Column]
    /// Those of this page.
    let rows: [RowState]
    /// How many there are on all pages.
    let total: Int
    /// From 1.
    let page: Int
    private let names: Names
    private let words: String
    private let isOwnOnly: Bool
    private let order: (name: String, isDown: Bool)?

    private static let columnsMax = 6
    static let pageSize = 100
    private static let wordsMax = 8

    init(_ table: Table, _ replica: OpenReplica, _ query: [String: String]) throws {
        self.table = table
        columns = Array(table.columns.prefix(Self.columnsMax))
        names = try replica.names()
        words = query["q"] ?? ""
        isOwnOnly = query["own"] == "1"
        let wanted = max(1, min(1_000_000, query["page"].flatMap { Int($0) } ?? 1))
        order = query["sort"].flatMap { name in
            let plain = name.hasPrefix("-") ? String(name.dropFirst()) : name
            return table.column(named: plain) == nil ? nil : (plain, name.hasPrefix("-"))
        }
        let sorted = order.flatMap { order in
            table.column(named: order.name).map { RowFilter.Order($0.id, isDescending: order.isDown) }
        }
        let parts = words.split(separator: " ").prefix(Self.wordsMax).map(String.init)
        let isOwn = isOwnOnly
        func read(_ page: Int) throws -> RowPage {
            try replica.page(
                of: table, words: parts, isOwn: isOwn, order: sorted, from: (page - 1) * Self.pageSize,
                count: Self.pageSize)
        }
        let found = try read(wanted)
        // A page beyond the last, of a link that was kept while rows went.
        let last = max(1, (found.total + Self.pageSize - 1) / Self.pageSize)
        page = min(wanted, last)
        rows = wanted > last ? try read(last).rows : found.rows
        total = found.total
    }

    var isFiltered: Bool { !words.isEmpty || isOwnOnly }

    /// A cell as it is read: rows of other tables by their name alone, which need not lead back to them.
    func text(_ row: RowState, _ column: Column) -> String {
        let value = row[column.id]?.value ?? .null
        if case .reference(let other) = column.type, case .bytes(let bytes) = value, let id = RowID(bytes: bytes),
            let name = names.rowName(other, id)
        {
            return name
        }
        return column.text(of: value, names: names)
    }

    func ownerName(_ row: RowState) -> String { names.memberName(row.key.owner) ?? "" }

    // MARK: Ways on

    private func address(page: Int = 1, own: Bool? = nil, sort: String? = nil) -> String {
        var items: [String] = []
        if !words.isEmpty { items.append("q=\(Self.escaped(words))") }
        if own ?? isOwnOnly { items.append("own=1") }
        if let sort = sort ?? order.map({ ($0.isDown ? "-" : "") + $0.name }) { items.append("sort=\(sort)") }
        if page > 1 { items.append("page=\(page)") }
        return "/tables/\(table.name)" + (items.isEmpty ? "" : "?" + items.joined(separator: "&"))
    }

    private static func escaped(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }

    func sort(by name: String) -> (address: String, order: Grid.Order?) {
        guard let order, order.name == name else { return (address(sort: name), nil) }
        return (address(sort: order.isDown ? name : "-\(name)"), order.isDown ? .descending : .ascending)
    }

    var chips: HTML {
        guard table.ownership == .author else { return "" }
        return Parts.segments(
            [
                (address(own: false), NodeTexts.allSchools, !isOwnOnly),
                (address(own: true), NodeTexts.ownSchool, isOwnOnly),
            ],
            label: NodeTexts.whose)
    }

    var search: HTML {
        let own: HTML = isOwnOnly ? "<input type=\"hidden\" name=\"own\" value=\"1\">" : ""
        return """
            <form method="get" action="/tables/\(table.name)" role="search" data-swap="content">\(own)<label class="find">\
            \(Icon.search.html)<span class="vh">\(NodeTexts.search)</span>\
            <input type="search" name="q" value="\(words)" placeholder="\(NodeTexts.search)"></label></form>
            """
    }

    /// Back and on.
    var turn: HTML {
        let back: HTML? =
            page > 1 ? Parts.button(to: address(page: page - 1), .previous, NodeTexts.previous, style: "sm") : nil
        let next: HTML? =
            page * Self.pageSize < total
            ? Parts.button(to: address(page: page + 1), .next, NodeTexts.next, style: "sm") : nil
        return "\(back)\(next)"
    }
}
