import Alliance

extension NodeTexts {
    static let openOnes = Phrase("待处理", "Open")
    static let allOnes = Phrase("全部", "All")
    static let conflictsText = Phrase(
        "两个值都在；选一个，或改成别的。选择会同步给各方。", "Both values are kept; choose one, or write another. The choice is synced.")
    static let unknownTable = Phrase("未知的表", "unknown table")
    static let restored = Phrase("已采用落选值", "losing value restored")
    static let kept = Phrase("已保留现值", "present value kept")
    static let unreadableConflict = Phrase(
        "此冲突由更新版本的程序记录；请升级后处理。", "A newer program filed this conflict; upgrade to resolve it.")
    static let wholeRow = Phrase("整行", "The whole row")
    static let empty = Phrase("（空）", "(empty)")
    static let winning = Phrase("现在的值", "Now")
    static let losing = Phrase("落选的值", "Lost")
    static let deletion = Phrase("删除这一行", "The row's deletion")
    static let otherValue = Phrase("改成别的值", "Another value")
    static let takeChosen = Phrase("采用所选", "Take the chosen one")
    static let choiceIsNoted = Phrase("选择会记入操作记录", "The choice is noted in the audit list")
    static let choose = Phrase("请先选择一项，没有改动。", "Choose one first; nothing was changed.")
    static let rejectedText = Phrase(
        "中心没有接受的改动，连同理由。值都还在，可以改正后重新提交。",
        "Edits that the hub did not take, and why. Their values are kept; correct them and send them again.")
    static let retry = Phrase("重新提交", "Send again")
    static let drop = Phrase("放弃", "Let go")
    static let noRejected = Phrase("没有被退回的改动", "Nothing was rejected")
    static let noRejectedText = Phrase("中心退回的改动会带着理由出现在这里。", "What the hub rejects stands here with the reason.")

    // MARK: Tables

    static let noSuchTable = Phrase("没有这张表，请从“全部资料”进入。", "There is no such table; see All tables.")
    static let bySecretariat = Phrase("秘书处", "the secretariat")
    static let bySchools = Phrase("各单位", "each member")
    static let toAll = Phrase("全联盟", "the whole alliance")
    static let toOwner = Phrase("本单位和秘书处等", "owner, secretariat and parties")
    static let table = Phrase("表", "Table")
    static let rows = Phrase("行数", "Rows")
    static let ownRows = Phrase("本校", "Own")
    static let keptBy = Phrase("由谁维护", "Kept by")
    static let seenBy = Phrase("谁能看到", "Seen by")
    static let tablesText = Phrase(
        "联盟共享的资料。各校维护自己的，互相可查。", "What the alliance pools: each school keeps its own, all can look.")
    static let owner = Phrase("所属单位", "Owner")
    static let noRows = Phrase("没有内容", "Nothing here")
    static let noRowsFound = Phrase("没有符合条件的行；试试少写几个字。", "No row fits; try fewer words.")
    static let noRowsYet = Phrase("可以添加一行，或导入 CSV 文件。", "Add a row, or import a CSV file.")
    static let importRows = Phrase("导入", "Import")
    static let export = Phrase("导出 CSV", "Export CSV")
    static let exportWorkbook = Phrase("导出 Excel", "Export Excel")
    static let add = Phrase("添加", "Add")
    static let edit = Phrase("修改", "Edit")
    static let delete = Phrase("删除", "Delete")
    static let notSent = Phrase("尚未上传", "not sent yet")
    static let fields = Phrase("内容", "Fields")
    static let allSchools = Phrase("所有单位", "All members")
    static let ownSchool = Phrase("本校", "This school")
    static let whose = Phrase("所属单位", "Whose")
    static let search = Phrase("查找", "Find")
    static let previous = Phrase("上一页", "Back")
    static let next = Phrase("下一页", "Next")
    static let notSaid = Phrase("（未填）", "(not said)")
    static let membersHint = Phrase("多个单位用分号隔开；没有填“无”。", "Separate several with semicolons; 无 for none.")
    static let instantHint = Phrase("例如 2026-11-24 08:00", "Such as 2026-11-24 08:00")
    static let required = Phrase("请填写。", "Fill this in.")

