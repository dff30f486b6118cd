import Alliance

/// The texts of the school's console.
enum NodeTexts {
    static let done: [String: Phrase] = [
        "resolved": Phrase("冲突已处理，下次同步时送达各方。", "The conflict is resolved; the others hear of it with the next sync."),
        "retried": Phrase("已重新提交。", "Sent again."), "dropped": Phrase("已放弃这项改动。", "Let go."),
        "added": Phrase("已添加，保存在本校节点。", "Added, and stored at this node."),
        "saved": Phrase("已保存在本校节点。", "Saved at this node."),
        "deleted": Phrase("已删除。", "Deleted."), "imported": Phrase("文件已全部写入。", "The whole file was written."),
        "synced": Phrase("同步完成。", "Synced."),
        "bundle": Phrase("离线包已生成，可以下载。", "The bundle is made; download it below."),
        "nothing-to-send": Phrase("没有需要送出的内容。", "There is nothing to send."),
        "backed-up": Phrase("备份已完成并通过校验。", "The backup is made and was checked."),
        "admitted": Phrase("已录取，当即有效。", "Admitted; final at once."),
        "released": Phrase("名额已退回。", "The places were given back."),
        "registered": Phrase("已注册。", "Registered."),
        "handed-over": Phrase("后段名额已转给牵头学校，同步后生效。", "The later stage goes to the lead school with the next sync."),
        "closed": Phrase("已停用；受影响的预约列在下面。", "Closed; what it hits stands below."),
        "given-back": Phrase("未用的时段已退回。", "What is unused was given back."),
        "place-free": Phrase("名额已空出，仍归本校。", "The place is free, and still the school's."),
        "approved": Phrase("已同意。", "Approved."), "declined": Phrase("已驳回。", "Declined."),
        "booked": Phrase("预约已确认，联网与否都有效。", "Booked; it stands with or without a line."),
        "requested": Phrase("申请已提交，等待批复。", "Requested; it waits for a decision."),
        "cancelled": Phrase("预约已取消。", "The booking is cancelled."),
        "consented": Phrase("同意已登记，下次同步时共享。", "The consent is recorded; the entry is shared with the next sync."),
        "withdrawn": Phrase(
            "撤回已登记，下次同步时各处删除。", "The withdrawal is recorded; the entry goes everywhere with the next sync."),
        "kept": Phrase("已存在本机，没有共享。", "Kept here, and not shared."),
        "forgotten": Phrase("本机留存的资料已删除。", "What was kept here is deleted."),
        "moved": Phrase("已改期，联网与否都有效。", "Moved; it stands with or without a line."),
    ]

    // MARK: Places to go

    static let home = Phrase("首页", "Home")
    static let bookings = Phrase("实训预约", "Bookings")
    static let bookingsShort = Phrase("预约", "Bookings")
    static let conflicts = Phrase("冲突收件箱", "Conflicts")
    static let conflictsShort = Phrase("冲突", "Conflicts")
    static let bases = Phrase("实训基地", "Training bases")
    static let spaces = Phrase("实训室", "Spaces")
    static let teachers = Phrase("师资", "Teachers")
    static let tables = Phrase("全部资料", "All tables")
    static let management = Phrase("管理", "Management")
    static let requests = Phrase("申请批复", "Requests")
    static let quotas = Phrase("招生指标", "Quotas")
    static let rejected = Phrase("退回的改动", "Rejected edits")
    static let sync = Phrase("同步", "Sync")
    static let syncShort = Phrase("同步", "Sync")
    static let backup = Phrase("备份", "Backup")
    static let users = Phrase("账号", "Accounts")
    static let programs = Phrase("接口令牌", "API tokens")
    static let audit = Phrase("操作记录", "Audit list")

    // MARK: The state of the sync

