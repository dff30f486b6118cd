import Accounts
import Web

extension NodeConsole {
    /// Who may do what: the one table of the school's console. Accounts are beside it, in the kit.
    var routes: [Route] {
        let all = Route.Access.roles([.administrator, .teacher, .viewer])
        let administrators = Route.Access.roles([.administrator])
        let bookers = Route.Access.roles([.administrator, .teacher])
        return [
            .get("/", all) { .page(try home($0)) },

            .get("/tables", all) { .page(try tables($0)) },
            .get("/tables/:table", all) { .page(try table($0)) },
            .get("/tables/:table/export", administrators, export),
            .get("/tables/:table/new", administrators) { .page(try newRow($0)) },
            .post("/tables/:table/new", administrators, addRow),
            .get("/tables/:table/rows/:id", all) { .page(try row($0)) },
            .get("/tables/:table/rows/:id/edit", administrators) { .page(try editor($0)) },
            .post("/tables/:table/rows/:id/edit", administrators, editRow),
            .get("/tables/:table/rows/:id/delete", administrators) { .page(try deletion($0)) },
            .post("/tables/:table/rows/:id/delete", administrators, deleteRow),
            .get("/tables/:table/import", administrators) { .page(try importer($0)) },
            .post("/tables/:table/import", administrators, upTo: NodeAPI.fileSizeMax, preview),
            .post("/tables/:table/import/write", administrators, writeImport),
            .post("/tables/:table/import/undo", administrators, undoImport),

            .get("/persons", administrators) { .page(try persons($0)) },
            .get("/persons/:person", administrators) { .page(try person($0)) },
            .get("/persons/:person/consent", administrators) { .page(try consentForm($0)) },
            .post("/persons/:person/consent", administrators, giveConsent),
            .get("/persons/:person/withdraw", administrators) { .page(try withdrawalForm($0)) },
            .post("/persons/:person/withdraw", administrators, withdrawConsent),
            .get("/persons/:person/forget", administrators) { .page(try forgettingForm($0)) },
            .post("/persons/:person/forget", administrators, forgetKept),
            .get("/persons/:person/export", administrators, exportPerson),
            .get("/persons/:person/json", administrators, exportPersonJSON),
            .post("/consents", administrators, giveAllConsents),

            .get("/conflicts", all) { .page(try conflicts($0)) },
            .post("/conflicts/:id", administrators, resolveConflict),
            .get("/rejected", all) { .page(try rejected($0)) },
            .post("/rejected/:id/:act", administrators, settleRejected),

            .get("/sync", all) { .page(try sync($0)) },
            .postWaiting("/sync/now", bookers, syncNow),
            .post("/sync/bundles/export", administrators, exportBundles),
            .get("/sync/bundles/:name", administrators, bundle),
            .post("/sync/bundles/import", administrators, upTo: NodeConsole.bundleMax, importBundle),
            .get("/sync/diagnosis", administrators, diagnosis),
            .get("/backup", administrators) { .page(try backup($0)) },
            .post("/backup", administrators, backUp),
            .get("/backup/:name", administrators, backupFile),

            .get("/quotas", all) { .page(try quotas($0)) },
            .get("/quotas/:plan", administrators) { .page(try plan($0)) },
            .post("/quotas/:plan/admit", administrators, admit),
            .post("/quotas/:plan/register", administrators, registerPlace),
            .post("/quotas/:plan/hand-over", administrators, handOver),
            .get("/duplicates", administrators) { .page(try duplicates($0)) },
            .get("/closures", all) { .page(try closures($0)) },
            .post("/closures", administrators, close),
            .get("/openings", all) { .page(try openings($0)) },
            .post("/openings", administrators, setOpenings),
            .post("/openings/clear", administrators, clearOpenings),
            .get("/allotments", all) { .page(try allotments($0)) },
            .post("/allotments", administrators, allot),
            .post("/allotments/:id/back", administrators, giveBack),
            .post("/quotas/:plan/release", administrators, releasePlaces),
            .post("/quotas/:plan/cancel", administrators, cancelPlace),
            .get("/requests", all) { .page(try requests($0)) },
            .post("/requests/:id/approve", administrators, approve),
            .post("/requests/:id/decline", administrators, decline),
            .get("/bookings", all) { .page(try bookings($0)) },
            .get("/find", all) { .page(try find($0)) },
            .get("/bookings/new", bookers, newBooking),
            .post("/bookings/new", bookers, book),
            .get("/bookings/series", bookers) { .page(try series($0)) },
            .post("/bookings/series", bookers, bookSeries),
            .get("/bookings/:id/cancel", bookers) { .page(try cancellation($0)) },
            .post("/bookings/:id/cancel", bookers, cancelBooking),
            .get("/bookings/:id/move", bookers) { .page(try moving($0)) },
            .post("/bookings/:id/move", bookers, moveBooking),
            .get("/feeds", bookers) { .page(try feeds($0)) },
            .post("/feeds", bookers, makeFeed),
            .post("/feeds/:id/rotate", bookers, rotateFeed),
            .post("/feeds/:id/revoke", bookers, revokeFeed),
            .get("/feed/:secret", .everyone, feed),
            .get("/calendar/:space", all) { .page(try calendar($0)) },
        ]
    }
}
