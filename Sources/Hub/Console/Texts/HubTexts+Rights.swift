import Alliance

/// Requests, plans, quarantine.
extension HubTexts {
    static let requests = Phrase("待批申请", "Requests")
    static let requestsShort = Phrase("申请", "Requests")
    static let noRequests = Phrase("没有待批的申请", "No open requests")
    static let noRequestsText = Phrase(
        "公共池里够用的申请由中心按先后自动批复，不会停在这里。",
        "What the pool can satisfy is answered at once, in order; nothing of that waits here.")
    static let asker = Phrase("申请单位", "Asked by")
    static let wantedTime = Phrase("时段", "Time")
    static let wantedCount = Phrase("数量", "Count")
    static let askedAt = Phrase("提出", "Asked")
    static let answerBy = Phrase("批复期限", "Due")
    static let answeredBy = Phrase("由谁批复", "Answered by")
    static let hubAnswers = Phrase("秘书处", "the secretariat")
    static let overdue = Phrase("已过期限", "overdue")
    static let decline = Phrase("驳回", "Decline")
    static let reason = Phrase("理由", "Reason")

    static func requestsText(_ count: Int) -> Phrase {
        Phrase(
            "\(count) 项。学校持有的时段由学校批复；无人持有、在隔离中或过了期限的，秘书处可驳回。",
            "\(count) open. Schools answer for what they hold; what nobody holds, what is in quarantine or overdue, the secretariat may decline."
        )
    }
    static func rivalCount(_ count: Int) -> Phrase { Phrase("\(count) 家同时申请", "\(count) want the same") }

    static let plans = Phrase("招生计划", "Plans")
    static let plansText = Phrase(
        "名额设立后在公共池，分配给学校后由学校录取；核减只能减公共池里的。",
        "Places are made into the pool and allotted to schools, which admit; a plan is cut only by what lies in the pool."
    )
    static let newPlan = Phrase("设立计划", "New plan")
    static let noPlans = Phrase("还没有招生计划", "No plans yet")
    static let noPlansText = Phrase(
        "设立计划后，名额进入公共池，再分配给学校。", "Make one: its places go to the pool, and from there to schools.")
    static let nothingAllotted = Phrase("还没有分配给任何学校。", "Nothing is allotted yet.")
    static let held = Phrase("持有", "Held")
    static let used = Phrase("已录取", "Admitted")
    static let share = Phrase("占比", "Share")
    static let howMany = Phrase("数量", "How many")
    static let allot = Phrase("分配", "Allot")
    static let total = Phrase("名额总数", "Places in all")
    static let setTotal = Phrase("改总数", "Change total")

    static func laterStage(_ lead: String) -> Phrase { Phrase("后段（\(lead)）", "Later stage (\(lead))") }
    static func planFigures(_ total: Int64, _ pool: Int64, _ way: Int64) -> Phrase {
        Phrase("共 \(total)，公共池 \(pool)，在途 \(way)", "\(total) in all, \(pool) in the pool, \(way) on their way")
    }
    static func notANumber(_ text: String) -> Phrase {
        Phrase("“\(text.prefix(20))”不是数字，未作改动。", "“\(text.prefix(20))” is no number; nothing was changed.")
    }

    static let quarantine = Phrase("隔离与移交", "Quarantine")
    static let quarantineText = Phrase(
        "恢复、复制或重新加入后，节点旧副本持有的时段和名额先隔离，谁也不能用；声明其中没有未送达的记录后移交给现用副本。",
        "What a restored, copied or newly joined node held before lies in quarantine: nobody may use it until it is stated that no record of it is still on its way."
    )
    static let noQuarantine = Phrase("没有隔离中的权利", "Nothing in quarantine")
    static let noQuarantineText = Phrase(
        "节点从备份恢复后，旧副本的时段和名额会出现在这里。", "When a node is restored, what it held appears here.")
    static let nothingInQuarantine = Phrase(
        "这个节点没有隔离中的权利；可能已移交，请刷新。", "Nothing of this node is in quarantine; it may have been given on; reload.")
    static let formerReplicas = Phrase("旧副本", "Former replicas")
    static let heldAssets = Phrase("资源", "Assets")
    static let standingUses = Phrase("已有占用", "Uses")
    static let endedAt = Phrase("终止", "Ended")
    static let noPresent = Phrase("没有现用副本", "no present replica")
    static let waitsForStatement = Phrase("待声明", "to be stated")
    static let toStatement = Phrase("声明并移交", "State")
    static let statement = Phrase("声明", "The statement")
    static let statementTitle = Phrase(
        "签名前请逐条核实，声明不实会造成重复占用", "Make sure of each: a false statement leads to double bookings")
    static let stateNoCopy = Phrase(
        "上列旧副本，以及本页未列出的同一节点的任何旧副本，都没有一份程序还在运行，今后也不会再启动。",
        "None of the former replicas listed here, and none of this node that is not listed, runs anywhere, nor will it be started again."
    )
    static let stateNoStick = Phrase(
        "没有任何 U 盘离线包，无论从学校到中心还是从中心到学校，还载有这些副本未送达的记录。",
        "No stick, on its way to the hub or back, holds records of them that were not delivered.")
    static let stateNoBackup = Phrase(
        "没有任何备份、磁盘镜像或文件夹副本还存有这些副本未送达的记录并可能被恢复。",
        "No backup, disk image or copied folder holds records of them that were not delivered and might be put back.")
    static let stateUnknown = Phrase(
        "我已向该校负责人逐条核实。明白移交之后才出现的旧记录将成为争议，由双方协商处理。",
        "I have asked the school's administrator about each. A record that turns up after this becomes a dispute for both to settle."
    )
    static let attest = Phrase("签署声明并移交", "Sign and give on")
    static let notStated = Phrase("未声明这一条，没有移交。", "This was not stated; nothing was given on.")
    static let fromTo = Phrase("使用期", "in use")

    static func holdsOf(_ assets: Int, _ uses: Int) -> Phrase {
        Phrase("持有 \(assets) 项资源，其上 \(uses) 项占用", "holds of \(assets) assets, \(uses) uses on them")
    }
    static func statementOf(_ member: String) -> Phrase { Phrase("\(member)：声明与移交", "\(member): the statement") }
    static func statementText(_ member: String, _ node: String) -> Phrase {
        Phrase(
            "本声明使\(member)“\(node)”旧副本持有的全部时段和名额，连同其上的预约和录取，移交给它的现用副本。声明以中心的密钥签名，写入日志，不能撤回。",
            "It gives all that former replicas of “\(node)” of \(member) held, with the bookings and admissions on it, to its present replica. It is signed with the hub's key, written into the journal, and can't be taken back."
        )
    }

    static let decideCopies = Phrase("请判定各份的去留", "Say which copies go on")
    static let goesOn = Phrase("继续使用", "Goes on")
    static let stops = Phrase("停用", "Stop")
    static let chooseDecision = Phrase("请选择继续或停用。", "Choose whether it goes on or stops.")
}
