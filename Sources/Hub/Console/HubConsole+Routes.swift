import Accounts
import Web

extension HubConsole {
    static let readers: Route.Access = .roles([.operator, .auditor])
    static let operators: Route.Access = .roles([.operator])

    /// Who may do what: the one table of the secretariat's console. Auditors see all that operators see, and change
    /// nothing. Accounts are beside it, in the kit.
    var routes: [Route] {
        [
            .get("/board", Self.readers) { .page(try board($0)) },
            .get("/board.csv", Self.readers) { _ in try csv() },
            .get("/board/nodes/:node", Self.readers) { .page(try story($0)) },
            .post("/board/nodes/:node/copies", Self.operators, decideCopy),
            .get("/board/alerts", Self.readers) { .page(try alerts($0)) },
            .post("/board/alerts/acknowledge", Self.operators, acknowledge),
            .post("/board/alerts/quieten", Self.operators) { try quieten($0, for: 86_400_000) },
            .post("/board/alerts/tell", Self.operators) { try quieten($0, for: 0) },
            .get("/silences", Self.readers) { .page(try silences($0)) },
            .post("/silences", Self.operators, plan),
            .post("/silences/rules", Self.operators, setRules),
            .post("/silences/:id/call-off", Self.operators, callOff),

            .get("/members", Self.readers) { .page(try members($0)) },
            .get("/members/new", Self.operators) { .page(newMember($0)) },
            .post("/members/new", Self.operators, addMember),
            .get("/members/:member", Self.readers) { .page(try member($0)) },
            .post("/members/:member/invite", Self.operators, invite),
            .post("/invitations/:invitation/withdraw", Self.operators, withdraw),
            .get("/members/:member/leave", Self.operators) { .page(try leaving($0)) },
            .post("/members/:member/leave", Self.operators, leave),
            .get("/nodes/:node/revoke", Self.operators) { .page(try revocation($0)) },
            .post("/nodes/:node/revoke", Self.operators, revoke),

            .get("/requests", Self.readers) { .page(try requests($0)) },
            .post("/requests/:request/decline", Self.operators, decline),
            .get("/plans", Self.readers) { .page(try plans($0)) },
            .get("/plans/new", Self.operators) { .page(try newPlan($0)) },
            .post("/plans/new", Self.operators, makePlan),
            .post("/plans/:plan/total", Self.operators, setTotal),
            .post("/plans/:plan/allot", Self.operators, allot),

            .get("/quarantine", Self.readers) { .page(try quarantine($0)) },
            .get("/quarantine/:node", Self.operators) { .page(try statement($0)) },
            .post("/quarantine/:node", Self.operators, attest),
            .get("/recovery", Self.readers) { .page(try recovery($0)) },
            .post("/recovery/open", Self.operators, openRecovery),
            .post("/recovery/close", Self.operators, closeRecovery),
            .get("/journal", Self.readers) { .page(try journal($0)) },
        ]
    }

    func mayAct(_ visit: Visit) -> Bool { visit.role == .operator }
}
