/// What can be wrong with names of members and of other rows.
extension ValueProblem {
    static func unknownMember(_ name: String) -> ValueProblem {
        ValueProblem(
            what: Phrase("成员名册中没有「\(name.shown)」", "The register has no member “\(name.shown)”"),
            remedy: Phrase(
                "请按名册填写单位全称；确是新成员的，请先由秘书处登记。",
                "Write the full name as in the register; a new member is first entered by the secretariat."))
    }

    static func unknownRow(_ name: String, _ column: Phrase) -> ValueProblem {
        ValueProblem(
            what: Phrase("查不到名为「\(name.shown)」的\(column.zh)", "There is no \(column.en) “\(name.shown)”"),
            remedy: Phrase(
                "请核对名称或编号；如尚未登记，请先导入\(column.zh)。",
                "Check the name or number; if it is not there yet, import the \(column.en) first."))
    }

    static func ambiguous(_ name: String, _ ids: [String]) -> ValueProblem {
        let some = ids.prefix(3).joined(separator: "、")
        return ValueProblem(
            what: Phrase(
                "「\(name.shown)」有 \(ids.count) 个，无法确定是哪一个",
                "“\(name.shown)” is the name of \(ids.count); it is not clear which is meant"),
            remedy: Phrase(
                "请改填完整名称（如 基地/实训室）或编号：\(some)。", "Write the whole key (such as base/room) or the id instead: \(some)."))
    }

    static func tooManyMembers(_ count: Int) -> ValueProblem {
        let max = ColumnType.membersMax
        return ValueProblem(
            what: Phrase("列了 \(count) 个单位，最多 \(max) 个", "It lists \(count) members; at most \(max) fit"),
            remedy: Phrase("请减少到 \(max) 个以内。", "Reduce the list to \(max)."))
    }
}
