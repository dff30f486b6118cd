import Alliance
import ArgumentParser
import CRDT
import Replica

/// Bookings for people and for programs.
enum BookingOutput {
    static func time(_ json: JSON?) -> String {
        guard case .number(let value)? = json else { return "—" }
        return String(ChinaTime.text(milliseconds: value).dropLast(3))
    }

    static func line(_ json: JSON) -> String {
        let sent = json["sent"] == .bool(true) ? "" : "（待发送）"
        return
            "\(json["space"]?.text ?? "") \(time(json["from"])) — \(time(json["to"]))：\(json["stateZh"]?.text ?? "")\(sent)"
    }

    static func more(_ json: JSON) -> String {
        var lines = [line(json), "编号 \(json["id"]?.text ?? "")"]
        if let reason = json["reason"]?.text, !reason.isEmpty { lines.append("理由：\(reason)") }
        if case .array(let others)? = json["alternatives"], !others.isEmpty {
            lines.append("可选：" + others.map { "\(time($0["from"])) — \(time($0["to"]))" }.joined(separator: "；"))
        }
        return lines.joined(separator: "\n")
    }
}

struct BookCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "book", abstract: "预约实训室：本校持有的时段当即确认，其余提出申请 · book; what is yours is confirmed at once")
    @OptionGroup var common: CommonOptions
    @Argument(help: "实训室名称或编号 · space")
    var space: String
    @Option(help: "开始，如 2026-11-24 08:00（北京时间）· begins")
    var from: String
    @Option(help: "结束 · ends")
    var to: String
    @Option(help: "工位数 · workstations")
    var workstations = 1
    @Option(help: "用途 · purpose")
    var purpose: String
    @Option(help: "班级 · class")
    var className = ""
    @Option(help: "人数 · head count")
    var heads = 0
    @Option(help: "教师 · teacher")
    var teacher = ""
    @Option(help: "重发不重复的键 · idempotency key")
    var key = ""

    func run() throws {
        let replica = try common.open()
        var wish = OpenReplica.BookingWish(
            space: space, from: from, to: to, workstations: workstations, purpose: purpose)
        wish.className = className
        wish.heads = heads
        wish.teacher = teacher
        wish.idempotencyKey = key
        let json = try replica.book(wish)
        Output.result(json, asJSON: common.json) { BookingOutput.more(json) }
    }
}

struct BookingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "bookings", abstract: "列出预约 · list bookings")
    @OptionGroup var common: CommonOptions

    func run() throws {
        let json = try common.open().bookings()
        Output.result(json, asJSON: common.json) {
            guard case .array(let bookings) = json else { return "" }
            var text = TextTable(["实训室", "开始", "结束", "工位", "单位", "用途", "状态", "编号"])
            for booking in bookings {
                text.add([
                    booking["space"]?.text ?? "", BookingOutput.time(booking["from"]),
                    BookingOutput.time(booking["to"]),
                    Output.number(booking["workstations"]), booking["member"]?.text ?? "",
                    booking["purpose"]?.text ?? "",
                    (booking["stateZh"]?.text ?? "") + (booking["sent"] == .bool(true) ? "" : "，待发送"),
                    booking["id"]?.text ?? "",
                ])
            }
            return text.text() + "\n共 \(bookings.count) 个预约。"
        }
    }
}

struct CancelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "取消预约，或撤回申请 · cancel a booking or take a request back")
    @OptionGroup var common: CommonOptions
    @Argument(help: "预约编号 · booking")
    var booking: String
    @Option(help: "原因 · reason")
    var reason = ""

    func run() throws {
        let json = try common.open().cancelBooking(booking, because: reason)
        Output.result(json, asJSON: common.json) { BookingOutput.more(json) }
    }
}

struct RequestsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "requests", abstract: "待批复的申请 · requests that nobody has answered")
    @OptionGroup var common: CommonOptions

    func run() throws {
        let json = try common.open().requests()
        Output.result(json, asJSON: common.json) {
            guard case .array(let requests) = json else { return "" }
            var text = TextTable(["单位", "实训室", "开始", "结束", "数量", "由本校批复", "编号"])
            for request in requests {
                text.add([
                    request["member"]?.text ?? "", request["space"]?.text ?? "", BookingOutput.time(request["from"]),
                    BookingOutput.time(request["to"]), Output.number(request["count"]),
                    request["mine"] == .bool(true) ? "是" : "否", request["id"]?.text ?? "",
                ])
            }
            return text.text() + "\n共 \(requests.count) 项申请。"
        }
    }
}

