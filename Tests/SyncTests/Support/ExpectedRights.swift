import Alliance
import CRDT

/// Who may do what with the rows of a table, written by hand from section 9.6 of the specification, apart from the code
/// and from its schema.
///
/// Authors are letters: O owner, S a node of the secretariat, H the hub, C a co-owner that the row names, N the member
/// whose id is the row's, P and Q the parties that the row names, X anyone else. Where the secretariat owns all rows,
/// S stands for the owner.
struct ExpectedRights {
    enum Ownership {
        case author, secretariat, assigned
    }

    enum Readers {
        case alliance, owner, parties
    }

    let table: String
    let owned: Ownership
    var readers = Readers.alliance
    let create: String
    let delete: String
    /// Who may edit the columns that neither `writers` nor `once` names.
    let edit: String
    var writers: [String: String] = [:]
    var once: Set<String> = []

    static let all: [ExpectedRights] = [
        ExpectedRights(
            table: "member", owned: .secretariat, create: "SH", delete: "SH", edit: "SH",
            writers: ["contact": "SHN", "phone": "SHN"]),
        ExpectedRights(
            table: "node", owned: .secretariat, create: "H", delete: "", edit: "H",
            writers: ["key": "P", "confirmed": "P"], once: ["member", "is_hub", "joined"]),
        ExpectedRights(
            table: "replica", owned: .secretariat, create: "H", delete: "", edit: "H",
            once: ["number", "node", "registered", "stands_on"]),
        ExpectedRights(
            table: "conflict", owned: .assigned, readers: .parties, create: "H", delete: "", edit: "",
            writers: ["winning_value": "H", "losing_value": "H", "resolution": "OPQSH", "resolved": "OPQSH"],
            once: [
                "author", "table_id", "row_id", "column_id", "kind", "winning_time", "winning_replica", "losing_time",
                "losing_replica", "rev", "winner",
            ]),
        ExpectedRights(
            table: "consent", owned: .author, readers: .owner, create: "O", delete: "", edit: "O", once: ["teacher"]),
        ExpectedRights(
            table: "major", owned: .secretariat, create: "SH", delete: "SH", edit: "SH", once: ["code"]),
        ExpectedRights(
            table: "base", owned: .author, create: "O", delete: "O", edit: "OC", writers: ["co_owners": "O"]),
        ExpectedRights(table: "space", owned: .author, create: "O", delete: "O", edit: "O", once: ["base", "mode"]),
        ExpectedRights(table: "teacher", owned: .author, create: "O", delete: "O", edit: "O", once: ["staff_no"]),
        ExpectedRights(
            table: "teacher_contact", owned: .author, readers: .owner, create: "O", delete: "O", edit: "O",
            once: ["teacher"]),
        ExpectedRights(
            table: "teacher_specialty", owned: .author, create: "O", delete: "O", edit: "O",
            once: ["teacher", "major"]),
        ExpectedRights(table: "committee", owned: .secretariat, create: "SH", delete: "SH", edit: "SH"),
        ExpectedRights(
            table: "seat", owned: .secretariat, create: "SH", delete: "SH", edit: "SH",
            once: ["committee", "member", "role"]),
        ExpectedRights(
            table: "timetable", owned: .author, create: "O", delete: "O", edit: "O",
            once: ["campus", "valid_from"]),
        ExpectedRights(
            table: "period", owned: .author, create: "O", delete: "O", edit: "O",
            once: ["timetable", "number"]),
        ExpectedRights(
            table: "term", owned: .author, create: "O", delete: "O", edit: "O",
            once: ["name"]),
        ExpectedRights(
            table: "calendar_day", owned: .secretariat, create: "SH", delete: "SH", edit: "SH",
            once: ["date"]),
        ExpectedRights(
            table: "opening", owned: .author, create: "O", delete: "O", edit: "O",
            once: ["base", "space", "weekday", "first_period", "starts"]),
        ExpectedRights(
            table: "closure", owned: .author, create: "O", delete: "O", edit: "O",
            once: ["base", "space", "first"]),
        ExpectedRights(
            table: "policy", owned: .author, create: "O", delete: "O", edit: "O",
            once: ["base"]),
        ExpectedRights(
            table: "plan", owned: .secretariat, create: "SH", delete: "", edit: "SH",
            once: ["year", "major", "level", "pathway"]),
        ExpectedRights(
            table: "grant", owned: .secretariat, create: "H", delete: "", edit: "",
            once: ["asset_table", "asset", "epoch", "counter", "spans", "kind", "holder", "reason", "carries"]),
        ExpectedRights(
            table: "release", owned: .author, create: "O", delete: "", edit: "",
            once: ["asset_table", "asset", "replica", "pieces", "wish", "note"]),
        ExpectedRights(
            table: "use", owned: .author, create: "O", delete: "", edit: "",
            once: ["asset_table", "asset", "replica", "pieces", "kind", "member", "request", "subject"]),
        ExpectedRights(
            table: "cancel", owned: .author, create: "O", delete: "", edit: "",
            once: ["asset_table", "asset", "replica", "use", "reason", "pieces"]),
        ExpectedRights(
            table: "dispute", owned: .secretariat, create: "H", delete: "", edit: "",
            once: ["asset_table", "asset", "record", "winner", "reason"]),
        ExpectedRights(
            table: "request", owned: .author, create: "O", delete: "", edit: "",
            once: ["asset_table", "asset", "replica", "kind", "count", "first", "last", "subject", "waits"]),
        ExpectedRights(
            table: "decline", owned: .author, readers: .parties, create: "O", delete: "", edit: "",
            once: ["asset_table", "asset", "request", "asker", "reason", "alternatives"]),
        ExpectedRights(
            table: "withdrawal", owned: .author, create: "O", delete: "", edit: "",
            once: ["asset_table", "asset", "request", "reason"]),
        ExpectedRights(
            table: "booking", owned: .author, readers: .parties, create: "O", delete: "", edit: "",
            once: [
                "asset_table", "asset", "host", "first", "last", "workstations", "purpose", "class_name", "heads",
                "teacher", "series", "replaces",
            ]),
        ExpectedRights(
            table: "admission", owned: .author, readers: .owner, create: "O", delete: "", edit: "",
            once: ["asset_table", "asset", "mark", "mark_key", "order_class"]),
        ExpectedRights(
            table: "registration", owned: .author, readers: .owner, create: "O", delete: "", edit: "",
            once: ["asset_table", "asset", "admission", "day"]),
        ExpectedRights(
            table: "duplicate", owned: .secretariat, readers: .parties, create: "H", delete: "", edit: "",
            once: ["first", "first_member", "second", "second_member"]),
        ExpectedRights(
            table: "pathway", owned: .secretariat, create: "SH", delete: "SH", edit: "SH", once: ["name"]),
        ExpectedRights(
            table: "order_class", owned: .author, readers: .parties, create: "O", delete: "O", edit: "O",
            once: ["name", "firm"]),
    ]

