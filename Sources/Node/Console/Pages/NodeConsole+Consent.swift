import Alliance
import HTTPTypes
import Replica
import Web

/// The forms by which consents and withdrawals are recorded.
extension NodeConsole {
    /// The fields of a consent's form.
    func consentFields(_ visit: Visit, withFields: Bool) -> [Field] {
        var fields = [
            Field("given", NodeTexts.consentDate, .date, value: visit.form["given"], isRequired: true),
            Field("method", NodeTexts.method, .choice(methods), value: visit.form["method"]),
            Field(
                "purpose", NodeTexts.consentPurpose,
                value: visit.form["purpose"].isEmpty ? ConsentStatement.purpose : visit.form["purpose"]),
            Field(
                "version", NodeTexts.textVersion,
                value: visit.form["version"].isEmpty ? ConsentStatement.textVersion : visit.form["version"]),
        ]
        guard withFields else { return fields }
        let isSent = !visit.form.fields.isEmpty
        fields += replica.schema.consentFields.map { name in
            Field(
                "f-\(name)", replica.schema.title(ofConsentField: name), .check,
                value: isSent ? visit.form["f-\(name)"] : "1")
        }
        return fields
    }

    private var methods: [(value: String, text: HTML)] {
        guard case .choice(let choices)? = replica.schema[.consent]?.column(ConsentColumn.method)?.type else {
            return []
        }
        return choices.map { ($0.code, HTML($0.title)) }
    }

    private func statement(_ visit: Visit, fields: String) throws -> ConsentStatement {
        try replica.consentStatement(
            given: visit.form["given"], method: visit.form["method"], fields: fields, purpose: visit.form["purpose"],
            textVersion: visit.form["version"], recordedBy: visit.who)
    }

    private func formPage(_ title: Phrase, _ form: Form, _ visit: Visit) -> Page {
        let content: HTML = """
            \(Parts.head(HTML(title)))<section class="card"><div class="body">\(form.html)</div></section>
            """
        return Page(HTML(title), place: "/persons", above: [("/persons", HTML(NodeTexts.consents))], content)
    }

    private func shownName(_ person: JSON) -> String {
        let name = person["name"]?.text ?? ""
        return name.isEmpty ? person["number"]?.text ?? "" : name
    }

    private func place(_ visit: Visit) -> String { Self.place(of: visit.parameters["person"] ?? "") }

    // MARK: One person

    func consentForm(_ visit: Visit, problem: CommandError? = nil) throws -> Page {
        _ = try replica.personJSON(visit.parameters["person"] ?? "")
        let note: HTML? = problem.map { Note(.bad, $0.phrase).html }
        let form = Form(
            "\(place(visit))/consent", token: visit.token, fields: consentFields(visit, withFields: true),
            submit: NodeTexts.recordConsent,
            note: "<div class=\"full\"><p class=\"muted\">\(NodeTexts.recordConsentText)</p>\(note)</div>",
            back: place(visit), columns: 2)
        return formPage(NodeTexts.recordConsent, form, visit)
    }

    @Sendable func giveConsent(_ visit: Visit) throws -> Reply {
        let chosen = replica.schema.consentFields.filter { visit.form["f-\($0)"] == "1" }
        do {
            let statement = try statement(
                visit, fields: chosen.isEmpty ? "none" : chosen.joined(separator: ","))
            _ = try replica.giveConsent(statement, to: [visit.parameters["person"] ?? ""])
        } catch {
            let error = CommandError(error)
            return .page(try consentForm(visit, problem: error), status: error.status)
        }
        wake()
        return .done(place(visit), "consented")
    }

    func withdrawalForm(_ visit: Visit) throws -> Page {
        try confirmation(of: "withdraw", NodeTexts.withdraw, NodeTexts.withdrawText, visit)
    }

    @Sendable func withdrawConsent(_ visit: Visit) throws -> Reply {
        do {
            _ = try replica.withdrawConsent(of: visit.parameters["person"] ?? "")
        } catch {
            let error = CommandError(error)
            guard error.code == "no-consent" else { throw error }
            return .page(try person(visit, problem: error), status: error.status)
        }
        wake()
        return .done(place(visit), "withdrawn")
    }

    func forgettingForm(_ visit: Visit) throws -> Page {
        try confirmation(of: "forget", NodeTexts.forget, NodeTexts.forgetText, visit)
    }

    /// A page that says what an act does to a person's entry, with the button that does it.
    private func confirmation(of act: String, _ title: Phrase, _ text: (String) -> Phrase, _ visit: Visit) throws
        -> Page
    {
        let person = try replica.personJSON(visit.parameters["person"] ?? "")
        let form = Form(
            "\(place(visit))/\(act)", token: visit.token, fields: [], submit: title,
            note: Note(.warn, text(shownName(person))).html, back: place(visit))
        return formPage(title, form, visit)
    }

    @Sendable func forgetKept(_ visit: Visit) throws -> Reply {
        try replica.forgetKept(visit.parameters["person"] ?? "")
        return .done("/persons", "forgotten")
    }

    // MARK: All who are kept

    @Sendable func giveAllConsents(_ visit: Visit) throws -> Reply {
        do {
            _ = try replica.giveConsent(statement(visit, fields: ""), to: nil)
        } catch {
            let error = CommandError(error)
            return .page(try persons(visit, problem: error.phrase), status: error.status)
        }
        wake()
        return .done("/persons", "consented")
    }
}
