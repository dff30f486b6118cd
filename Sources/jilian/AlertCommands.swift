import Alliance
import ArgumentParser
import Board
import CRDT
import Replica
import Sync

extension HubCommand {
    struct Alerts: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "告警：列出、确认、静默 · alerts: list, acknowledge, silence",
            subcommands: [List.self, Ack.self, Silence.self, Rules.self, Windows.self], defaultSubcommand: List.self)

        static func key(_ text: String) throws -> AlertKey {
            guard let key = AlertKey(name: text) else {
                throw CommandError(
                    .usage, "alert",
                    Phrase("“\(text)”不是告警名；hub alerts 列出全部。", "'\(text)' names no alert; hub alerts lists them."))
            }
            return key
        }

        struct List: ParsableCommand {
            static let configuration = CommandConfiguration(abstract: "列出 · list")
            @OptionGroup var common: CommonOptions

            func run() throws {
                let observer = try Observer(common.open())
                let board = try observer.look()
                Output.result(observer.alertsJSON(board), asJSON: common.json) {
                    guard !board.alerts.isEmpty else { return "没有告警。" }
                    var table = TextTable(["级别", "状态", "起于", "对象", "告警", "名称"])
                    for alert in board.alerts {
                        let subject = board.nodes.first { $0.facts.id == alert.key.subject }?.facts.title ?? "中心"
                        table.add([
                            alert.severity.phrase.zh, alert.phase.phrase.zh, Output.time(JSON(alert.record.since)),
                            subject,
                            alert.key.kind.title.zh, alert.key.name,
                        ])
                    }
                    return table.text()
                }
            }
        }

        struct Ack: ParsableCommand {
            static let configuration = CommandConfiguration(abstract: "确认：由我处理 · acknowledge: it is looked after")
            @OptionGroup var common: CommonOptions
            @Argument(help: "告警名 · the alert's name")
            var alert: String
            @Option(help: "备注 · a note")
            var note = ""

            func run() throws {
                let observer = try Observer(common.open())
                _ = try observer.look()
                let key = try Alerts.key(alert)
                try observer.file.acknowledge(key, by: CommandLineUser.name, note: note, at: World.wall)
                Output.result(["acknowledged": .string(key.name)], asJSON: common.json) { "已确认；它消失前留在列表里。" }
            }
        }

        struct Silence: ParsableCommand {
            static let configuration = CommandConfiguration(abstract: "静默若干小时，0 为恢复 · quiet for some hours, 0 ends it")
            @OptionGroup var common: CommonOptions
            @Argument(help: "告警名 · the alert's name")
            var alert: String
            @Option(help: "小时数，至多 2160 · hours, at most 2160")
            var hours: UInt64

            func validate() throws {
                guard hours <= 2160 else { throw ValidationError("--hours 至多 2160（90 天）· at most 2160") }
            }

            func run() throws {
                let observer = try Observer(common.open())
                _ = try observer.look()
                let key = try Alerts.key(alert)
                let until = hours == 0 ? 0 : World.wall + hours * 3_600_000
                try observer.file.quieten(key, until: until, by: CommandLineUser.name)
                Output.result(["alert": .string(key.name), "until": JSON(time: until)], asJSON: common.json) {
                    hours == 0 ? "已恢复提示。" : "静默到 \(Output.time(JSON(until)))。"
                }
            }
        }

        struct Rules: ParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "时限（秒）：何时算离线、失联，宽限多久 · times, in seconds",
                discussion: "不带选项时列出。 Without options they are listed.")
            @OptionGroup var common: CommonOptions
            @Option(help: "多久没有消息算离线 · silence until offline")
            var offlineAfter: UInt64?
            @Option(help: "多久没有消息算失联 · silence until lost")
            var lostAfter: UInt64?
            @Option(help: "告警前的宽限 · grace before an alert")
            var grace: UInt64?
            @Option(help: "冲突、待发多久后告警 · age of conflicts and pending edits until an alert")
            var waitMax: UInt64?
            @Option(help: "时钟偏差上限 · how far a clock may be off")
            var clockMax: UInt64?

            func run() throws {
                let file = try Observer(common.open()).file
                let old = try file.rules()
                let rules = BoardRules(
                    offlineAfter: offlineAfter ?? old.offlineAfter, lostAfter: lostAfter ?? old.lostAfter,
                    grace: grace ?? old.grace, waitMax: waitMax ?? old.waitMax, clockMax: clockMax ?? old.clockMax)
                if rules != old { try file.set(rules) }
                Output.result(rules.json, asJSON: common.json) {
                    "离线 \(rules.offlineAfter) 秒，失联 \(rules.lostAfter) 秒，宽限 \(rules.grace) 秒，冲突与待发 \(rules.waitMax) 秒，时钟 \(rules.clockMax) 秒"
                }
            }
        }

        struct Windows: ParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "计划停机：一个成员何时不开机，其间不计离线 · when a member is off on purpose",
                discussion: "不带选项时列出。 Without options they are listed.")
            @OptionGroup var common: CommonOptions
            @Option(help: "成员名称或编号 · member")
            var member: String?
            @Option(help: "开始，如 2027-01-20 18:00 · start")
            var from: String?
            @Option(help: "结束（不含）· end, not included")
            var to: String?
            @Option(help: "原因 · reason")
            var reason = ""
            @Option(help: "取消这一条 · call this one off")
            var cancel: Int64?

            func run() throws {
                let hub = try common.open()
                let observer = try Observer(hub)
                if let cancel { try observer.file.callOff(cancel) }
                if let member, let from, let to {
                    let range = try instant(from)..<max(instant(from), instant(to))
                    _ = try observer.file.plan(hub.member(member), range, reason: reason, by: CommandLineUser.name)
                } else if member != nil || from != nil || to != nil {
                    throw CommandError(
                        .usage, "window",
                        Phrase("--member、--from、--to 须一起给出。", "Give --member, --from and --to together."))
                }
                let names = try hub.names()
                let windows = try observer.file.silences()
                Output.result(observer.silencesJSON(windows), asJSON: common.json) {
                    var table = TextTable(["编号", "成员", "开始", "结束", "原因", "录入"])
                    for window in windows {
                        table.add([
                            "\(window.id)", names.memberName(window.member) ?? "",
                            Output.time(JSON(window.range.lowerBound)), Output.time(JSON(window.range.upperBound)),
                            window.reason, window.author,
                        ])
                    }
                    return table.text()
                }
            }

            private func instant(_ text: String) throws -> UInt64 {
                do { return UInt64(clamping: try ChinaTime.instant(typed: text)) } catch {
                    throw CommandError(
                        .usage, "time",
                        Phrase("“\(text)”不是时间，应如 2027-01-20 18:00。", "'\(text)' is no time; write 2027-01-20 18:00."))
                }
            }
        }
    }
}
