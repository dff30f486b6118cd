import Alliance
import CRDT

/// What a school writes down of a consent (同意): the same for one person or for a batch of papers.
public struct ConsentStatement: Sendable {
    let values: [ColumnID: CRDT.Value]
    let fields: Set<String>

    /// What people read on the paper where nothing else is said.
    public static let purpose = "联盟师资共享：查询、预约与外聘"
    public static let textVersion = "2026-1"
}

extension OpenReplica {
    /// A statement as people type it.
    ///
    /// - Parameters:
    ///   - given: the date on the paper; not later than today.
    ///   - method: `paper` or `electronic`, or its title; empty for paper.
    ///   - fields: names or titles, separated by commas; empty for all; `none` for no more than
    ///     staff number and name.
    ///   - purpose: empty for the usual one, as is `textVersion`.
    ///   - recordedBy: the account that records it.
    public func consentStatement(
        given: String, method: String = "", fields: String = "", purpose: String = "", textVersion: String = "",
        recordedBy: String
    ) throws -> ConsentStatement {
        let table = try table("consent")
        let covered = try consentFields(fields)
        let texts: [(ColumnID, String)] = [
            (ConsentColumn.purpose, purpose.isEmpty ? ConsentStatement.purpose : purpose),
            (ConsentColumn.given, given), (ConsentColumn.method, method.isEmpty ? "paper" : method),
            (ConsentColumn.textVersion, textVersion.isEmpty ? ConsentStatement.textVersion : textVersion),
            (ConsentColumn.recordedBy, recordedBy),
        ]
        var values: [ColumnID: CRDT.Value] = [
            ConsentColumn.recipients: .text("alliance"), ConsentColumn.fields: .text(covered.joined(separator: ",")),
            ConsentColumn.withdrawn: .null,
        ]
        for (id, text) in texts {
            guard let column = table.column(id) else { continue }
            do {
                values[id] = try column.value(from: text, names: .none)
            } catch {
                throw CommandError(
                    .refused, "value",
                    Phrase("\(column.title.zh)：\(error.phrase.zh)", "\(column.name): \(error.phrase.en)"))
            }
        }
        let today = ChinaTime.text(milliseconds: Int64(clamping: World.wall)).prefix(10)
        guard case .text(let day)? = values[ConsentColumn.given], day <= today else {
            throw CommandError(
                .refused, "consent-date",
                Phrase(
                    "请给出同意书上的日期，不晚于今天（\(today)）；未作改动。",
                    "Give the date on the consent, not later than today (\(today)); nothing was changed."))
        }
        return ConsentStatement(values: values, fields: Set(covered))
    }

    /// The fields of a consent, in the order of the tables.
    private func consentFields(_ typed: String) throws -> [String] {
        let all = schema.consentFields
        let words = typed.split(whereSeparator: { ",，、 ".contains($0) }).map(String.init)
        guard !words.isEmpty else { return all }
        if [["none"], ["无"]].contains(words) { return [] }
        let named = try words.map { word in
            guard let field = all.first(where: { $0 == word || schema.title(ofConsentField: $0).zh == word }) else {
                let list = all.map { "\($0) \(schema.title(ofConsentField: $0).zh)" }.joined(separator: "、")
                throw CommandError(
                    .usage, "consent-field",
                    Phrase("没有 \(word) 这一项；有：\(list)。", "There is no field \(word); there are: \(list)."))
            }
            return field
        }
        return all.filter(named.contains)
    }
}
