import Alliance

/// What an act of the audit list is called; the act itself stands beside it, as it was typed or sent.
enum Acts {
    /// - Returns: `nil` for what has no name here.
    static func title(of act: String) -> Phrase? {
        if let title = titles[act] { return title }
        // Commands that name their table.
        let words = act.split(separator: " ").map(String.init)
        guard words.count == 2, let title = ofRows[words[0]], let table = Schema.current[words[1]]?.title else {
            return nil
        }
        return Phrase("\(title.zh)：\(table.zh)", "\(title.en): \(table.en)")
    }

    private static let ofRows: [String: Phrase] = [
        "add": Phrase("新增", "add"), "set": Phrase("修改", "edit"), "delete": Phrase("删除", "delete"),
        "erase": Phrase("彻底删除", "erase"), "import": Phrase("导入", "import"),
    ]

    private static let titles = accounts.merging(school) { $1 }.merging(secretariat) { $1 }.merging(commands) { $1 }

    private static let accounts: [String: Phrase] = [
        "first-link": Phrase("生成首个账号的链接", "link for the first account"),
        "make": Phrase("开通账号", "account made"), "sign-in": Phrase("登录", "sign-in"),
        "sign-in-failed": Phrase("登录失败", "failed sign-in"), "sign-out": Phrase("退出登录", "sign-out"),
        "end-session": Phrase("结束登录", "sign-in ended"), "password": Phrase("修改密码", "password changed"),
        "token": Phrase("生成程序令牌", "program token made"), "revoke-token": Phrase("停用程序令牌", "program token revoked"),
        "invite": Phrase("邀请开通账号", "account invited"),
        "reset-link": Phrase("生成重设密码的链接", "link to reset a password"),
        "role": Phrase("更改角色", "role changed"), "close": Phrase("停用账号", "account closed"),
        "reopen": Phrase("恢复账号", "account reopened"),
        "feed": Phrase("生成日历订阅", "calendar feed made"), "rotate-feed": Phrase("更换订阅地址", "feed's address changed"),
        "revoke-feed": Phrase("停用日历订阅", "calendar feed revoked"),
        "POST /account/password": Phrase("修改密码", "password changed"),
        "POST /account/sessions/end": Phrase("结束登录", "sign-in ended"),
        "POST /users/invite": Phrase("邀请开通账号", "account invited"),
        "POST /users/:name/role": Phrase("更改角色", "role changed"),
        "POST /users/:name/close": Phrase("停用账号", "account closed"),
        "POST /users/:name/reopen": Phrase("恢复账号", "account reopened"),
        "POST /users/:name/reset": Phrase("重设密码", "password reset"),
        "POST /users/sessions/end": Phrase("结束登录", "sign-in ended"),
        "POST /programs": Phrase("生成程序令牌", "program token made"),
        "POST /programs/:id/revoke": Phrase("停用程序令牌", "program token revoked"),
        "POST /feeds": Phrase("生成日历订阅", "calendar feed made"),
        "POST /feeds/:id/rotate": Phrase("更换订阅地址", "feed's address changed"),
        "POST /feeds/:id/revoke": Phrase("停用日历订阅", "calendar feed revoked"),
    ]

    private static let school: [String: Phrase] = [
        "POST /tables/:table/new": Phrase("新增一行", "row added"),
        "POST /tables/:table/rows/:id/edit": Phrase("修改一行", "row edited"),
        "POST /tables/:table/rows/:id/delete": Phrase("删除一行", "row deleted"),
        "POST /tables/:table/import/write": Phrase("导入文件", "file imported"),
        "POST /tables/:table/import/undo": Phrase("撤销导入", "import taken back"),
        "POST /persons/:person/consent": Phrase("记录同意", "consent recorded"),
        "POST /persons/:person/withdraw": Phrase("撤回同意", "consent withdrawn"),
        "POST /persons/:person/forget": Phrase("删除本机存留的资料", "kept entry deleted"),
        "POST /consents": Phrase("批量记录同意", "consents recorded"),
        "POST /conflicts/:id": Phrase("处理冲突", "conflict resolved"),
        "POST /rejected/:id/:act": Phrase("处理被退回的更改", "rejected edit settled"),
        "POST /sync/now": Phrase("立即同步", "synced now"),
        "POST /sync/bundles/export": Phrase("导出离线包", "bundle exported"),
        "POST /sync/bundles/import": Phrase("导入离线包", "bundle imported"), "POST /backup": Phrase("备份", "backed up"),
        "POST /quotas/:plan/admit": Phrase("录取", "admitted"),
        "POST /quotas/:plan/register": Phrase("报到", "registered"),
        "POST /quotas/:plan/hand-over": Phrase("转段", "handed over"),
        "POST /quotas/:plan/release": Phrase("退回名额", "places given back"),
        "POST /quotas/:plan/cancel": Phrase("取消录取", "admission cancelled"),
        "POST /closures": Phrase("登记停用", "closure made"),
        "POST /openings": Phrase("修改开放规则", "opening rules changed"),
        "POST /openings/clear": Phrase("清除开放规则", "opening rules cleared"),
        "POST /allotments": Phrase("分配时段", "time allotted"),
        "POST /allotments/:id/back": Phrase("退回时段", "time given back"),
        "POST /requests/:id/approve": Phrase("批准申请", "request approved"),
        "POST /requests/:id/decline": Phrase("驳回申请", "request declined"),
        "POST /bookings/new": Phrase("预约", "booked"), "POST /bookings/series": Phrase("连续多周预约", "series booked"),
        "POST /bookings/:id/move": Phrase("改期", "booking moved"),
        "POST /bookings/:id/cancel": Phrase("取消或让出预约", "booking ended"),
    ]

