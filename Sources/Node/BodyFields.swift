import Alliance
import Replica

/// The members of a JSON body that a command takes: texts and whole numbers by name, and nothing else.
struct BodyFields {
    private let members: [String: JSON]

    /// - Throws: `CommandError` under `body` if the body is no object, or has a member of another name.
    init(_ body: JSON, _ names: Set<String>) throws {
        guard case .object(let members) = body, names.isSuperset(of: members.keys) else {
            let list = names.sorted().joined(separator: ", ")
            throw CommandError(
                .usage, "body",
                Phrase("请求内容应为 JSON 对象，只可含：\(list)。", "The body should be a JSON object with no members but: \(list)."))
        }
        self.members = members
    }

    /// Empty where it is left out, or null.
    func text(_ name: String) throws -> String { try given(name) ?? "" }

    /// A text that can't be left out.
    func needed(_ name: String) throws -> String {
        guard let text = try given(name) else {
            throw CommandError(.usage, "body", Phrase("请给出 \(name)。", "Give \(name)."))
        }
        return text
    }

    /// `nil` where it is left out, null or empty.
    func given(_ name: String) throws -> String? {
        switch members[name] {
        case nil, .null?: return nil
        case .string(let text)?: return text.isEmpty ? nil : text
        default: throw wrong(name, Phrase("文字", "a text"))
        }
    }

    /// `nil` where it is left out, or null.
    func number(_ name: String) throws -> Int? {
        switch members[name] {
        case nil, .null?: return nil
        case .number(let number)?: return Int(clamping: number)
        default: throw wrong(name, Phrase("整数", "a whole number"))
        }
    }

    /// `false` where it is left out, or null.
    func flag(_ name: String) throws -> Bool {
        switch members[name] {
        case nil, .null?: return false
        case .bool(let flag)?: return flag
        default: throw wrong(name, Phrase("true 或 false", "true or false"))
        }
    }

    private func wrong(_ name: String, _ kind: Phrase) -> CommandError {
        CommandError(.usage, "body", Phrase("\(name) 应为\(kind.zh)。", "\(name) should be \(kind.en)."))
    }
}

// MARK: What several commands take

extension BodyFields {
    static let time: Set = ["from", "to", "date", "periods"]
    static let hours: Set = ["periods", "starts", "ends"]
    static let booking: Set = [
        "space", "workstations", "purpose", "className", "heads", "teacher", "wait", "idempotencyKey",
    ]

    /// By date and periods, or from one instant to another.
    func time() throws -> OpenReplica.Time {
        switch (try given("from"), try given("to"), try given("date"), try given("periods")) {
        case (let from?, let to?, nil, nil): return .wall(from: from, to: to)
        case (nil, nil, let date?, let periods?): return .periods(date: date, periods)
        default:
            throw CommandError(
                .usage, "body",
                Phrase("请给出 date 与 periods，或 from 与 to。", "Give date and periods, or from and to."))
        }
    }

    /// The same hours of many dates.
    func hours() throws -> OpenReplica.SeriesWish.Hours {
        switch (try given("periods"), try given("starts"), try given("ends")) {
        case (let periods?, nil, nil): return .periods(periods)
        case (nil, let starts?, let ends?): return .wall(starts: starts, ends: ends)
        default:
            throw CommandError(
                .usage, "body", Phrase("请给出 periods，或 starts 与 ends。", "Give periods, or starts and ends."))
        }
    }

    func wish(_ time: OpenReplica.Time) throws -> OpenReplica.BookingWish {
        var wish = OpenReplica.BookingWish(
            space: try needed("space"), time, workstations: try number("workstations") ?? 1,
            purpose: try needed("purpose"))
        wish.className = try text("className")
        wish.heads = try number("heads") ?? 0
        wish.teacher = try text("teacher")
        wish.waits = try flag("wait")
        wish.idempotencyKey = try text("idempotencyKey")
        return wish
    }
}
