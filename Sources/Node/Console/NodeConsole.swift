import Accounts
import Alliance
import CRDT
import Replica
import Serving
import Store
import Sync
import Web

/// The school's console: pages over the same commands that the command line has.
struct NodeConsole: Sendable {
    let replica: OpenReplica
    let driver: SyncDriver
    let accounts: AccountFile
    let board: LiveBoard
    let log: SyncLog
    /// Called when something was written.
    let wake: @Sendable () -> Void
    let uploads = Uploads()

    /// The console as the kit serves it.
    func console(_ options: ServingOptions) throws -> Console {
        let state = try replica.state()
        let member = state.member.description
        return Console(
            name: "node_\(member.suffix(6))", place: { schoolName }, accounts: accounts, board: board,
            isSecure: options.isSecure, certificate: options.own,
            done: NodeTexts.done, routes: routes, frame: frame)
    }

    /// The school's name as the register has it; empty before the first sync.
    var schoolName: String {
        guard let member = try? replica.state().member, let names = try? replica.names() else { return "" }
        return names.memberName(member) ?? ""
    }

    // MARK: The frame

    @Sendable func frame(_ visit: Visit) throws -> Frame {
        let standing = try Standing(replica)
        let account = visit.session?.account
        let isAdministrator = account?.role == .administrator
        let work = [
            Frame.Destination("/", .home, NodeTexts.home, short: NodeTexts.home),
            Frame.Destination("/bookings", .calendar, NodeTexts.bookings, short: NodeTexts.bookingsShort),
            Frame.Destination("/find", .search, NodeTexts.findSpace),
            Frame.Destination(
                "/conflicts", .inbox, NodeTexts.conflicts, count: standing.conflicts, isHot: true,
                short: NodeTexts.conflictsShort),
            Frame.Destination("/tables/base", .factory, NodeTexts.bases),
            Frame.Destination("/tables/space", .box, NodeTexts.spaces),
            Frame.Destination("/tables/teacher", .people, NodeTexts.teachers),
            Frame.Destination("/tables", .book, NodeTexts.tables),
        ]
        var management = [
            Frame.Destination("/requests", .list, NodeTexts.requests),
            Frame.Destination("/quotas", .key, NodeTexts.quotas),
            Frame.Destination("/allotments", .calendar, NodeTexts.allotments),
            Frame.Destination("/closures", .gear, NodeTexts.closures),
            Frame.Destination("/rejected", .undo, NodeTexts.rejected, count: standing.rejected, isHot: true),
            Frame.Destination(
                "/sync", .sync, NodeTexts.sync, count: standing.pending, short: NodeTexts.syncShort),
        ]
        if isAdministrator {
            management += [
                Frame.Destination("/persons", .shield, NodeTexts.consents),
                Frame.Destination("/backup", .download, NodeTexts.backup),
                Frame.Destination("/users", .person, NodeTexts.users),
                Frame.Destination("/programs", .nodes, NodeTexts.programs),
                Frame.Destination("/audit", .shield, NodeTexts.audit),
            ]
        }
        return Frame(
            product: Texts.product, place: schoolName,
            groups: [.init(nil, work), .init(NodeTexts.management, management)],
            user: .init(
                name: account?.display ?? "", role: account?.role.title ?? Phrase("", ""), address: "/account"),
            status: (standing.pill, "/sync"), stream: "/live")
    }

    // MARK: Means

    /// A text or number of a row, empty or 0 for none.
    static func text(_ row: RowState, _ column: ColumnID) -> String {
        if case .text(let text)? = row[column]?.value { text } else { "" }
    }

    static func number(_ row: RowState, _ column: ColumnID) -> Int64 {
        if case .integer(let number)? = row[column]?.value { number } else { 0 }
    }

    func isAdministrator(_ visit: Visit) -> Bool { visit.role == .administrator }
}
