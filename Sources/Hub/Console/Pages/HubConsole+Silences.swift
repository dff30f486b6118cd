import Alliance
import Board
import CRDT
import HTTPTypes
import Replica
import Web

/// When members are off on purpose, and after what times the board says what.
extension HubConsole {
    func silences(_ visit: Visit, problem: Phrase? = nil, ruleProblem: Phrase? = nil) throws -> Page {
        let names = try replica.names()
        let now = World.wall
        let lines = try observer.file.silences().reversed().map { window -> Grid.Line in
            let pill =
                window.range.upperBound <= now
                ? Pill(.plain, .check, HubTexts.isOver)
                : window.range.contains(now)
                    ? Pill(.info, .clock, HubTexts.isNow) : Pill(.plain, .clock, HubTexts.isAhead)
            let act: HTML =
                mayAct(visit) && window.range.upperBound > now
                ? Form.button(
                    "/silences/\(window.id)/call-off", token: visit.token, nil, HubTexts.callOff,
                    style: "sm ghost danger") : ""
            return Grid.Line([
                "<b>\(names.memberName(window.member) ?? "")</b><small>\(window.author)</small>",
                Parts.time(Int64(clamping: window.range.lowerBound)),
                Parts.time(Int64(clamping: window.range.upperBound)),
                HTML(text: window.reason), pill.html, act,
            ])
        }
        let grid = Grid(
            "silences", label: HubTexts.silences,
            headings: [
                .init(HubTexts.member), .init(HubTexts.from), .init(HubTexts.to), .init(HubTexts.reason),
                .init(HubTexts.state), .init(nil),
            ], lines: lines)
        let list = lines.isEmpty ? Parts.empty(.clock, HubTexts.noSilences, HubTexts.noSilencesText) : grid.html
        return Page(
            HTML(HubTexts.silences), place: "/silences",
            """
            \(Parts.head(HTML(HubTexts.silences), under: HTML(HubTexts.silencesText)))<div class="two"><div class="col">\
            \(Parts.card("silences-card", HubTexts.silences, list))</div><div class="col">\(try planner(visit, problem))\
            \(try rules(visit, ruleProblem))</div></div>
            """)
    }

    private func planner(_ visit: Visit, _ problem: Phrase?) throws -> HTML {
        guard mayAct(visit) else { return "" }
        let members = try replica.registeredMembers().filter { $0.left == 0 && !$0.isSecretariat }.map(\.name)
        let note: HTML = problem.map { Note(.bad, $0).html } ?? ""
        let form = Form(
            "/silences", token: visit.token,
            fields: [
                Field(
                    "member", HubTexts.memberName, .suggested(members), value: visit.form["member"], isRequired: true,
                    isWide: true),
                Field(
                    "from", HubTexts.from, value: visit.form["from"], isRequired: true, hint: HubTexts.instantHint),
                Field("to", HubTexts.to, value: visit.form["to"], isRequired: true, hint: HubTexts.toHint),
                Field("reason", HubTexts.reason, value: visit.form["reason"], isWide: true),
            ], submit: HubTexts.planSilence, note: "<div class=\"full\">\(note)</div>", columns: 2, swaps: "content")
        return Parts.card("plan", HubTexts.planSilence, "<div class=\"body\">\(form.html)</div>")
    }

    @Sendable func plan(_ visit: Visit) throws -> Reply {
        func instant(_ name: String) throws -> UInt64 {
            let text = visit.form[name]
            do { return UInt64(clamping: try ChinaTime.instant(typed: text)) } catch {
                throw CommandError(.usage, "time", HubTexts.notATime(text))
            }
        }
        do {
            let member = try replica.member(visit.form["member"])
            let (from, to) = try (instant("from"), instant("to"))
            _ = try observer.file.plan(
                member, from..<max(from, to), reason: visit.form["reason"], by: visit.who)
            latest.forget()
            return .done("/silences", "planned", about: visit.form["member"])
        } catch {
            return .page(try silences(visit, problem: CommandError(error).phrase), status: .unprocessableContent)
        }
    }

    @Sendable func callOff(_ visit: Visit) throws -> Reply {
        try observer.file.callOff(Int64(visit.parameters["id"] ?? "") ?? 0)
        latest.forget()
        return .done("/silences", "called-off")
    }

    // MARK: Times

    private static let times: [(name: String, text: Phrase, path: WritableKeyPath<BoardRules, UInt64> & Sendable)] = [
        ("offline", HubTexts.offlineAfter, \.offlineAfter), ("lost", HubTexts.lostAfter, \.lostAfter),
        ("grace", HubTexts.grace, \.grace), ("wait", HubTexts.waitMax, \.waitMax),
        ("clock", HubTexts.clockMax, \.clockMax),
    ]

    private func rules(_ visit: Visit, _ problem: Phrase?) throws -> HTML {
        let rules = try observer.file.rules()
        guard mayAct(visit) else {
            let list = Self.times.map { time -> HTML in
                "<div><dt>\(time.text)</dt><dd>\(Words.duration(rules[keyPath: time.path] * 1000))</dd></div>"
            }
            return Parts.card("rules", HubTexts.rules, "<div class=\"body\"><dl class=\"facts\">\(list)</dl></div>")
        }
        let note: HTML = problem.map { Note(.bad, $0).html } ?? ""
        let form = Form(
            "/silences/rules", token: visit.token,
            fields: Self.times.map { time in
                let sent = visit.form[time.name]
                return Field(
                    time.name, time.text, .number, value: sent.isEmpty ? "\(rules[keyPath: time.path])" : sent,
                    isRequired: true, hint: Words.duration(rules[keyPath: time.path] * 1000))
            }, submit: Texts.save, note: "<div class=\"full\">\(note)</div>", columns: 2, swaps: "content")
        return Parts.card("rules", HubTexts.rules, "<div class=\"body\">\(form.html)</div>")
    }

    @Sendable func setRules(_ visit: Visit) throws -> Reply {
        do {
            var rules = try observer.file.rules()
            for time in Self.times {
                let text = visit.form[time.name]
                guard let value = UInt64(text) else {
                    throw CommandError(.usage, "rules", HubTexts.notANumber(text))
                }
                rules[keyPath: time.path] = value
            }
            try observer.file.set(rules)
            latest.forget()
            return .done("/silences", "rules", about: rules.json.serialised())
        } catch {
            return .page(try silences(visit, ruleProblem: CommandError(error).phrase), status: .unprocessableContent)
        }
    }
}
