import Accounts
import Alliance
import Replica

extension Console {
    private var chiefs: Route.Access { .roles(Set(accounts.roles.filter(\.isChief))) }
    /// Everybody who has signed in.
    public var members: Route.Access { .roles(Set(accounts.roles)) }
    private var auditors: Route.Access { .roles(Set(accounts.roles.filter { $0.isChief || $0 == .auditor })) }

    /// Accounts, sessions, tokens and the audit list: the same in every console.
    var accountRoutes: [Route] {
        [
            .get("/sign-in", .everyone) { signIn($0, to: $0.query["to"] ?? "/") },
            .postWaiting("/sign-in", .everyone, enter),
            .post("/sign-out", members, leave),
            .get("/link/:link", .everyone) { try link($0) },
            .postWaiting("/link/:link", .everyone, useLink),
            .post("/preferences", .everyone, prefer),
            .get("/certificate", .everyone) { try certificatePage($0) },
            .get("/certificate/ca.crt", .everyone) { _ in try authorityFile() },
            .stream("/live", members),
            .get("/account", members) { .page(try ownAccount($0)) },
            .postWaiting("/account/password", members, changePassword),
            .post("/account/sessions/end", members, endOwnSession),
            .get("/users", chiefs) { .page(try users($0)) },
            .post("/users/invite", chiefs, invite),
            .post("/users/:name/role", chiefs, setRole),
            .post("/users/:name/close", chiefs, closeAccount),
            .post("/users/:name/reopen", chiefs, reopenAccount),
            .post("/users/:name/reset", chiefs, resetAccount),
            .post("/users/sessions/end", chiefs, endAnySession),
            .get("/programs", chiefs) { .page(try programs($0)) },
            .post("/programs", chiefs, makeProgram),
            .post("/programs/:id/revoke", chiefs, revokeProgram),
            .get("/audit", auditors) { .page(try audit($0)) },
        ]
    }
}
