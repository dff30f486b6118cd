public import Alliance
public import CRDT
import Foundation
import GRDB
public import Sync

/// Lists of rows, a page at a time.
extension SQLiteTransaction {
    /// The ids of the rows that a filter means, in no order.
    public func ids(of table: Alliance.Table, _ filter: RowFilter) throws -> [RowID] {
        var arguments: [(any DatabaseValueConvertible)?] = []
        let condition = try condition(filter, table, &arguments)
        let found = try Data.fetchAll(
            db, sql: "SELECT _id FROM \"\(table.name)\"\(condition.isEmpty ? "" : " WHERE \(condition)")",
            arguments: StatementArguments(arguments))
        return found.compactMap { RowID(bytes: [UInt8]($0)) }
    }

    /// The rows of a page, and how many there are on all pages.
    ///
    /// Unsorted and unfiltered it costs as much as its rows and those before it; else one walk through the table.
    /// - Parameter count: at most so many.
    public func page(
        of table: Alliance.Table, _ filter: RowFilter, from offset: Int, count: Int
    ) throws -> (rows: [RowState], total: Int) {
        var arguments: [(any DatabaseValueConvertible)?] = []
        let condition = try condition(filter, table, &arguments)
        let order: String = order(filter, table, isWalk: !condition.isEmpty)
        let keys: [Int64]
        let total: Int
        if condition.isEmpty {
            total = try self.count(in: table)
            keys = try Int64.fetchAll(
                db, sql: "SELECT _k FROM \"\(table.name)\" ORDER BY \(order) LIMIT ? OFFSET ?",
                arguments: [max(0, count), max(0, offset)])
        } else {
            let found = try Int64.fetchAll(
                db, sql: "SELECT _k FROM \"\(table.name)\" WHERE \(condition) ORDER BY \(order)",
                arguments: StatementArguments(arguments))
            total = found.count
            keys = Array(found.dropFirst(max(0, offset)).prefix(max(0, count)))
        }
        guard !keys.isEmpty else { return ([], total) }
        let list: String = keys.map(String.init).joined(separator: ",")
        return (try rows(in: table, "WHERE _k IN (\(list)) ORDER BY \(order)") { _ in }, total)
    }

    /// What a filter means in SQL; empty for all rows.
    private func condition(
        _ filter: RowFilter, _ table: Alliance.Table, _ arguments: inout [(any DatabaseValueConvertible)?]
    ) throws -> String {
        // Said to be strings: GRDB's SQL can be written as a literal too, and is no text.
        let conditions: [String] = try filter.all.map { ways -> String in
            let texts: [String] = try ways.compactMap { try sql(of: $0, table, &arguments) }
            return texts.isEmpty ? "0" : "(\(texts.joined(separator: " OR ")))"
        }
        return conditions.joined(separator: " AND ")
    }

    /// - Parameter isWalk: whether the whole table is looked at anyway: in the order in which it lies in the file, which the
    ///   plus says, and not by way of the index.
    private func order(_ filter: RowFilter, _ table: Alliance.Table, isWalk: Bool) -> String {
        guard let order = filter.order, let column = table.column(order.column) else {
            return isWalk ? "+_id, _owner" : "_id, _owner"
        }
        return "\"\(column.name)\"\(order.isDescending ? " DESC" : ""), _id, _owner"
    }

    /// The condition in SQL; `nil` where no row can be meant.
    private func sql(
        of match: RowFilter.Match, _ table: Alliance.Table, _ arguments: inout [(any DatabaseValueConvertible)?]
    ) throws -> String? {
        switch match {
        case .contains(let id, let text):
            guard let column = table.column(id) else { return nil }
            arguments.append(Self.pattern(text))
            return "\"\(column.name)\" LIKE ? ESCAPE '\\'"
        case .isOne(let id, let values):
            guard let column = table.column(id), !values.isEmpty else { return nil }
            arguments += values.map(Self.argument)
            return "\"\(column.name)\" IN (\(values.map { _ in "?" }.joined(separator: ",")))"
        case .atMost(let id, let number), .moreThan(let id, let number):
            guard let column = table.column(id) else { return nil }
            arguments.append(number)
            if case .atMost = match { return "\"\(column.name)\" <= ?" }
            return "\"\(column.name)\" > ?"
        case .names(let id, let other, let otherID, let text):
            guard let column = table.column(id), let other = schema[other], let named = other.column(otherID) else {
                return nil
            }
            arguments.append(Self.pattern(text))
            return
                "\"\(column.name)\" IN (SELECT _id FROM \"\(other.name)\" WHERE \"\(named.name)\" LIKE ? ESCAPE '\\')"
        case .isRow(let ids):
            guard !ids.isEmpty else { return nil }
            arguments += ids.map { Data($0.bytes) }
            return "_id IN (\(ids.map { _ in "?" }.joined(separator: ",")))"
        case .owned(let members):
            let indices = try members.compactMap { try self.indices.known($0, db) }
            return indices.isEmpty ? nil : "_owner IN (\(indices.map(String.init).joined(separator: ",")))"
        }
    }

    /// What stands for itself in the pattern of LIKE.
    private static func pattern(_ text: String) -> String {
        var escaped = "%"
        for character in text {
            if "%_\\".contains(character) { escaped.append("\\") }
            escaped.append(character)
        }
        return escaped + "%"
    }

    private static func argument(_ value: Value) -> (any DatabaseValueConvertible)? {
        switch value {
        case .null: nil
        case .integer(let number): number
        case .text(let text): text
        case .bytes(let bytes): Data(bytes)
        }
    }

    /// How many rows of a table a member owns.
    public func count(in table: Alliance.Table, of member: MemberID) throws -> Int {
        guard let index = try indices.known(member, db) else { return 0 }
        return try Int.fetchOne(
            db.cachedStatement(sql: "SELECT count(*) FROM \"\(table.name)\" WHERE _owner = ?"), arguments: [index])
            ?? 0
    }

    /// How many rows of a table have a value in a column.
    public func count(in table: Alliance.Table, where column: Alliance.Column, is value: Value) throws -> Int {
        try Int.fetchOne(
            db.cachedStatement(sql: "SELECT count(*) FROM \"\(table.name)\" WHERE \"\(column.name)\" IS ?"),
            arguments: [Self.argument(value)]) ?? 0
    }
}
