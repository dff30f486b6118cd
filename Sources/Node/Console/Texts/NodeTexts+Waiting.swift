import Alliance
import Web

extension NodeTexts {
    static let whatWaits = Phrase("等待送达中心的内容", "What waits to reach the hub")
    static let waitsForAnswer = Phrase(
        "已发出，等中心回执；没有回执会原样再发", "Sent; the hub's receipt is awaited, and without one it is sent again as it is")
    static let waitsForLine = Phrase("连不上中心；恢复后自动发出", "The hub can't be reached; it goes by itself when it can")
    static let waitsForFirst = Phrase("还没有与中心同步过；第一次同步时发出", "Never synced yet; it goes with the first sync")
    static let waitsForAlarm = Phrase("有告警，处理之后发出", "There is an alarm; it goes when that is settled")
    static let waitsForTurn = Phrase("等下一次同步，几秒之内", "Waits for the next sync, within seconds")
    static let waitsPartly = Phrase(
        "一部分已发出等回执，其余等下一次同步", "Some of it was sent and awaits its receipt, the rest the next sync")
    static let waitingNote = Phrase(
        "这些内容已经存在本机，断电、断网都不会丢；也可以用离线包带去中心。",
        "All of it is stored on this machine and survives a cut of power or line; a bundle can carry it too.")

    static func waitingRows(_ count: Int) -> Phrase { Phrase("\(count) 行", "\(count) rows") }
}