    static let pillAlarmed = Phrase("告警", "alarm")
    static let pillNew = Phrase("尚未同步", "not synced yet")
    static let pillOffline = Phrase("离线", "offline")
    static let pillWaiting = Phrase("待上传", "to send")
    static let pillMerged = Phrase("已同步", "synced")
    static let pillProved = Phrase("与中心一致", "same as the hub")
    static let alarmed = Phrase("有告警，需要处理", "An alarm wants to be looked at")
    static let neverSynced = Phrase("还没有与中心同步过", "Never synced with the hub")
    static let neverSyncedText = Phrase(
        "本校可以照常录入；连上中心后会自动同步。", "You can work as usual; it syncs by itself once the hub is reached.")
    static let offline = Phrase("离线工作中", "Working offline")
    static let offlineSince = Phrase("始于", "Since")
    static let offlineText = Phrase("；校内功能全部可用。", ", everything here works.")
    static let waiting = Phrase("有更改等待上传", "Edits wait to be sent")
    static let waitingText = Phrase(
        "更改已存好，正在等待送达中心；可以照常工作。", "They are stored, and on their way to the hub; work goes on.")
    static let merged = Phrase("已同步", "Synced")
    static let mergedText = Phrase("已收到中心的全部内容，等待双方核对。", "All of the hub's data are here; the proof is still to come.")
    static let proved = Phrase("与中心一致", "The same as the hub")
    static let syncNow = Phrase("立即同步", "Sync now")
    static let bundles = Phrase("离线包", "Bundles on a stick")
    static let since = Phrase("始于", "since")
    static let waitingToSend = Phrase("等待上传", "To be sent")
    static let edits = Phrase("项更改", "edits")
    static let openConflicts = Phrase("待处理冲突", "Open conflicts")
    static let items = Phrase("项", "open")
    static let lastSuccess = Phrase("上次同步成功", "Last success")

    static func provedText(_ rev: UInt64) -> Phrase {
        Phrase("双方已核对到日志第 \(rev) 号，数据相同。核对于", "Both have compared their data up to entry \(rev) of the journal. Proved")
    }

    // MARK: Home

    static let noConflicts = Phrase("没有待处理的冲突", "No open conflicts")
    static let noConflictsText = Phrase(
        "两所学校同时修改同一内容时，两个值都会留在这里，由人来选。",
        "When two edit the same thing at once, both values are kept here for a person to choose.")
    static let history = Phrase("历史记录", "History")
    static let today = Phrase("今日实训", "Today")
    static let nothingToday = Phrase("今天没有预约", "Nothing today")
    static let nothingTodayText = Phrase("本校和在本校基地的预约会列在这里。", "Bookings of this school and at its bases stand here.")
    static let allBookings = Phrase("全部预约", "All bookings")
    static let newBooking = Phrase("新建预约", "New booking")
    static let noPlaces = Phrase("本校还没有指标", "No places yet")
    static let noPlacesText = Phrase(
        "秘书处分配后，同步一次即可看到。", "They are shown after the secretariat has allotted some, and one sync.")
    static let details = Phrase("查看明细", "Details")
    static let used = Phrase("已用", "Used")
    static let ages = Phrase("数据新鲜度", "Age of the data")
    static let ownData = Phrase("本校数据", "This school's data")
    static let ownDataText = Phrase("保存在本校节点", "stored at this node")
    static let othersData = Phrase("他校数据", "Other schools' data")
    static let othersDataText = Phrase("截至上次同步", "as of the last sync")
    static let provedSame = Phrase("与中心核对一致", "Proved to be the same")

    static func greeting(_ name: String, at now: Int64) -> Phrase {
        switch (now / 3_600_000 + 8) % 24 {
        case 5..<12: Phrase("上午好，\(name)", "Good morning, \(name)")
        case 12..<18: Phrase("下午好，\(name)", "Good afternoon, \(name)")
        default: Phrase("晚上好，\(name)", "Good evening, \(name)")
        }
    }

    static func toDo(_ count: Int) -> Phrase { Phrase("\(count) 待处理", "\(count) to do") }
    static func lessons(_ count: Int) -> Phrase { Phrase("\(count) 场", "\(count)") }
    static func heldOf(_ held: Int, _ total: Int) -> Phrase {
        Phrase("本校 \(held) / 全部 \(total)", "\(held) of \(total) in all")
    }
    static func provedAtRev(_ rev: UInt64) -> Phrase {
        rev == 0 ? Phrase("尚未核对", "not yet") : Phrase("日志第 \(rev) 号", "journal entry \(rev)")
    }
}