struct ApproveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "approve", abstract: "同意申请 · grant a request")
    @OptionGroup var common: CommonOptions
    @Argument(help: "申请编号 · request")
    var request: String

    func run() throws {
        let json = try common.open().approve(request)
        Output.result(json, asJSON: common.json) { "已同意，对方下次同步即可看到。" }
    }
}

struct DeclineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "decline", abstract: "驳回申请 · decline a request")
    @OptionGroup var common: CommonOptions
    @Argument(help: "申请编号 · request")
    var request: String
    @Option(help: "理由 · reason")
    var reason: String

    func run() throws {
        let json = try common.open().decline(request, because: reason)
        Output.result(json, asJSON: common.json) { "已驳回，对方会看到理由和可选时段。" }
    }
}

struct RightsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rights", abstract: "本机持有什么，什么在隔离 · what this replica holds, and what waits")
    @OptionGroup var common: CommonOptions

    func run() throws {
        let json = try common.open().rights()
        Output.result(json, asJSON: common.json) {
            guard case .array(let held)? = json["held"], case .array(let waiting)? = json["quarantined"] else {
                return ""
            }
            var lines = ["本机持有 \(held.count) 项资源的时段或名额。"]
            if !waiting.isEmpty {
                lines.append("旧副本的 \(waiting.count) 份权利在隔离：秘书处确认移交（attest）后可再用；已确认的预约和录取不受影响。")
            }
            return lines.joined(separator: "\n")
        }
    }
}

struct ReleaseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release", abstract: "把本校空着的工位放开一段时间 · give free workstations away for a time")
    @OptionGroup var common: CommonOptions
    @Argument(help: "实训室 · space")
    var space: String
    @Option(help: "开始 · begins")
    var from: String
    @Option(help: "结束 · ends")
    var to: String
    @Option(help: "工位数 · workstations")
    var workstations = 1
    @Option(help: "分配给成员；不给则放入公共池 · to a member; else to the pool")
    var member: String?

    func run() throws {
        let json = try common.open().releaseTime(
            space, from: from, to: to, workstations: workstations, member: member)
        Output.result(json, asJSON: common.json) {
            "已放开 \(Output.number(json["released"])) 个工位：\(BookingOutput.time(json["from"])) — \(BookingOutput.time(json["to"]))，同步后生效。"
        }
    }
}

struct CalendarCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calendar", abstract: "实训室一周的占用 · a space's week")
    @OptionGroup var common: CommonOptions
    @Argument(help: "实训室 · space")
    var space: String
    @Option(help: "该周任意一天，如 2026-11-24；不给则本周 · any day of the week")
    var week = ""

    func run() throws {
        let json = try common.open().calendar(space, week: week)
        Output.result(json, asJSON: common.json) { Self.grid(json) }
    }

    private static func grid(_ json: JSON) -> String {
        guard case .array(let days)? = json["days"], case .array(let hours)? = days.first?["hours"] else { return "" }
        let weekdays = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"]
        var text = TextTable(["时间"] + zip(weekdays, days).map { "\($0) \(($1["date"]?.text ?? "").suffix(5))" })
        for row in hours.indices {
            let cells = days.map { day -> String in
                guard case .array(let hours)? = day["hours"] else { return "" }
                return cell(hours[row])
            }
            text.add([String(BookingOutput.time(hours[row]["from"]).suffix(5))] + cells)
        }
        return """
            \(json["owner"]?.text ?? "") · \(json["space"]?.text ?? "") · \(Output.number(json["lanes"])) 个工位
            \(text.text())
            用 已占用 · 本 本校可当即确认 · 池 公共池，须申请 · 他 他校持有，须申请；截至上次同步 \(Output.time(json["asOf"]))
            """
    }

    private static func cell(_ hour: JSON) -> String {
        [("用", "used"), ("本", "own"), ("池", "pool"), ("他", "others")].compactMap { mark, key in
            guard case .number(let count)? = hour[key], count > 0 else { return nil }
            return "\(mark)\(count)"
        }.joined(separator: " ")
    }
}
