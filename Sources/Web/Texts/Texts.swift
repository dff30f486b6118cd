public import Alliance

/// The texts of the page kit. Each console has its own beside it; a test holds them all to both languages.
public enum Texts {
    public static let product = Phrase("技联", "Jilian")
    public static let never = Phrase("尚无", "never")
    public static let left = Phrase("剩余", "left")
    public static let cancel = Phrase("取消", "Cancel")
    public static let actions = Phrase("操作", "Actions")
    public static let skip = Phrase("跳到正文", "Skip to content")
    public static let position = Phrase("位置", "Position")
    public static let navigation = Phrase("主导航", "Main navigation")
    public static let navigationBelow = Phrase("主导航（底部）", "Main navigation (below)")
    public static let allPlaces = Phrase("全部页面", "All pages")
    public static let account = Phrase("我的账号", "My account")
    public static let mine = Phrase("我的", "Mine")
    public static let close = Phrase("关闭", "Close")
    public static let theme = Phrase("切换深色和浅色", "Switch between dark and light")
    public static let save = Phrase("保存", "Save")
    public static let back = Phrase("返回", "Back")
    public static let yes = Phrase("是", "yes")
    public static let no = Phrase("否", "no")
    public static let live = Phrase("实时", "live")
    public static let again = Phrase("重连中", "reconnecting")
    public static let broken = Phrase("已断开，请刷新", "cut off; reload")
    public static let cut = Phrase(
        "与服务器的连接断开，操作没有完成；已填的内容还在，请稍后再试。",
        "The connection to the server is cut and nothing was done; what you typed is kept; try again shortly.")
    public static let signedOut = Phrase(
        "登录已过期；已填的内容已留住。点此登录，回来后再提交。",
        "Your session has ended; what you typed is kept. Press here to sign in, then send it again.")
    public static let restored = Phrase("已恢复刚才填写的内容。", "What you had typed is back.")
    public static let rowsShown = Phrase("显示 {n} / {all} 行", "{n} of {all} rows shown")

    public static func usedOf(_ name: String, _ used: Int, _ total: Int) -> Phrase {
        Phrase("\(name)：共 \(total)，已用 \(used)", "\(name): \(used) of \(total) used")
    }
}