    // MARK: What is expected

    /// In the row's own owner's name.
    func codesOfBirth(by letter: Character) -> Set<Violation.Code> {
        var codes: Set<Violation.Code> = create.contains(letter) ? [] : [.notYours]
        if owned == .author, letter != "O" { codes.insert(.wrongOwner) }
        return codes
    }

    /// In the author's own name.
    func codesOfOwnBirth(by letter: Character) -> Set<Violation.Code> {
        if owned == .author { return [] }
        var codes: Set<Violation.Code> = create.contains(letter) ? [] : [.notYours]
        if owned == .secretariat, letter != "S", letter != "H" { codes.insert(.wrongOwner) }
        return codes
    }

    /// Over a row that is there, with every value another.
    func codesOfOtherBirth(by letter: Character) -> Set<Violation.Code> {
        var codes = codesOfBirth(by: letter)
        if !once.isEmpty { codes.insert(.writtenOnce) }
        if writers.values.contains(where: { !$0.contains(letter) }) { codes.insert(.notYours) }
        return codes
    }

    func codesOfEdit(_ column: String, by letter: Character) -> Set<Violation.Code> {
        if once.contains(column) { return [.writtenOnce] }
        return (writers[column] ?? edit).contains(letter) ? [] : [.notYours]
    }

    func codesOfDeletion(by letter: Character) -> Set<Violation.Code> { delete.contains(letter) ? [] : [.notYours] }
}
