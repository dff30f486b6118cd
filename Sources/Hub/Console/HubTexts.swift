import Alliance

/// The texts of the secretariat's console.
enum HubTexts {
    static let board = Phrase("同步态势", "Sync board")
    static let boardShort = Phrase("态势", "Board")
    static let alerts = Phrase("告警", "Alerts")
    static let journal = Phrase("日志", "Journal")
    static let users = Phrase("账号", "Accounts")
    static let programs = Phrase("程序令牌", "Program tokens")
    static let comma = Phrase("，", ", ")
    static let audit = Phrase("操作记录", "Audit list")
    static let alliance = Phrase("联盟", "Alliance")
    static let operations = Phrase("运维", "Operations")

    static let heard = Phrase("在线节点", "Nodes heard")
    static let lagMiddle = Phrase("同步滞后 P50", "Lag P50")
    static let lagHigh = Phrase("同步滞后 P90", "Lag P90")
    static let pending = Phrase("待上行事务", "Pending")
    static let conflicts = Phrase("未决冲突", "Open conflicts")
    static let requestsOpen = Phrase("待批申请", "Open requests")
    static let unknown = Phrase("未知", "unknown")
    static let lagOfAll = Phrase("成员同步滞后", "Lag of all nodes")
    static let throughput = Phrase("事务吞吐", "Throughput")
    static let up = Phrase("上行", "up")
    static let down = Phrase("下行", "down")
    static let log = Phrase("实时日志", "Live log")
    static let nodes = Phrase("节点", "Nodes")
    static let history = Phrase("历史范围", "History")
    static let noAlerts = Phrase("没有需要处理的告警", "Nothing wants you")
    static let noAlertsText = Phrase("离线的节点不算告警：学校下班会关机。", "Offline nodes are no alert: schools switch off at night.")
    static let noLog = Phrase("还没有交换", "No exchanges yet")
    static let noLogText = Phrase("节点加入并同步后，这里逐条显示。", "They appear here as nodes join and sync.")
    static let needing = Phrase("需处理", "Want you")
    static let noNodes = Phrase("没有这样的节点", "No such nodes")
    static let noNodesText = Phrase("换一个筛选条件，或清空搜索。", "Choose another filter, or clear the search.")
    static let showAll = Phrase("显示全部", "Show all")
    static let all = Phrase("全部", "All")
    static let note = Phrase("备注，如：已电话联系", "Note, as: called them")
    static let acknowledge = Phrase("由我处理", "I look after it")
    static let quietDay = Phrase("静默一天", "Quiet for a day")
    static let tellAgain = Phrase("恢复提示", "Tell again")
    static let lookAt = Phrase("查看节点", "See node")
    static let search = Phrase("学校、节点或片区", "School, node or place")
    static let export = Phrase("导出 CSV", "CSV")
    static let notServing = Phrase(
        "中心刚启动或未在服务，态势不是最新的。", "The hub has just started or does not serve; the board is not current.")

    static let state = Phrase("状态", "State")
    static let member = Phrase("成员 · 节点", "Member · node")
    static let lastSuccess = Phrase("最近成功", "Last success")
    static let lag = Phrase("滞后", "Lag")
    static let pendingShort = Phrase("待上行", "Up")
    static let behindShort = Phrase("待下行", "Down")
    static let conflictsShort = Phrase("冲突", "Conflicts")
    static let version = Phrase("版本", "Version")
    static let clock = Phrase("时钟偏差", "Clock")
    static let lastDay = Phrase("滞后趋势", "Lag, history")

