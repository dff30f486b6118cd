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
        let sent = json["sent"] == .bool(true) ? "" : "（待上传）"
        return
            "\(json["space"]?.text ?? "") \(time(json["from"])) — \(time(json["to"]))：\(json["stateZh"]?.text ?? "")\(waits(json))\(sent)"
    }

    static func waits(_ json: JSON) -> String { json["waits"] == .bool(true) ? "，候补" : "" }

    static func more(_ json: JSON) -> String {
        var lines = [line(json), "编号 \(json["id"]?.text ?? "")"]
        if let by = json["by"]?.text, !by.isEmpty { lines.append("由\(by)处理") }
        if let reason = json["reason"]?.text, !reason.isEmpty { lines.append("理由：\(reason)") }
        if case .array(let others)? = json["alternatives"], !others.isEmpty {
            lines.append("可选：" + others.map { "\(time($0["from"])) — \(time($0["to"]))" }.joined(separator: "；"))
        }
        return lines.joined(separator: "\n")
    }
}

/// What every booking says.
struct BookingOptions: ParsableArguments {
    @Option(help: "工位数 · workstations")
    var workstations = 1
    @Option(help: "用途 · purpose")
    var purpose: String
    @Option(help: "班级 · class")
    var className = ""
    @Option(help: "人数 · head count")
    var heads = 0
    @Option(help: "教师：工号、姓名或编号；其时间一并占用 · teacher, whose time is taken as well")
    var teacher = ""
    @Flag(help: "已被占用则候补：空出后按申请先后答复 · wait for what is taken: answered when it is free")
    var wait = false
    @OptionGroup var repeats: KeyOptions

    func wish(_ space: String, _ time: OpenReplica.Time) -> OpenReplica.BookingWish {
        var wish = OpenReplica.BookingWish(space: space, time, workstations: workstations, purpose: purpose)
        wish.className = className
        wish.heads = heads
        wish.teacher = teacher
        wish.waits = wait
        wish.idempotencyKey = repeats.key
        return wish
    }
}

/// When: by date and periods, or by wall time.
struct TimeOptions: ParsableArguments {
    @Option(help: "开始，如 2026-11-24 08:00（北京时间）· begins")
    var from: String?
    @Option(help: "结束 · ends")
    var to: String?
    @Option(help: "日期，如 2026-11-18 · date")
    var date: String?
    @Option(help: "节次，如 3-4 · periods")
    var periods: String?

    var isGiven: Bool { [from, to, date, periods].contains { $0 != nil } }

    /// - Throws: unless exactly one way is used.
    func time() throws -> OpenReplica.Time {
        switch (from, to, date, periods) {
        case (let from?, let to?, nil, nil): return .wall(from: from, to: to)
        case (nil, nil, let date?, let periods?): return .periods(date: date, periods)
        default:
            throw ValidationError(
                "请给出 --date 与 --periods，或 --from 与 --to · give --date and --periods, or --from and --to")
        }
    }
}

/// The same hours of many dates.
struct WeeklyOptions: ParsableArguments {
    @Option(help: "星期，如 2 或 2,4（1 为周一）· weekdays, 1 is Monday")
    var weekday: String?
    @Option(help: "教学周，如 3-16 · teaching weeks")
    var weeks: String?
    @Option(help: "学期；不给则当前学期 · term")
    var term = ""
    @Option(help: "每次开始，如 08:00；不用节次时 · starts, without periods")
    var starts: String?
    @Option(help: "每次结束 · ends")
    var ends: String?

    func hours(_ periods: String?) throws -> OpenReplica.SeriesWish.Hours {
        switch (periods, starts, ends) {
        case (let periods?, nil, nil): return .periods(periods)
        case (nil, let starts?, let ends?): return .wall(starts: starts, ends: ends)
        default:
            throw ValidationError("请给出 --periods，或 --starts 与 --ends · give --periods, or --starts and --ends")
        }
    }
}