    static func rowCount(_ count: Int) -> Phrase { Phrase("共 \(count) 行", "\(count) rows") }
    static func shownOf(_ from: Int, _ to: Int, _ all: Int) -> Phrase {
        Phrase("第 \(from)–\(to) 行，共 \(all) 行", "Rows \(from)–\(to) of \(all)")
    }
    static func addTo(_ table: Phrase) -> Phrase { Phrase("添加\(table.zh)", "Add: \(table.en)") }
    static func editOf(_ table: Phrase) -> Phrase { Phrase("修改\(table.zh)", "Edit: \(table.en)") }
    static func deleteOf(_ table: Phrase) -> Phrase { Phrase("删除\(table.zh)", "Delete: \(table.en)") }
    static func deleteText(_ name: String) -> Phrase {
        Phrase(
            "将删除“\(name)”。别处若同时修改了它，会进入冲突收件箱，可以恢复。",
            "This deletes “\(name)”. If somebody edits it meanwhile, both land in the conflict inbox.")
    }
    static func range(_ range: ClosedRange<Int64>) -> Phrase {
        Phrase("\(range.lowerBound) 到 \(range.upperBound)", "\(range.lowerBound) to \(range.upperBound)")
    }
    static func nowIs(_ text: String) -> Phrase {
        text.isEmpty
            ? Phrase("别人刚清空了它。再次保存即采用您填的值。", "Somebody has just emptied it. Save again to take yours.")
            : Phrase(
                "别人刚改成“\(text)”。再次保存即采用您填的值。", "Somebody has just changed it to “\(text)”. Save again to take yours.")
    }

    // MARK: Import

    static let file = Phrase("文件", "File")
    static let fileHint = Phrase("Excel（xlsx）或 CSV，最大 32 MB。", "Excel (xlsx) or CSV, at most 32 MB.")
    static let encoding = Phrase("编码", "Encoding")
    static let findEncoding = Phrase("自动识别", "found by itself")
    static let preview = Phrase("预览", "Preview")
    static let headings = Phrase("表头", "Headings")
    static let headingsText = Phrase(
        "第一行写栏名，顺序随意，带 * 的必须有：", "The first line names the columns, in any order; those with * must be there:")
    static let importText = Phrase(
        "先预览，再写入；有一行不对就一行都不写。同一文件导入两次，第二次没有变化。",
        "First a preview, then all rows or none. The same file twice changes nothing the second time.")
    static let noFile = Phrase("请选择一个文件；没有写入任何内容。", "Choose a file; nothing was written.")
    static let mapping = Phrase("各栏对应", "What the headings mean")
    static let heading = Phrase("文件中的栏名", "Heading in the file")
    static let column = Phrase("对应的栏", "Column")
    static let notRead = Phrase("不读取", "not read")
    static let problems = Phrase("有问题的行", "Lines to be mended")
    static let line = Phrase("行", "Line")
    static let value = Phrase("内容", "Value")
    static let what = Phrase("问题", "What is wrong")
    static let willAdd = Phrase("新增", "New")
    static let willChange = Phrase("修改", "Changed")
    static let unchanged = Phrase("不变", "Unchanged")
    static let problemText = Phrase("没有写入任何内容。改好文件后再选一次。", "Nothing was written. Mend the file and choose it again.")
    static let uploadGone = Phrase(
        "预览已过期，没有写入；请重新选择文件。", "The preview has gone and nothing was written; choose the file again.")

    static func importInto(_ table: Phrase) -> Phrase { Phrase("导入\(table.zh)", "Import: \(table.en)") }
    static func problemCount(_ count: Int) -> Phrase { Phrase("\(count) 处问题", "\(count) problems") }
    static func writeRows(_ count: Int) -> Phrase { Phrase("写入 \(count) 行", "Write \(count) rows") }
}