    static let exchanges = Phrase("经过", "Story")
    static let replicas = Phrase("副本", "Replicas")
    static let present = Phrase("现用", "present")
    static let ended = Phrase("已终止", "ended")
    static let copies = Phrase("发现的多份", "Copies")
    static let proved = Phrase("上次证明一致", "Last proved")
    static let bytes = Phrase("收 / 发字节", "Bytes in / out")
    static let attempts = Phrase("请求 / 被拒", "Requests / refused")
    static let joined = Phrase("加入", "Joined")
    static let rev = Phrase("序号", "Rev")
    static let time = Phrase("时间", "Time")
    static let transactions = Phrase("事务", "Transactions")
    static let struck = Phrase("剔除", "Struck")
    static let tables = Phrase("行（表）", "Rows (table)")
    static let personal = Phrase("非公开分区", "Private sections")
    static let collected = Phrase("已回收", "collected")
    static let older = Phrase("更早", "Older")
    static let newest = Phrase("最新", "Newest")
    static let journalHint = Phrase(
        "每号是一个节点签名的一段；非公开分区只计数，不显示内容。",
        "Each rev is a segment that a node signed; private sections are counted, never shown.")

    static let done: [String: Phrase] = [
        "acknowledged": Phrase("已确认：告警消失前留在列表里。", "Noted: it stays listed until it is over."),
        "quiet": Phrase("已静默。", "Quiet now."), "told": Phrase("已恢复提示。", "It is told again."),
        "planned": Phrase("已记入计划停机。", "The planned silence is noted."),
        "called-off": Phrase("已取消该停机时段。", "The planned silence is called off."),
        "rules": Phrase("时限已改。", "The times are changed."),
        "added": Phrase("已新增成员，可以发邀请码了。", "The member is added; invite its first node now."),
        "withdrawn": Phrase("邀请码已撤回，不能再用。", "The code is taken back; nobody joins with it."),
        "left": Phrase("已退出联盟，其节点已吊销。", "The member has left; its nodes are revoked."),
        "revoked": Phrase("节点已吊销。", "The node is revoked."),
        "declined": Phrase("已驳回，对方下次同步即可看到理由。", "Declined; the asker sees the reason at its next sync."),
        "plan": Phrase("计划已设立，名额在公共池。", "The plan is made; its places lie in the pool."),
        "total": Phrase("名额总数已改。", "The total is changed."),
        "allotted": Phrase("已分配，学校下次同步即可录取。", "Allotted; the school can admit from its next sync on."),
        "attested": Phrase("声明已签署，权利已移交。", "The statement is signed, and all is given on."),
        "decided": Phrase("已判定。", "Decided."),
        "recovery-opened": Phrase("恢复已开始，各节点同步时交还。", "The recovery is open; nodes give back as they sync."),
        "recovery-closed": Phrase("恢复已结束，积压的申请正在批复。", "The recovery is closed; what waited is being decided."),
    ]

    static func journalTo(_ rev: UInt64, _ nodes: Int) -> Phrase {
        Phrase("\(nodes) 个节点，当前日志序号 \(rev)", "\(nodes) nodes, journal at \(rev)")
    }

    static func shown(_ some: Int, _ all: Int) -> Phrase {
        Phrase("显示 \(some) / \(all)，需处理的在前", "\(some) of \(all), those that want you first")
    }
    static func oldest(_ age: Phrase) -> Phrase { Phrase("最早 \(age.zh)前", "oldest \(age.en) ago") }
    static func each(_ width: UInt64) -> Phrase {
        let minutes = width / 60_000
        return Phrase("每 \(minutes) 分钟", "per \(minutes) min")
    }
    static func acknowledgedBy(_ author: String, _ note: String) -> Phrase {
        Phrase(
            "\(author) 处理中\(note.isEmpty ? "" : "：\(note)")",
            "\(author) looks after it\(note.isEmpty ? "" : ": \(note)")")
    }
    static func lagBucket(_ index: Int) -> Phrase {
        switch index {
        case 0: Phrase("1 分内", "1 min")
        case 1: Phrase("10 分", "10 min")
        case 2: Phrase("1 小时", "1 h")
        case 3: Phrase("1 天", "1 d")
        default: Phrase("更久", "longer")
        }
    }
    static func tier(_ name: String) -> Phrase {
        switch name {
        case "1h": Phrase("1 小时", "1 h")
        case "7d": Phrase("7 天", "7 d")
        default: Phrase("24 小时", "24 h")
        }
    }
}
