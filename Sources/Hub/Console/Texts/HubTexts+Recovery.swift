import Alliance

/// The recovery after a restoration; planned silences and times.
extension HubTexts {
    static let recovery = Phrase("恢复", "Recovery")
    static let recoveryText = Phrase(
        "中心从备份恢复后，各节点同步时交还备份之后的改动；结束前不授予新的时段和名额。",
        "A restored hub takes back from its nodes what came after the backup; until the recovery is closed it grants nothing."
    )
    static let noRecovery = Phrase("中心没有恢复过", "The hub was never restored")
    static let noRecoveryText = Phrase(
        "从备份恢复后，这里显示找回了什么、还缺什么。", "After a restoration this page shows what came back, and what is missing.")
    static let recoveryGoesOn = Phrase("恢复进行中", "going on")
    static let recoveryClosed = Phrase("已结束", "closed")
    static let epoch = Phrase("纪元", "Epoch")
    static let recoveryFrom = Phrase("备份到日志第", "Backup reached rev")
    static let headNow = Phrase("日志现到", "Journal now at")
    static let openedAt = Phrase("开始", "Opened")
    static let closedAt = Phrase("结束", "Closed")
    static let cause = Phrase("原因", "Cause")
    static let cameBack = Phrase("找回的", "Came back")
    static let writtenBy = Phrase("作者", "Written by")
    static let segments = Phrase("段", "Segments")
    static let segmentNumber = Phrase("第几段", "Segment")
    static let nothingBack = Phrase("还没有交还", "Nothing came back yet")
    static let nothingBackText = Phrase("等各节点下次同步。", "Nodes give it back as they sync.")
    static let stillMissing = Phrase("还缺的", "Still missing")
    static let what = Phrase("缺什么", "What")
    static let lacksBefore = Phrase("它之前的段还没有回来", "the segments before it have not come back")
    static let gaveBack = Phrase("已交还", "heard")
    static let notHeardYet = Phrase("尚未", "not yet")
    static let closeRecovery = Phrase("结束恢复", "Close the recovery")
    static let closeText = Phrase(
        "结束后中心按收到的先后批复积压的申请；此后才出现的旧授予不再生效。不能撤回。",
        "From then on what waits is decided in order, and a grant of the time before that turns up later moves nothing. It can't be taken back."
    )
    static let stateRegister = Phrase(
        "我已核对成员名册和节点：没有多出的，没有缺少的，吊销的仍是吊销的。",
        "I have looked at members and nodes: none too many, none missing, and what was revoked is revoked.")
    static let openRecovery = Phrase("中心曾退回旧备份而没有自动进入恢复", "The hub went back to a backup and did not notice")
    static let openText = Phrase(
        "只在确知数据文件被换回旧版本、而中心没有自己发现时使用：它进入新的纪元，暂停授予，向各节点收回缺失的改动。",
        "Only where the data files were put back and the hub did not find out: it opens a new epoch, grants nothing, and asks the nodes for what it lacks."
    )
    static let stateWentBack = Phrase(
        "我声明：中心的数据文件被换回了较早的版本。", "I state that the hub's files were put back to earlier ones.")

    static func lacksSections(_ count: Int64) -> Phrase {
        Phrase("缺 \(count) 个分区，只有作者或收件方有", "\(count) sections that only its author or its addressees hold")
    }
    static func stateRest(_ nodes: [String]) -> Phrase {
        let shown = nodes.prefix(12).joined(separator: "、")
        let more = nodes.count > 12 ? "…（\(nodes.count)）" : ""
        return Phrase(
            "我声明：尚未交还的节点（\(shown)\(more)）及一切旧副本、备份、U 盘中，都没有未交还的数据。",
            "I state that the nodes not heard (\(shown)\(more)), and all former replicas, backups and sticks, hold nothing more."
        )
    }

    static let silences = Phrase("计划停机", "Planned silences")
    static let silencesText = Phrase(
        "放假、搬迁、停电：其间不算离线，不告警。",
        "Holidays, moves, nights without power: no silence then is counted, and nobody is alarmed.")
    static let noSilences = Phrase("没有计划停机", "None are planned")
    static let noSilencesText = Phrase("学校放暑假前在这里记一笔，就不会告警。", "Note a school's summer here, and it alarms nobody.")
    static let planSilence = Phrase("记入计划停机", "Plan a silence")
    static let callOff = Phrase("取消", "Call off")
    static let from = Phrase("开始", "From")
    static let to = Phrase("结束", "To")
    static let instantHint = Phrase("如 2027-07-01 18:00", "As 2027-07-01 18:00")
    static let toHint = Phrase("不含这一刻，最长一年", "Not included; a year at most")
    static let isOver = Phrase("已过", "over")
    static let isNow = Phrase("停机中", "now")
    static let isAhead = Phrase("未到", "ahead")
    static let rules = Phrase("时限（秒）", "Times, seconds")
    static let offlineAfter = Phrase("多久没有消息算离线", "Silence until offline")
    static let lostAfter = Phrase("多久没有消息算失联", "Silence until lost")
    static let grace = Phrase("告警前的宽限", "Grace before an alert")
    static let waitMax = Phrase("冲突、待上行多久后告警", "Conflicts and pending until an alert")
    static let clockMax = Phrase("时钟偏差上限", "How far a clock may be off")

    static func notATime(_ text: String) -> Phrase {
        Phrase(
            "“\(text.prefix(30))”不是时间，应如 2027-07-01 18:00；未作改动。",
            "“\(text.prefix(30))” is no time; write 2027-07-01 18:00; nothing was changed.")
    }
}
