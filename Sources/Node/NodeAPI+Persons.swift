import Accounts
import Hummingbird
import Replica
import Serving

/// Consents and persons by the API: the same commands as the command line's.
extension NodeAPI {
    /// Who recorded a consent that came by the API.
    static let recorder = "api"

    func persons(_ api: RouterGroup<ServingContext>) {
        api.get("persons") { request, _ in
            let without = request.uri.queryParameters["without-consent"] != nil
            return await run { try replica.personsJSON(withoutConsent: without) }
        }
        api.get("persons/:person") { _, context in
            let person = try parameter("person", context)
            return await run { try replica.personJSON(person) }
        }
        api.get("persons/:person/export") { _, context in
            let person = try parameter("person", context)
            return await run { try PersonDossier.make(of: person, replica, accounts: replica.folder) }
        }
        api.post("persons") { request, _ in
            let body = try await json(request)
            return await run(writes: true) {
                let table = try replica.table("teacher")
                let changed = try replica.keep(replica.values(assignments(body, in: table), in: table))
                return ["changed": JSON(changed ? 1 : 0)]
            }
        }
        api.delete("persons/:person") { _, context in
            let person = try parameter("person", context)
            return await run(writes: true) {
                try replica.forgetKept(person)
                return ["forgotten": .string(person)]
            }
        }
        api.post("persons/:person/:act") { request, context in
            let (person, act) = (try parameter("person", context), try parameter("act", context))
            let body = try await json(request)
            return await run(writes: true) {
                switch act {
                case "consent":
                    _ = try replica.giveConsent(statement(body), to: [person])
                    return try replica.personJSON(person)
                case "withdraw": return try replica.withdrawConsent(of: person)
                default: throw unknownAct(act)
                }
            }
        }
        api.post("consents") { request, _ in
            let body = try await json(request)
            return await run(writes: true) { try replica.giveConsent(statement(body), to: nil) }
        }
    }

    /// What is said of a consent.
    func statement(_ body: JSON) throws -> ConsentStatement {
        let fields = try BodyFields(body, ["given", "method", "fields", "purpose", "textVersion"])
        return try replica.consentStatement(
            given: fields.needed("given"), method: fields.text("method"), fields: fields.text("fields"),
            purpose: fields.text("purpose"), textVersion: fields.text("textVersion"), recordedBy: Self.recorder)
    }
}
