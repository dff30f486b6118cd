import Hummingbird
import Replica
import Serving

/// Plans and places by the API: the same commands as the command line's.
extension NodeAPI {
    func places(_ api: RouterGroup<ServingContext>) {
        api.get("plans") { _, _ in await run { try replica.plans() } }
        api.get("duplicates") { _, _ in await run { try replica.duplicates() } }
        api.get("plans/:plan/admissions") { _, context in
            let plan = try parameter("plan", context)
            return await run { try replica.admissions(of: plan) }
        }
        api.post("plans/:plan/admissions") { request, context in
            let plan = try parameter("plan", context)
            let fields = try BodyFields(
                try await json(request), ["number", "name", "orderClass", "idempotencyKey"])
            var applicant = OpenReplica.Applicant()
            applicant.number = try fields.text("number")
            applicant.name = try fields.text("name")
            applicant.orderClass = try fields.text("orderClass")
            applicant.idempotencyKey = try fields.text("idempotencyKey")
            return await run(writes: true) { [applicant] in try replica.admit(applicant, to: plan) }
        }
        api.post("plans/:plan/places/:place/:act") { request, context in
            let (plan, place) = (try parameter("plan", context), try number("place", context))
            let act = try parameter("act", context)
            let fields = try BodyFields(try await json(request), ["reason", "on", "idempotencyKey"])
            let (reason, day) = (try fields.text("reason"), try fields.text("on"))
            let key = try fields.text("idempotencyKey")
            return await run(writes: true) {
                switch act {
                case "withdraw":
                    try replica.withdraw(place: place, of: plan, because: reason, idempotencyKey: key)
                case "register": try replica.register(place: place, of: plan, on: day)
                case "hand-over": try replica.handOver(place: place, of: plan, idempotencyKey: key)
                default: throw unknownAct(act)
                }
            }
        }
        api.post("plans/:plan/release") { request, context in
            let plan = try parameter("plan", context)
            let fields = try BodyFields(try await json(request), ["count", "to", "idempotencyKey"])
            let (count, member) = (try fields.number("count") ?? 0, try fields.given("to"))
            let key = try fields.text("idempotencyKey")
            return await run(writes: true) {
                try replica.releasePlaces(count, of: plan, to: member, idempotencyKey: key)
            }
        }
    }
}
