import Alliance

extension NodeTexts {
    // MARK: Sync

    static let syncText = Phrase(
        "与中心交换数据的情况。断网不影响校内工作。", "How data are exchanged with the hub. Work goes on without a line.")
    static let alarms = Phrase("告警", "Alarms")
    static let hub = Phrase("中心地址", "The hub's address")
    static let lastTry = Phrase("上次尝试", "Last attempt")
    static let failing = Phrase("连续失败", "Failing")
    static let isNotFailing = Phrase("没有", "no")
    static let rev = Phrase("日志序号", "Journal")
    static let facts = Phrase("现状", "How it stands")
    static let diagnosis = Phrase("下载诊断文件（不含个人信息）", "Diagnosis file, without personal data")
    static let log = Phrase("经过", "Log")
    static let noLog = Phrase("还没有记录", "Nothing yet")
    static let noLogText = Phrase("本次启动以来的同步会列在这里。", "Syncs since this program was started stand here.")
    static let bundlesText = Phrase(
        "没有网络时，用 U 盘把改动带到秘书处，再把回执带回来。顺序和次数都不要紧。",
        "Without a line, carry the edits to the secretariat on a stick, and the answer back. Order and repeats do not matter."
    )
    static let makeBundle = Phrase("生成离线包", "Make a bundle")
    static let bundleFile = Phrase("从中心带回的离线包", "A bundle from the hub")
    static let bundleFileHint = Phrase("只有写给本节点的才能打开。", "Only one for this node can be opened.")
    static let takeBundle = Phrase("读入", "Take it")
    static let noSuchFile = Phrase("没有这个文件。", "There is no such file.")

    static func revs(_ rev: UInt64, _ head: UInt64) -> Phrase {
        Phrase("本机 \(rev)，中心 \(head)", "\(rev) here, \(head) at the hub")
    }
    static func pendingText(_ count: Int) -> Phrase {
        count == 0 ? Phrase("没有", "nothing") : Phrase("\(count) 项更改，已存好", "\(count) edits; they are stored")
    }
    static func exchanged(_ sent: Int, _ received: Int) -> Phrase {
        sent + received == 0
            ? Phrase("与中心核对，没有新内容", "Compared with the hub; nothing new")
            : Phrase("送出 \(sent) 段，收到 \(received) 段", "\(sent) segments sent, \(received) received")
    }
    static func bundleTaken(_ new: Int, _ rev: UInt64) -> Phrase {
        Phrase("已读入，新内容 \(new) 段，日志到第 \(rev) 号。", "Taken: \(new) new, journal up to \(rev).")
    }
    static func bundleIncomplete(_ missing: Int) -> Phrase {
        Phrase("已收好，还缺 \(missing) 个离线包。", "Kept; \(missing) more are needed.")
    }

    // MARK: Backup

    static let backupText = Phrase(
        "本节点数据的完整副本，用口令加密其中的密钥。账号不在备份里。",
        "A whole copy of this node's data; a passphrase protects its keys. Accounts are not in it.")
    static let backups = Phrase("已有的备份", "Backups here")
    static let noBackups = Phrase("还没有备份", "No backups yet")
    static let noBackupsText = Phrase("做一份，并存到另一台机器或 U 盘上。", "Make one, and keep it on another machine or a stick.")
    static let backUpNow = Phrase("立即备份", "Back up now")
    static let passphrase = Phrase("口令", "Passphrase")
    static let passphraseAgain = Phrase("再输一次口令", "Passphrase once more")
    static let passphraseHint = Phrase(
        "至少 8 个字符；没有它无法恢复，请另行保存。", "At least 8 characters; without it nothing can be restored; keep it elsewhere.")
    static let passphrasesDiffer = Phrase("两次输入的口令不同，没有备份。", "The two passphrases differ; no backup was made.")
    static let restore = Phrase("怎样恢复", "How to restore")
    static let restoreCommand = Phrase(
        "jilian node restore 备份文件 --data 空文件夹", "jilian node restore FILE --data EMPTY-FOLDER")
    static let restoreText = Phrase(
        "在命令行恢复到一个空文件夹。恢复后的节点用新的编号继续，备份之后丢失的改动由中心交还。",
        "By the command line, into an empty folder. The restored node goes on under a new number, and the hub gives back what it lost."
    )

    // MARK: Places

