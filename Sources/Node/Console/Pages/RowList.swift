import Alliance
import CRDT
import Foundation
import Replica
import Sync
import Web

/// The rows of a table as a page lists them: whose, which hold the words that were typed, in which order.
struct RowList {
    let table: Table
    /// The columns that are shown.
    let columns: [Column]
    let rows: [RowState]
    /// From 1.
    let page: Int
    private let names: Names
    private let own: MemberID
    private let words: String
    private let isOwnOnly: Bool
    private let order: (name: String, isDown: Bool)?

    private static let columnsMax = 6

    init(_ table: Table, _ replica: OpenReplica, _ query: [String: String]) throws {
        self.table = table
        columns = Array(table.columns.prefix(Self.columnsMax))
        names = try replica.names()
        own = try replica.state().member
        words = query["q"] ?? ""
        isOwnOnly = query["own"] == "1"
        page = max(1, query["page"].flatMap { Int($0) } ?? 1)
        order = query["sort"].flatMap { name in
            let plain = name.hasPrefix("-") ? String(name.dropFirst()) : name
            return table.column(named: plain) == nil ? nil : (plain, name.hasPrefix("-"))
        }
        let (own, isOwnOnly, names) = (own, isOwnOnly, names)
        var rows = try replica.list(table)
        if isOwnOnly { rows = rows.filter { $0.key.owner == own } }
        let wanted = words.lowercased().split(separator: " ")
        if !wanted.isEmpty {
            rows = rows.filter { row in
                let text = Self.text(of: row, table, names).lowercased()
                return wanted.allSatisfy { text.contains($0) }
            }
        }
        if let order, let column = table.column(named: order.name) {
            let keyed = rows.map { (key: $0[column.id]?.value ?? .null, row: $0) }
            rows = keyed.sorted { order.isDown ? $1.key < $0.key : $0.key < $1.key }.map(\.row)
        }
        self.rows = rows
    }

    private static func text(of row: RowState, _ table: Table, _ names: Names) -> String {
        table.columns.map { $0.text(of: row[$0.id]?.value ?? .null, names: names) }.joined(separator: "\n")
            + "\n" + (names.memberName(row.key.owner) ?? "")
    }

    var isFiltered: Bool { !words.isEmpty || isOwnOnly }

    func text(_ row: RowState, _ column: Column) -> String {
        column.text(of: row[column.id]?.value ?? .null, names: names)
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
    func turn(total: Int, size: Int) -> HTML {
        let back: HTML? =
            page > 1 ? Parts.button(to: address(page: page - 1), .previous, NodeTexts.previous, style: "sm") : nil
        let next: HTML? =
            page * size < total ? Parts.button(to: address(page: page + 1), .next, NodeTexts.next, style: "sm") : nil
        return "\(back)\(next)"
    }
}
