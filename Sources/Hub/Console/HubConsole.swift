import Accounts
import Alliance
import Board
import CRDT
import Replica
import Serving
import Store
import Sync
import Web

/// The secretariat's console: pages over the same commands that the command line has. Operators act; auditors read.
struct HubConsole: Sendable {
    let observer: Observer
    let accounts: AccountFile
    let live: LiveBoard

    private var replica: OpenReplica { observer.replica }

    func console(isSecure: Bool) throws -> Console {
        let state = try replica.state()
        return Console(
            name: "hub_\(state.member.description.suffix(6))", place: { state.alliance }, accounts: accounts,
            board: live,
            isSecure: isSecure, done: HubTexts.done, routes: routes, frame: frame)
    }

    static let readers: Route.Access = .roles([.operator, .auditor])
    static let operators: Route.Access = .roles([.operator])

    var routes: [Route] {
        [
            .get("/board", Self.readers) { .page(try board($0)) },
            .get("/board.csv", Self.readers) { _ in try csv() },
            .get("/board/nodes/:node", Self.readers) { .page(try story($0)) },
            .get("/board/alerts", Self.readers) { .page(try alerts($0)) },
            .post("/board/alerts/acknowledge", Self.operators, acknowledge),
            .post("/board/alerts/quieten", Self.operators) { try quieten($0, for: 86_400_000) },
            .post("/board/alerts/tell", Self.operators) { try quieten($0, for: 0) },
            .get("/journal", Self.readers) { .page(try journal($0)) },
        ]
    }

    // MARK: The frame

    @Sendable func frame(_ visit: Visit) throws -> Frame {
        let account = visit.session?.account
        let board = try observer.look()
        let urgent = board.open.contains { $0.severity == .urgent }
        let places = [
            Frame.Destination("/board", .pulse, HubTexts.board, short: HubTexts.boardShort),
            Frame.Destination(
                "/board/alerts", .warning, HubTexts.alerts, count: board.open.count, isHot: urgent,
                short: HubTexts.alerts),
            Frame.Destination("/journal", .list, HubTexts.journal, short: HubTexts.journal),
        ]
        var operations = [Frame.Destination("/audit", .shield, HubTexts.audit)]
        if account?.role == .operator {
            operations += [
                Frame.Destination("/users", .person, HubTexts.users),
                Frame.Destination("/programs", .nodes, HubTexts.programs),
            ]
        }
        return Frame(
            product: Texts.product, place: board.facts.alliance,
            groups: [.init(nil, places), .init(HubTexts.operations, operations)],
            user: .init(
                name: account?.display ?? "", role: account?.role.title ?? Phrase("", ""), address: "/account"),
            status: nil, stream: "/live")
    }

    // MARK: Pages

    private func tier(_ visit: Visit) -> Tier { visit.query["tier"].flatMap { Tier(name: $0) } ?? .day }
    private func mayAct(_ visit: Visit) -> Bool { visit.role == .operator }

    private func board(_ visit: Visit) throws -> Page {
        let look = try observer.look()
        let tier = tier(visit)
        return BoardPage(
            board: look, tier: tier, history: try observer.file.allianceSamples(tier, to: look.now),
            samples: try observer.file.samples(tier, to: look.now), lines: try observer.file.latestLines(9),
            names: names(look), token: visit.token, mayAct: mayAct(visit),
            filter: NodeFilter(show: visit.query["show"] ?? "", text: visit.query["q"] ?? "")
        ).page
    }

    private func names(_ board: HubBoard) -> [RowID: String] {
        Dictionary(uniqueKeysWithValues: board.nodes.map { ($0.facts.id, $0.facts.title) })
    }

    private func story(_ visit: Visit) throws -> Page {
        let look = try observer.look()
        let node = try observer.node(visit.parameters["node"] ?? "", on: look)
        let tier = tier(visit)
        return StoryPage(
            board: look, node: node, tier: tier,
            samples: try observer.file.samples(tier, to: look.now)[node.facts.id] ?? [],
            lines: try observer.file.lines(of: node.facts.id), token: visit.token, mayAct: mayAct(visit)
        ).page
    }

    private func alerts(_ visit: Visit) throws -> Page {
        let look = try observer.look()
        let items = look.alerts.filter { $0.phase != .waiting }.map {
            AlertItem($0, names(look), look.now, token: visit.token, mayAct: mayAct(visit)).html
        }
        let content: HTML =
            items.isEmpty
            ? Parts.empty(.check, HubTexts.noAlerts, HubTexts.noAlertsText) : "<ul class=\"rows\">\(items)</ul>"
        return Page(
            HTML(HubTexts.alerts), place: "/board/alerts",
            "\(Parts.head(HTML(HubTexts.alerts)))\(Parts.card("alerts", HubTexts.alerts, live: "board", content))")
    }

    private func journal(_ visit: Visit) throws -> Page {
        let before = visit.query["before"].flatMap { UInt64($0) }
        return JournalPage(journal: try replica.journalJSON(before: before), isNewest: before == nil).page
    }

    /// The nodes as a file for a spreadsheet.
    private func csv() throws -> Reply {
        let look = try observer.look()
        let bytes = BoardCSV.bytes(of: look)
        return .file(bytes, type: "text/csv; charset=utf-8", name: "nodes.csv")
    }

    // MARK: Acts

    private func key(_ visit: Visit) throws -> AlertKey {
        guard let key = AlertKey(name: visit.form["alert"]) else {
            throw CommandError(.usage, "alert", Phrase("没有这个告警，请刷新。", "There is no such alert; reload."))
        }
        return key
    }

    @Sendable private func acknowledge(_ visit: Visit) throws -> Reply {
        try observer.file.acknowledge(key(visit), by: visit.who, note: visit.form["note"], at: World.wall)
        return .done("/board/alerts", "acknowledged")
    }

    private func quieten(_ visit: Visit, for milliseconds: UInt64) throws -> Reply {
        let until = milliseconds == 0 ? 0 : World.wall + milliseconds
        try observer.file.quieten(key(visit), until: until, by: visit.who)
        return .done("/board/alerts", until == 0 ? "told" : "quiet")
    }
}
