import Alliance

extension NodeTexts {
    // MARK: Admissions

    static let admissions = Phrase("录取名单", "Admissions")
    static let applicant = Phrase("考生", "Applicant")
    static let orderClass = Phrase("订单班", "Order class")
    static let orderClasses = Phrase("订单班", "Order classes")
    static let noClass = Phrase("不在订单班", "none")
    static let unnamed = Phrase("未登记姓名", "no name kept")
    static let admittedState = Phrase("已录取", "admitted")
    static let registered = Phrase("已注册", "registered")
    static let withdrawnState = Phrase("已退出", "withdrawn")
    static let register = Phrase("注册", "Register")
    static let handOver = Phrase("转段", "Hand over")
    static let noAdmissions = Phrase("还没有录取", "Nobody is admitted yet")
    static let noAdmissionsText = Phrase(
        "录取的考生会按名额号列在这里，姓名只存本机。", "They stand here by place; names stay on this machine.")
    static let noClasses = Phrase("没有订单班", "No order classes")
    static let noClassesText = Phrase(
        "在“全部资料”里添加订单班后，录取时可以选择。", "Add some under All tables, to choose from when admitting.")
    static let noSuchPlan = Phrase("没有这个计划；可能尚未同步到本校。", "There is no such plan; perhaps it is not synced here.")
    static let duplicates = Phrase("重复录取", "Admitted twice")
    static let duplicatesText = Phrase(
        "同一考生在两处录取，由证件号码的标记比出；一方退出后了结。",
        "The same applicant at two places, found by marks of document numbers; settled once one of them ends.")
    static let duplicateText = Phrase("请两校联系考生，由其中一方取消录取。", "Ask the applicant; one of the schools ends its admission.")
    static let openCase = Phrase("待处理", "open")
    static let closedCase = Phrase("已了结", "settled")
    static let noDuplicates = Phrase("没有重复录取", "Nobody is admitted twice")
    static let noDuplicatesText = Phrase("只有填写了证件号码的录取才能比对。", "Only admissions with a document number are compared.")
    static let noApplicantKey = Phrase(
        "本校还没有考生密钥，无法比对；请在命令行用 quota key 设置，各校相同。",
        "This school has no applicants' key and can't compare; set it with quota key, the same at all schools.")

    static func ownPlaces(_ held: Int, _ left: Int) -> Phrase {
        Phrase("本校持有 \(held) 个名额，还剩 \(left) 个", "\(held) places held here, \(left) left")
    }
    static func classPlaces(_ taken: Int, _ places: Int) -> Phrase {
        Phrase("已录 \(taken) / \(places) 人", "\(taken) of \(places) taken")
    }

    // MARK: Import

    static let mappingText = Phrase(
        "自动对应的已选好；不对的请改，不要的选“不读取”。", "What was found is chosen; change what is wrong, and leave out what is not wanted."
    )
    static let sheet = Phrase("工作表", "Sheet")
    static let readSheet = Phrase("读这个工作表", "Read this sheet")
    static let previewMapping = Phrase("按此对应重新预览", "Preview with this mapping")
    static let showRows = Phrase("查看资料", "Show the rows")
    static let undoImport = Phrase("撤销这次导入", "Take this import back")
    static let undoText = Phrase(
        "写错了可以整批撤销，以后也可以（留最近 10 次）；之后被改过的行保持不变。",
        "It can be taken back as a whole, later too (the last ten are kept); rows that were changed since stay as they are."
    )
    static let lastImports = Phrase("最近的导入", "The last imports")

    static func undone(_ rows: Int, _ kept: Int) -> Phrase {
        Phrase(
            "已撤销 \(rows) 行" + (kept == 0 ? "。" : "；\(kept) 行之后被改过，保持不变。"),
            "\(rows) rows were taken back" + (kept == 0 ? "." : "; \(kept) were changed since and stay."))
    }

    // MARK: Closures

    static let closures = Phrase("停用与开放", "Closures")
    static let closuresText = Phrase(
        "停用不会取消已有预约；受影响的列在下面，由人决定。", "A closure ends no booking; those that it hits stand below, for people to decide.")
    static let openings = Phrase("开放规则", "Opening rules")
    static let noClosures = Phrase("没有停用", "No closures")
    static let noClosuresText = Phrase(
        "维护、考试、竞赛、假期的停用会列在这里。", "Those for maintenance, exams, contests and holidays stand here.")
    static let hitsNothing = Phrase("没有受影响的预约。", "It hits no booking.")
    static let wholeBase = Phrase("整个基地", "Whole base")
    static let whatCloses = Phrase("停用什么", "What is closed")
    static let kind = Phrase("类别", "Kind")
    static let why = Phrase("原因", "Why")
    static let close = Phrase("设置停用", "Close it")
    static let closeText = Phrase("设置后列出受影响的预约。", "The bookings that it hits are listed then.")

    static func hitCount(_ count: Int) -> Phrase { Phrase("影响 \(count) 个预约", "hits \(count) bookings") }

    // MARK: Allotments

    static let allotments = Phrase("时段分配", "Allotments")
    static let allotmentsText = Phrase(
        "把本校基地的每周时段分给别的学校，或放入公共池。",
        "Weekly times of this school's spaces given to others, or to the pool.")
    static let noAllotments = Phrase("还没有分配", "No allotments")
    static let noAllotmentsText = Phrase(
        "给出的和得到的时段会列在这里，带用了多少。", "What was given and got stands here, with how much is used.")
    static let fromTo = Phrase("从 → 到", "From → to")
    static let given = Phrase("给出", "Given")
    static let unused = Phrase("未用", "Unused")
    static let pool = Phrase("公共池", "the pool")
    static let giveBack = Phrase("退回未用", "Give back")
    static let allot = Phrase("分配时段", "Allot")
    static let allotTo = Phrase("分给", "To")
    static let allotText = Phrase(
        "已被占用的日子会跳过并列出；联网后生效。", "Dates that are taken are left out and named; it holds once synced.")
    static let weekdaysHint = Phrase("如 2 或 2,4（1 为周一）", "Such as 2 or 2,4; 1 is Monday")
    static let periodsHint = Phrase("如 5-8", "Such as 5-8")
    static let allWeeksHint = Phrase("不填则整个学期", "All of the term if empty")
    static let allSeatsHint = Phrase("不填则全部", "All if empty")

    static func workstationHours(_ minutes: Int64) -> Phrase {
        let tenths = minutes / 6
        let text = tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
        return Phrase("\(text) 工位小时", "\(text) workstation hours")
    }
    static func allotted(_ dates: Int, _ left: [String]) -> Phrase {
        let rest = left.joined(separator: "；")
        return Phrase(
            left.isEmpty ? "已分配 \(dates) 个日期。" : "已分配 \(dates) 个日期；跳过：\(rest)。",
            left.isEmpty ? "\(dates) dates were given." : "\(dates) dates were given; left out: \(rest).")
    }
}
