import Alliance

extension Texts {
    // MARK: What was done

    static let done: [String: Phrase] = [
        "password": Phrase("密码已修改，其他登录已结束。", "The password is changed, and other sessions have ended."),
        "session": Phrase("这次登录已结束。", "That session has ended."),
        "saved": Phrase("已保存。", "Saved."),
        "closed": Phrase("账号已停用，其登录已结束。", "The account is closed and its sessions have ended."),
    ]

    // MARK: What was not

    static let notDone = Phrase("操作没有完成", "This was not done")
    static let toStart = Phrase("回到首页", "To the start")
    static let nothingHere = Phrase("这里没有页面", "There is no page here")
    static let nothingHereHint = Phrase("请检查地址，或从首页进入。", "Check the address, or begin at the start.")
    static let expired = Phrase(
        "登录已过期，操作没有完成；请登录后重试。", "Your session has ended and nothing was done; sign in and try again.")
    static let foreignForm = Phrase(
        "这个表单不是从当前登录的页面提交的，操作没有完成；请返回刷新页面后重试。",
        "This form was not sent from a page of your present session, and nothing was done; go back, reload and try again."
    )
    static let notAllowed = Phrase(
        "您的角色不能做这件事，没有改动；需要时请找管理员。", "Your role does not allow this, and nothing was changed; ask an administrator.")
    static let tooLarge = Phrase(
        "提交的内容过大，没有处理；文件请拆小后再试。", "What was sent is too large and was not used; split the file.")
    static let unreadableForm = Phrase(
        "提交的表单无法识别，没有处理；请刷新页面后重试。", "The form can't be read and nothing was done; reload and try again.")
    static let tooManyStreams = Phrase("打开的页面过多，请关掉一些。", "Too many pages are open; close some.")

    // MARK: Signing in

    static let signIn = Phrase("登录", "Sign in")
    static let signOut = Phrase("退出登录", "Sign out")
    static let signInName = Phrase("登录名", "Name")
    static let signInNameHint = Phrase("用来登录，例如工号；不含空格。", "What you sign in with, such as a staff number; no spaces.")
    static let displayName = Phrase("称呼", "What people call you")
    static let password = Phrase("密码", "Password")
    static let passwordAgain = Phrase("再输一次密码", "Password once more")
    static let passwordHint = Phrase("至少 8 个字符。", "At least 8 characters.")
    static let passwordsDiffer = Phrase("两次输入的密码不同。", "The two passwords differ.")
    static let oldPassword = Phrase("原密码", "Old password")
    static let newPassword = Phrase("新密码", "New password")
    static let changePassword = Phrase("修改密码", "Change password")
    static let forgotten = Phrase(
        "忘记密码？请管理员给您一个一次性链接。", "Forgotten your password? An administrator can give you a one-time link.")

    static func makeAccount(_ role: Phrase) -> Phrase { Phrase("建立\(role.zh)账号", "Make an account: \(role.en)") }
    static func newPasswordFor(_ name: String) -> Phrase { Phrase("为 \(name) 设新密码", "A new password for \(name)") }

    // MARK: Sessions

    static let sessions = Phrase("正在登录", "Signed in")
    static let thisBrowser = Phrase("本浏览器", "this browser")
    static let endSession = Phrase("结束", "End")
    static let lastSeen = Phrase("最近使用", "Last used")
    static let otherProgram = Phrase("其他程序", "another program")

    // MARK: People

    static let users = Phrase("账号", "Accounts")
    static let usersHint = Phrase("谁可以登录、能做什么。", "Who may sign in, and what they may do.")
    static let person = Phrase("姓名", "Person")
    static let role = Phrase("角色", "Role")
    static let state = Phrase("状态", "State")
    static let open = Phrase("可用", "open")
    static let closed = Phrase("已停用", "closed")
    static let resetLink = Phrase("重设密码链接", "Link for a new password")
    static let closeAccount = Phrase("停用", "Close")
    static let reopenAccount = Phrase("恢复", "Open again")
    static let inviteTitle = Phrase("添加账号", "Add somebody")
    static let invite = Phrase("生成一次性链接", "Make a one-time link")
    static let inviteHint = Phrase(
        "把链接交给本人，由其自己设登录名和密码；24 小时内有效，只能用一次。",
        "Give the link to the person, who sets name and password; it is good once, for 24 hours.")
    static let linkHint = Phrase(
        "只显示这一次。把它接在本控制台的地址后面，交给本人；24 小时内有效。",
        "Shown only now. Put it behind this console's address and give it to the person; good for 24 hours.")
    static let chooseRole = Phrase("请选择一个角色。", "Choose a role.")

    static func roleOf(_ name: String) -> Phrase { Phrase("\(name) 的角色", "The role of \(name)") }
    static func inviteMade(_ role: Phrase) -> Phrase { Phrase("给新\(role.zh)的链接", "A link for a new \(role.en)") }
    static func resetMade(_ name: String) -> Phrase { Phrase("给 \(name) 的链接", "A link for \(name)") }

    // MARK: Other systems

    static let programs = Phrase("接口令牌", "API tokens")
    static let programsHint = Phrase("学校的其他系统用令牌调用接口。", "With a token another system of the school uses the API.")
    static let system = Phrase("系统", "System")
    static let systemHint = Phrase("例如：教务系统。", "For example: the timetable system.")
    static let scope = Phrase("权限", "Scope")
    static let made = Phrase("生成于", "Made")
    static let revoke = Phrase("停用", "Revoke")
    static let revoked = Phrase("已停用", "revoked")
    static let makeToken = Phrase("生成令牌", "Make a token")
    static let tokenMade = Phrase("新令牌", "The new token")
    static let tokenHint = Phrase(
        "只显示这一次，请复制到该系统：Authorization: Bearer 加上它。",
        "Shown only now; copy it into the system: Authorization: Bearer and this.")
    static let noPrograms = Phrase("还没有令牌", "No tokens yet")
    static let noProgramsHint = Phrase("其他系统要读写数据时，在这里生成。", "Make one when another system is to read or write.")

    // MARK: The audit list

    static let audit = Phrase("操作记录", "Audit list")
    static let auditHint = Phrase("谁在什么时候做了什么；不记密码和填写的内容。", "Who did what, and when; no passwords and no values.")
    static let time = Phrase("时间", "Time")
    static let who = Phrase("谁", "Who")
    static let act = Phrase("操作", "Act")
    static let about = Phrase("对象", "About")
    static let program = Phrase("程序", "the program")
    static let older = Phrase("更早的", "Older")
}