struct BookCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "book", abstract: "预约实训室：本校持有的时段当即确认，其余提出申请 · book; what is yours is confirmed at once",
        discussion: "一次：--date 与 --periods，或 --from 与 --to。系列：--weeks、--weekday 与 --periods，逐日答复。")
    @OptionGroup var common: CommonOptions
    @Argument(help: "实训室名称或编号 · space")
    var space: String
    @OptionGroup var time: TimeOptions
    @OptionGroup var weekly: WeeklyOptions
    @Flag(help: "只要单周 · odd weeks only")
    var odd = false
    @Flag(help: "只要双周 · even weeks only")
    var even = false
    @OptionGroup var booking: BookingOptions

    func validate() throws {
        guard !(odd && even) else { throw ValidationError("--odd 与 --even 只能给一个 · give one of --odd and --even") }
    }

    func run() throws {
        guard let weeks = weekly.weeks else {
            let json = try common.open().book(booking.wish(space, try time.time()))
            return Output.result(json, asJSON: common.json) { BookingOutput.more(json) }
        }
        guard let weekday = weekly.weekday, time.date == nil, time.from == nil, time.to == nil else {
            throw ValidationError("系列请给出 --weekday，不给日期 · a series has --weekday and no date")
        }
        var wish = OpenReplica.SeriesWish(
            booking.wish(space, .periods(date: "", "")), weeks: weeks, weekdays: weekday,
            hours: try weekly.hours(time.periods))
        wish.term = weekly.term
        wish.parity = odd ? .odd : even ? .even : .all
        let json = try common.open().book(wish)
        Output.result(json, asJSON: common.json) { Self.text(json) }
    }

    private static func text(_ json: JSON) -> String {
        guard case .array(let dates)? = json["dates"] else { return "" }
        var text = TextTable(["周", "日期", "上课日", "结果", "编号"])
        for date in dates {
            let answer =
                date["skipped"]?.text.map { "不上课：\($0)" } ?? date["refused"]?["zh"]?.text.map { "未约：\($0)" }
                ?? date["booking"]?["stateZh"]?.text ?? ""
            text.add([
                Output.number(date["week"]), date["date"]?.text ?? "", date["held"]?.text ?? "—", answer,
                date["booking"]?["id"]?.text ?? "",
            ])
        }
        return text.text()
            + "\n\(json["term"]?.text ?? "")：确认 \(Output.number(json["confirmed"]))，待批复 \(Output.number(json["requested"]))，未约 \(Output.number(json["refused"]))，不上课 \(Output.number(json["skipped"]))。"
    }
}

struct MoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "move", abstract: "改期：先得到新时段，再放弃原时段 · move; the new time is had before the old is lost")
    @OptionGroup var common: CommonOptions
    @Argument(help: "预约编号 · booking")
    var booking: String
    @OptionGroup var time: TimeOptions
    @Option(help: "另一间实训室；不给则原处 · another space")
    var space: String?
    @OptionGroup var repeats: KeyOptions

    func run() throws {
        let json = try common.open().move(booking, to: try time.time(), space: space, idempotencyKey: repeats.key)
        Output.result(json, asJSON: common.json) {
            BookingOutput.more(json) + (json["state"] == "confirmed" ? "" : "\n原预约保留，待新时段确认后自动取消。")
        }
    }
}

struct BookingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "bookings", abstract: "列出预约 · list bookings")
    @OptionGroup var common: CommonOptions
    @Option(help: "只列一个系列 · of one series only")
    var series: String?
    @Flag(help: "本校场地上与现行开放规则、节次表、校历或停用不符的 · in own spaces, that today's rules would not let be")
    var againstRules = false

    func run() throws {
        if againstRules {
            let json = try common.open().bookingsAgainstRules()
            return Output.result(json, asJSON: common.json) { Self.against(json) }
        }
        let id = series.flatMap { RowID($0) }
        guard series == nil || id != nil else { throw ValidationError("--series 应为系列编号 · the id of a series") }
        let json = try common.open().bookings(series: id)
        Output.result(json, asJSON: common.json) {
            guard case .array(let bookings) = json else { return "" }
            var text = TextTable(["实训室", "开始", "结束", "工位", "单位", "用途", "状态", "编号"])
            for booking in bookings {
                text.add([
                    booking["space"]?.text ?? "", BookingOutput.time(booking["from"]),
                    BookingOutput.time(booking["to"]),
                    Output.number(booking["workstations"]), booking["member"]?.text ?? "",
                    booking["purpose"]?.text ?? "",
                    (booking["stateZh"]?.text ?? "") + BookingOutput.waits(booking)
                        + (booking["sent"] == .bool(true) ? "" : "，待上传"),
                    booking["id"]?.text ?? "",
                ])
            }
            let told = bookings.filter { $0["state"] == "displaced" || $0["state"] == "declined" }.map {
                "\($0["stateZh"]?.text ?? "")：\(BookingOutput.line($0))，\($0["by"]?.text ?? "")，\($0["reason"]?.text ?? "")"
            }
            return ([text.text()] + told).joined(separator: "\n") + "\n共 \(bookings.count) 个预约。"
        }
    }
}

extension BookingsCommand {
    private static func against(_ json: JSON) -> String {
        guard case .array(let bookings) = json, !bookings.isEmpty else { return "没有与现行规则不符的预约。" }
        let lines = bookings.map { booking in
            "\(booking["member"]?.text ?? "") \(BookingOutput.line(booking)) \(booking["purpose"]?.text ?? "") \(booking["id"]?.text ?? "")\n  \(booking["against"]?["zh"]?.text ?? "")"
        }
        return (lines + ["共 \(bookings.count) 个，它们仍然有效，请改期或用 cancel --reason 让出。"]).joined(separator: "\n")
    }
}

struct CancelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "取消预约、撤回申请，或让出本校时段上他校的预约（须写理由）· cancel, withdraw, or displace with a reason")
    @OptionGroup var common: CommonOptions
    @Argument(help: "预约编号 · booking")
    var booking: String
    @Option(help: "原因 · reason")
    var reason = ""
    @OptionGroup var repeats: KeyOptions

    func run() throws {
        let json = try common.open().cancelBooking(booking, because: reason, idempotencyKey: repeats.key)
        Output.result(json, asJSON: common.json) { BookingOutput.more(json) }
    }
}
