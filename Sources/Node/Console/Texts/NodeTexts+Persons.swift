import Alliance

extension NodeTexts {
    static let consents = Phrase("同意与撤回", "Consents")
    static let consentsText = Phrase(
        "教师的资料只在登记同意后共享；撤回后，各处在下次同步时删除。",
        "A teacher's entry is shared only once a consent is recorded, and goes everywhere at the next sync when it is withdrawn."
    )
    static let withoutConsent = Phrase("没有同意", "Without consent")
    static let everyone = Phrase("全部教师", "All teachers")
    static let staffNumber = Phrase("工号", "Staff number")
    static let personName = Phrase("姓名", "Name")
    static let consentState = Phrase("状态", "State")
    static let consentDate = Phrase("同意日期", "Date of consent")
    static let withdrawnAt = Phrase("撤回时间", "Withdrawn")
    static let noPersons = Phrase("没有这样的教师", "No such teachers")
    static let noPersonsText = Phrase(
        "添加教师，或导入名册后会列在这里。", "They stand here once teachers are added or a list is imported.")
    static let addPerson = Phrase("添加教师", "Add a teacher")
    static let remainder = Phrase("（只剩同意记录）", "(only the consent is left)")

    // MARK: One person

    static let consentRecord = Phrase("同意记录", "The consent")
    static let noConsentYet = Phrase(
        "还没有登记同意：资料只存在本机，没有离开本校。", "No consent is recorded: the entry is kept here and has not left the school.")
    static let consentPurpose = Phrase("目的", "Purpose")
    static let recipients = Phrase("接收方", "Recipients")
    static let coveredFields = Phrase("项目", "Fields")
    static let always = Phrase("工号、姓名", "staff number, name")
    static let method = Phrase("方式", "How it was given")
    static let textVersion = Phrase("文本版本", "Text version")
    static let recordedBy = Phrase("登记人", "Recorded by")
    static let recordedAt = Phrase("登记时间", "Recorded")
    static let keptHere = Phrase("只存本机的资料", "Kept here alone")
    static let recordConsent = Phrase("登记同意", "Record a consent")
    static let recordConsentText = Phrase(
        "登记后，所选项目会共享给联盟各成员单位和秘书处。请以本人签字或确认的内容为准。",
        "The chosen fields are shared with the alliance's members and its secretariat. Go by what the person has signed."
    )
    static let recordForAll = Phrase("为全部留存的教师登记", "Record for everyone who is kept here")
    static let recordForAllText = Phrase(
        "已收齐纸质同意书时，一次登记留存在本机的全部教师；撤回过的人不在内，须单独登记。",
        "When the papers are collected: records all who are kept here at once, but for those who have withdrawn, who are recorded one by one."
    )
    static let withdraw = Phrase("登记撤回", "Record a withdrawal")
    static func withdrawText(_ name: String) -> Phrase {
        Phrase(
            "“\(name)”的条目、联系方式和专业将在联盟各处删除，冲突记录中的值也会删除；资料留存本机。已有预约不变，但不再显示姓名。",
            "The entry, contact data and majors of “\(name)” are deleted everywhere, values in conflicts too; the data stay here. Bookings stay, without the name."
        )
    }
    static let exportPerson = Phrase("导出本人资料", "Export this person's data")
    static let exportJSON = Phrase("导出 JSON", "Export JSON")
    static let forget = Phrase("删除本机留存", "Delete what is kept here")
    static func forgetText(_ name: String) -> Phrase {
        Phrase("将从本机删除“\(name)”的留存资料，不能恢复。", "What is kept here of “\(name)” is deleted for good.")
    }
    static let sharedEntry = Phrase("已共享的条目", "The shared entry")

    // MARK: How far an erasure has come

    static let erasure = Phrase("删除进展", "The erasure")
    static let stepWithdrawn = Phrase("已登记撤回", "Withdrawn")
    static let stepTold = Phrase("已送达中心", "The hub has it")
    static let stepNotTold = Phrase("等待送达中心；下次同步时送达。", "Waits for the next sync to reach the hub.")
    static let stepAcknowledged = Phrase("各成员确认", "Acknowledged by members")
    static let stepUnknown = Phrase("尚不知道；同步后可见。", "Not known yet; a sync tells.")
    static let stepComplete = Phrase("全部删除完成", "Gone everywhere")
    static let stepNotComplete = Phrase("尚未完成", "Not yet")
    static func ofMembers(_ count: Int64, _ all: Int64) -> Phrase {
        Phrase("\(all) 家成员中 \(count) 家已确认", "\(count) of \(all) members have acknowledged it")
    }
    static func atRev(_ rev: Int64) -> Phrase { Phrase("日志第 \(rev) 号", "journal entry \(rev)") }

    // MARK: In the forms of tables

    static let batchConsent = Phrase("同意日期（已收齐同意书）", "Date of the consents, if they are collected")
    static let batchConsentHint = Phrase(
        "填写后，文件中没有登记过的人一并登记并共享；不填，他们的资料只存本机。",
        "With it all in the file who have no consent recorded get one and are shared; without it their entries are kept here."
    )
    static let ownConsent = Phrase("同意日期", "Date of consent")
    static let ownConsentHint = Phrase("不填则只存本机，不共享。", "Without it the entry is kept here and not shared.")
    static let willKeep = Phrase("只存本机（没有同意）", "Kept here (no consent)")
}