    static let quotasText = Phrase(
        "各计划的名额：谁持有、用了多少。录取当即有效，断网也可以。",
        "Places by plan: who holds them, and how many are used. Admissions are final at once, also offline.")
    static let noPlans = Phrase("还没有招生计划", "No plans yet")
    static let noPlansText = Phrase(
        "秘书处设立计划并分配后，同步即可看到。", "They are shown once the secretariat has made some, after a sync.")
    static let school = Phrase("学校", "School")
    static let held = Phrase("持有", "Held")
    static let share = Phrase("比例", "Share")
    static let applicantName = Phrase("考生姓名（只存本机）", "Applicant's name (stays here)")
    static let documentNumber = Phrase("证件号码（可不填）", "Document number (optional)")
    static let admit = Phrase("录取一人", "Admit one")
    static let placeNumber = Phrase("名额号", "Place number")
    static let cancelPlace = Phrase("取消录取", "End admission")
    static let howMany = Phrase("数量", "How many")
    static let release = Phrase("退回名额", "Give back")
    static let atLeastOne = Phrase("请填一个大于 0 的数，没有改动。", "Give a number above 0; nothing was changed.")

    static func planFigures(_ total: Int, _ pool: Int, _ way: Int) -> Phrase {
        Phrase("共 \(total)，公共池 \(pool)，在途 \(way)", "\(total) in all, \(pool) in the pool, \(way) on their way")
    }

    // MARK: Requests

    static let requestsText = Phrase("别校想用的、由本校持有的时段。", "Times that this school holds and others ask for.")
    static let approve = Phrase("同意", "Approve")
    static let decline = Phrase("驳回", "Decline")
    static let reason = Phrase("驳回理由", "Reason")
    static let askedByUs = Phrase("本校提出，等待批复", "asked by us, waiting")
    static let othersDecide = Phrase("由持有方批复", "its holder decides")
    static let noRequests = Phrase("没有待批复的申请", "No open requests")
    static let noRequestsText = Phrase("别校的申请同步过来后会列在这里。", "Requests of other schools stand here after a sync.")

    // MARK: Bookings

    static let bookingsText = Phrase("本校的预约，和别校在本校基地的预约。", "This school's bookings, and those of others at its bases.")
    static let over = Phrase("已结束", "over")
    static let goingOn = Phrase("正在上课", "going on")
    static let confirmedHere = Phrase("已确认，待上传", "confirmed, to be sent")
    static let confirmed = Phrase("已确认", "confirmed")
    static let requested = Phrase("待批复", "waiting for a decision")
    static let waits = Phrase("候补中", "waiting until it is free")
    static let requestUnsent = Phrase("待上传", "to be sent")
    static let partly = Phrase("部分已占", "partly held")
    static let declined = Phrase("已驳回", "declined")
    static let disputed = Phrase("有争议", "disputed")
    static let withdrawn = Phrase("已撤回", "withdrawn")
    static let cancelled = Phrase("已取消", "cancelled")
    static let purpose = Phrase("用途", "Purpose")
    static let space = Phrase("实训室", "Space")
    static let when = Phrase("时间", "When")
    static let size = Phrase("规模", "Size")
    static let state = Phrase("状态", "State")
    static let noBookings = Phrase("没有预约", "No bookings")
    static let noBookingsText = Phrase("点“新建预约”，选实训室和时间。", "Press New booking, and choose a space and a time.")
    static let coming = Phrase("将要进行", "Coming")
    static let past = Phrase("已过去", "Past")
    static let alternatives = Phrase("可改约：", "Instead:")
    static let date = Phrase("日期", "Date")
    static let from = Phrase("开始", "From")
    static let to = Phrase("结束", "To")
    static let clockHint = Phrase("例如 08:00", "Such as 08:00")
    static let workstationCount = Phrase("工位数", "Workstations")
    static let className = Phrase("班级", "Class")
    static let peopleCount = Phrase("人数", "People")
    static let teacher = Phrase("教师", "Teacher")
    static let book = Phrase("预约", "Book")
    static func people(_ count: Int64) -> Phrase { Phrase("\(count) 人", "\(count) people") }
    static func workstations(_ count: Int64) -> Phrase { Phrase("\(count) 工位", "\(count) workstations") }
    /// Of a space: how many there are to be booked; one is the whole.
    static func bookable(_ workstations: Int) -> Phrase {
        workstations == 1 ? Phrase("整间预约", "booked as a whole") : self.workstations(Int64(workstations))
    }
    static func othersAsOf(_ time: String, _ isKnown: Bool) -> Phrase {
        isKnown
            ? Phrase(
                "其他学校的占用是 \(time) 的数据；本校持有的时段不受影响，可以照常预约。",
                "What others use is as of \(time); times that this school holds can be booked as usual.")
            : Phrase("还没有同步过，不知道其他学校的占用。", "Not synced yet: what others use is not known.")
    }
}
