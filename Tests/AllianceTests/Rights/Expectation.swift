/// Who may do what, written as a table of its own, apart from the code.
///
/// Authors are letters: O owner, S secretariat, H hub (signs in the secretariat's name), C a co-owner, N the member whose
/// id is the row's, P and Q the parties of a conflict, X anyone else. Where the secretariat owns all rows, O is the
/// secretariat.
struct Expectation {
    let table: String
    let create: String
    let delete: String
    /// Who may edit the columns that `columns` does not name.
    let edit: String
    /// Who may edit a column; `nil`: nobody, it is written once.
    let columns: [String: String?]
    var ownerIsSecretariat = false
    /// Whether only the owner can be the one who makes the row.
    var ownerMakes = false
}

extension Expectation {
    static let all: [Expectation] = [
        Expectation(
            table: "member", create: "OSH", delete: "OSH", edit: "OSH", columns: ["contact": "OSHN", "phone": "OSHN"],
            ownerIsSecretariat: true),
        Expectation(
            table: "node", create: "H", delete: "", edit: "H",
            columns: ["member": nil, "key": "P", "is_hub": nil, "joined": nil, "confirmed": "P"],
            ownerIsSecretariat: true),
        Expectation(
            table: "replica", create: "H", delete: "", edit: "H",
            columns: ["number": nil, "node": nil, "registered": nil, "stands_on": nil], ownerIsSecretariat: true),
        Expectation(
            table: "conflict", create: "H", delete: "", edit: "",
            columns: [
                "author": nil, "table_id": nil, "row_id": nil, "column_id": nil, "kind": nil, "winning_value": "H",
                "winning_time": nil, "winning_replica": nil, "losing_value": "H", "losing_time": nil,
                "losing_replica": nil, "rev": nil, "resolution": "OPQSH", "resolved": "OPQSH", "winner": nil,
            ]),
        Expectation(
            table: "consent", create: "O", delete: "", edit: "O", columns: ["teacher": nil], ownerMakes: true),
        Expectation(
            table: "major", create: "OSH", delete: "OSH", edit: "OSH", columns: ["code": nil], ownerIsSecretariat: true),
        Expectation(
            table: "base", create: "O", delete: "O", edit: "OC", columns: ["co_owners": "O"], ownerMakes: true),
        Expectation(
            table: "space", create: "O", delete: "O", edit: "O", columns: ["base": nil, "mode": nil], ownerMakes: true),
        Expectation(
            table: "teacher", create: "O", delete: "O", edit: "O", columns: ["staff_no": nil], ownerMakes: true),
        Expectation(
            table: "teacher_contact", create: "O", delete: "O", edit: "O", columns: ["teacher": nil], ownerMakes: true),
        Expectation(
            table: "teacher_specialty", create: "O", delete: "O", edit: "O", columns: ["teacher": nil, "major": nil],
            ownerMakes: true),
        Expectation(
            table: "committee", create: "OSH", delete: "OSH", edit: "OSH", columns: [:], ownerIsSecretariat: true),
        Expectation(
            table: "seat", create: "OSH", delete: "OSH", edit: "",
            columns: ["committee": nil, "member": nil, "role": nil],
            ownerIsSecretariat: true),
        Expectation(
            table: "timetable", create: "O", delete: "O", edit: "O",
            columns: ["campus": nil, "valid_from": nil], ownerMakes: true),
        Expectation(
            table: "period", create: "O", delete: "O", edit: "O",
            columns: ["timetable": nil, "number": nil], ownerMakes: true),
        Expectation(
            table: "term", create: "O", delete: "O", edit: "O",
            columns: ["name": nil], ownerMakes: true),
        Expectation(
            table: "calendar_day", create: "OSH", delete: "OSH", edit: "OSH",
            columns: ["date": nil], ownerIsSecretariat: true),
        Expectation(
            table: "opening", create: "O", delete: "O", edit: "O",
            columns: ["base": nil, "space": nil, "weekday": nil, "first_period": nil, "starts": nil], ownerMakes: true),
        Expectation(
            table: "closure", create: "O", delete: "O", edit: "O",
            columns: ["base": nil, "space": nil, "first": nil], ownerMakes: true),
        Expectation(
            table: "policy", create: "O", delete: "O", edit: "O",
            columns: ["base": nil], ownerMakes: true),
        Expectation(
            table: "plan", create: "OSH", delete: "", edit: "OSH",
            columns: ["year": nil, "major": nil, "level": nil, "pathway": nil], ownerIsSecretariat: true),
        Expectation(
            table: "grant", create: "H", delete: "", edit: "",
            columns: [
                "asset_table": nil, "asset": nil, "epoch": nil, "counter": nil, "spans": nil, "kind": nil,
                "holder": nil, "reason": nil, "carries": nil,
            ], ownerIsSecretariat: true),
        Expectation(
            table: "release", create: "O", delete: "", edit: "",
            columns: [
                "asset_table": nil, "asset": nil, "replica": nil, "pieces": nil, "wish": nil, "note": nil,
            ], ownerMakes: true),
        Expectation(
            table: "use", create: "O", delete: "", edit: "",
            columns: [
                "asset_table": nil, "asset": nil, "replica": nil, "pieces": nil, "kind": nil, "member": nil,
                "request": nil, "subject": nil,
            ], ownerMakes: true),
        Expectation(
            table: "cancel", create: "O", delete: "", edit: "",
            columns: [
                "asset_table": nil, "asset": nil, "replica": nil, "use": nil, "reason": nil, "pieces": nil,
            ], ownerMakes: true),
        Expectation(
            table: "dispute", create: "H", delete: "", edit: "",
            columns: [
                "asset_table": nil, "asset": nil, "record": nil, "winner": nil, "reason": nil,
            ], ownerIsSecretariat: true),
        Expectation(
            table: "request", create: "O", delete: "", edit: "",
            columns: [
                "asset_table": nil, "asset": nil, "replica": nil, "kind": nil, "count": nil, "first": nil, "last": nil,
                "subject": nil, "waits": nil,
            ], ownerMakes: true),
        Expectation(
            table: "decline", create: "O", delete: "", edit: "",
            columns: [
                "asset_table": nil, "asset": nil, "request": nil, "asker": nil, "reason": nil, "alternatives": nil,
            ], ownerMakes: true),
        Expectation(
            table: "withdrawal", create: "O", delete: "", edit: "",
            columns: [
                "asset_table": nil, "asset": nil, "request": nil, "reason": nil,
            ], ownerMakes: true),
        Expectation(
            table: "booking", create: "O", delete: "", edit: "",
            columns: [
                "asset_table": nil, "asset": nil, "host": nil, "first": nil, "last": nil, "workstations": nil,
                "purpose": nil, "class_name": nil, "heads": nil, "teacher": nil, "series": nil, "replaces": nil,
            ], ownerMakes: true),
        Expectation(
            table: "admission", create: "O", delete: "", edit: "",
            columns: ["asset_table": nil, "asset": nil, "mark": nil, "mark_key": nil, "order_class": nil],
            ownerMakes: true),
        Expectation(
            table: "registration", create: "O", delete: "", edit: "",
            columns: ["asset_table": nil, "asset": nil, "admission": nil, "day": nil], ownerMakes: true),
        Expectation(
            table: "duplicate", create: "H", delete: "", edit: "",
            columns: ["first": nil, "first_member": nil, "second": nil, "second_member": nil],
            ownerIsSecretariat: true),
        Expectation(
            table: "pathway", create: "OSH", delete: "OSH", edit: "OSH", columns: ["name": nil],
            ownerIsSecretariat: true),
        Expectation(
            table: "order_class", create: "O", delete: "O", edit: "O",
            columns: ["name": nil, "firm": nil], ownerMakes: true),
    ]
}