    private static let secretariat: [String: Phrase] = [
        "POST /board/nodes/:node/copies": Phrase("判定副本", "copy decided"),
        "POST /board/alerts/acknowledge": Phrase("确认告警", "alert acknowledged"),
        "POST /board/alerts/quieten": Phrase("静音告警", "alert silenced"),
        "POST /board/alerts/tell": Phrase("恢复告警提示", "alert told again"),
        "POST /silences": Phrase("记入计划停机", "silence planned"),
        "POST /silences/:id/call-off": Phrase("撤销计划停机", "silence called off"),
        "POST /silences/rules": Phrase("修改时限", "times changed"),
        "POST /members/new": Phrase("新增成员", "member added"),
        "POST /members/:member/invite": Phrase("发邀请码", "invitation made"),
        "POST /invitations/:invitation/withdraw": Phrase("收回邀请码", "invitation withdrawn"),
        "POST /members/:member/leave": Phrase("成员退出", "member left"),
        "POST /nodes/:node/revoke": Phrase("吊销节点", "node revoked"),
        "POST /requests/:request/decline": Phrase("驳回申请", "request declined"),
        "POST /plans/new": Phrase("设立计划", "plan made"), "POST /plans/:plan/total": Phrase("改名额总数", "total changed"),
        "POST /plans/:plan/allot": Phrase("分配名额", "places allotted"),
        "POST /quarantine/:node": Phrase("声明并移交", "statement signed"),
        "POST /recovery/open": Phrase("开始恢复", "recovery opened"),
        "POST /recovery/close": Phrase("结束恢复", "recovery closed"),
    ]

    private static let commands: [String: Phrase] = [
        "hub init": Phrase("建立联盟", "alliance founded"), "hub invite": Phrase("发邀请码", "invitation made"),
        "hub revoke": Phrase("吊销节点", "node revoked"), "hub leave": Phrase("成员退出", "member left"),
        "hub rotate-key": Phrase("更换中心密钥", "hub's key changed"), "hub fork": Phrase("判定副本", "copy decided"),
        "hub backup": Phrase("备份", "backed up"), "hub backups forget": Phrase("注销备份", "backup struck off"),
        "hub restore": Phrase("从备份恢复", "restored from a backup"),
        "hub recovery open": Phrase("开始恢复", "recovery opened"),
        "hub recovery close": Phrase("结束恢复", "recovery closed"),
        "hub bundle export": Phrase("导出离线包", "bundle exported"),
        "hub bundle import": Phrase("导入离线包", "bundle imported"), "hub repair": Phrase("修复", "repaired"),
        "hub collect": Phrase("回收", "collected"), "hub leave-behind": Phrase("不再等待节点", "node left behind"),
        "hub attest": Phrase("声明并移交", "statement signed"),
        "hub quarantine release": Phrase("释放隔离", "quarantine released"),
        "hub decide": Phrase("裁决申请", "request decided"),
        "hub alerts ack": Phrase("确认告警", "alert acknowledged"),
        "hub alerts silence": Phrase("静音告警", "alert silenced"),
        "hub alerts rules": Phrase("修改时限", "times changed"),
        "hub alerts windows": Phrase("记入计划停机", "silence planned"),
        "hub alerts windows cancel": Phrase("撤销计划停机", "silence called off"),
        "conflicts restore": Phrase("恢复冲突中的值", "conflict restored"),
        "conflicts keep": Phrase("维持现值", "conflict kept"),
        "decline": Phrase("驳回申请", "request declined"), "quota plan": Phrase("设立计划", "plan made"),
        "quota allot": Phrase("分配名额", "places allotted"),
        "certificate renew": Phrase("重签证书", "certificate renewed"),
        "certificate new": Phrase("更换根证书", "new authority"), "imports undo": Phrase("撤销导入", "import taken back"),
    ]
}
