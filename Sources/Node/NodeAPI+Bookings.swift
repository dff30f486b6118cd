import Alliance
import CRDT
import Hummingbird
import Replica
import Serving

/// Time by the API: the same commands as the command line's.
extension NodeAPI {
    func bookings(_ api: RouterGroup<ServingContext>) {
        api.get("rights") { _, _ in await run { try replica.rights() } }
        api.get("spaces") { request, _ in
            let wish = try spaceWish(request)
            return await run { .array(try replica.spaces(wish).map { JSON($0) }) }
        }
        api.get("spaces/:space/week") { request, context in
            let space = try parameter("space", context)
            let date = request.uri.queryParameters["of"].map(String.init) ?? ""
            return await run { try replica.calendar(space, week: date) }
        }
        api.get("bookings") { request, _ in
            let series = try request.uri.queryParameters["series"].map { try rowID(String($0)) }
            let isAgainstRules = request.uri.queryParameters["against-rules"] != nil
            return await run {
                try isAgainstRules ? replica.bookingsAgainstRules() : replica.bookings(series: series)
            }
        }
        api.post("bookings") { request, _ in
            let fields = try BodyFields(try await json(request), BodyFields.booking.union(BodyFields.time))
            let wish = try fields.wish(try fields.time())
            return await run(writes: true) { try replica.book(wish) }
        }
        api.post("series") { request, _ in
            let wish = try series(try await json(request))
            return await run(writes: true) { try replica.book(wish) }
        }
        api.post("bookings/:id/cancel") { request, context in
            let id = try parameter("id", context)
            let (reason, key) = try await reasonAndKey(request)
            return await run(writes: true) {
                try replica.cancelBooking(id, because: reason, idempotencyKey: key)
            }
        }
        api.post("bookings/:id/move") { request, context in
            let id = try parameter("id", context)
            let fields = try BodyFields(try await json(request), BodyFields.time.union(["space", "idempotencyKey"]))
            let (time, space) = (try fields.time(), try fields.given("space"))
            let key = try fields.text("idempotencyKey")
            return await run(writes: true) { try replica.move(id, to: time, space: space, idempotencyKey: key) }
        }
    }

    /// What holders are asked, and what they give.
    func holdings(_ api: RouterGroup<ServingContext>) {
        api.get("requests") { _, _ in await run { try replica.requests() } }
        api.post("requests/:id/:act") { request, context in
            let (id, act) = (try parameter("id", context), try parameter("act", context))
            let (reason, key) = try await reasonAndKey(request)
            return await run(writes: true) {
                switch act {
                case "approve": try replica.approve(id, idempotencyKey: key)
                case "decline": try replica.decline(id, because: reason, idempotencyKey: key)
                default: throw unknownAct(act)
                }
            }
        }
        api.get("allotments") { _, _ in await run { try replica.allotments() } }
        api.post("allotments") { request, _ in
            let names: Set = ["space", "to", "weekdays", "weeks", "term", "workstations", "idempotencyKey"]
            let fields = try BodyFields(try await json(request), BodyFields.hours.union(names))
            var windows = OpenReplica.Windows(weekdays: try fields.needed("weekdays"), hours: try fields.hours())
            windows.term = try fields.text("term")
            windows.weeks = try fields.text("weeks")
            windows.workstations = try fields.number("workstations")
            let (space, member) = (try fields.needed("space"), try fields.given("to"))
            let key = try fields.text("idempotencyKey")
            return await run(writes: true) { [windows] in
                try replica.allot(space, windows, to: member, idempotencyKey: key)
            }
        }
        api.post("allotments/:id/back") { _, context in
            let id = try parameter("id", context)
            return await run(writes: true) { try replica.giveBack(id) }
        }
        api.post("releases") { request, _ in
            let fields = try BodyFields(
                try await json(request), ["space", "from", "to", "workstations", "member", "idempotencyKey"])
            let (space, member) = (try fields.needed("space"), try fields.given("member"))
            let (from, to) = (try fields.needed("from"), try fields.needed("to"))
            let (count, key) = (try fields.number("workstations") ?? 1, try fields.text("idempotencyKey"))
            return await run(writes: true) {
                try replica.releaseTime(
                    space, from: from, to: to, workstations: count, member: member, idempotencyKey: key)
            }
        }
        api.get("closures") { _, _ in await run { try replica.closures() } }
        api.post("closures") { request, _ in
            let fields = try BodyFields(try await json(request), ["space", "base", "from", "to", "kind", "reason"])
            let (space, base) = (try fields.given("space"), try fields.given("base"))
            let (from, to) = (try fields.needed("from"), try fields.needed("to"))
            let (kind, reason) = (try fields.given("kind") ?? "maintenance", try fields.text("reason"))
            return await run(writes: true) {
                try replica.close(space: space, base: base, from: from, to: to, kind: kind, reason: reason)
            }
        }
    }

    private func reasonAndKey(_ request: Request) async throws -> (reason: String, key: String) {
        let fields = try BodyFields(try await json(request), ["reason", "idempotencyKey"])
        return (try fields.text("reason"), try fields.text("idempotencyKey"))
    }

    private func spaceWish(_ request: Request) throws -> OpenReplica.SpaceWish {
        let query = request.uri.queryParameters
        var wish = OpenReplica.SpaceWish()
        wish.words = query["words"].map(String.init) ?? ""
        let times = BodyFields.time.compactMap { name in query[Substring(name)].map { (name, JSON.string(String($0))) }
        }
        if !times.isEmpty {
            let fields = JSON.object(Dictionary(times, uniquingKeysWith: { first, _ in first }))
            wish.time = try BodyFields(fields, BodyFields.time).time()
        }
        if let count = query["workstations"] {
            guard let count = Int(count) else {
                throw CommandError(
                    .usage, "address", Phrase("workstations 应为整数。", "workstations should be a whole number."))
            }
            wish.workstations = count
        }
        return wish
    }

    private func series(_ body: JSON) throws -> OpenReplica.SeriesWish {
        let names: Set = ["weeks", "weekdays", "parity", "term"]
        let fields = try BodyFields(body, BodyFields.booking.union(BodyFields.hours).union(names))
        var wish = OpenReplica.SeriesWish(
            try fields.wish(.periods(date: "", "")), weeks: try fields.needed("weeks"),
            weekdays: try fields.needed("weekdays"), hours: try fields.hours())
        wish.term = try fields.text("term")
        let parity = try fields.given("parity") ?? "all"
        guard let parity = OpenReplica.SeriesWish.Parity(rawValue: parity) else {
            throw CommandError(
                .usage, "body", Phrase("parity 应为 all、odd 或 even。", "parity should be all, odd or even."))
        }
        wish.parity = parity
        return wish
    }

    private func rowID(_ text: String) throws -> RowID {
        guard let id = RowID(text) else {
            throw CommandError(.usage, "address", Phrase("series 应为系列的编号。", "series should be the id of a series."))
        }
        return id
    }
}
