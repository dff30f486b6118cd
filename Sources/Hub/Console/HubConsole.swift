import Accounts
import Alliance
import Board
import CRDT
import Replica
import Serving
import Sync
import Web

/// The secretariat's console: pages over the same commands that the command line has. Operators act; auditors read.
struct HubConsole: Sendable {
    let latest: LatestBoard
    let accounts: AccountFile
    let live: LiveBoard

    var observer: Observer { latest.observer }
    var replica: OpenReplica { observer.replica }

    func console(_ options: ServingOptions) throws -> Console {
        let state = try replica.state()
        return Console(
            name: "hub_\(state.member.description.suffix(6))", place: { state.alliance }, accounts: accounts,
            board: live,
            isSecure: options.isSecure, certificate: options.own, done: HubTexts.done, routes: routes, frame: frame)
    }

    // MARK: The frame

    @Sendable func frame(_ visit: Visit) throws -> Frame {
        let account = visit.session?.account
        let look = try latest.look()
        let urgent = look.open.contains { $0.severity == .urgent }
        let places = [
            Frame.Destination("/board", .pulse, HubTexts.board, short: HubTexts.boardShort),
            Frame.Destination(
                "/board/alerts", .warning, HubTexts.alerts, count: look.open.count, isHot: urgent,
                short: HubTexts.alerts),
        ]
        let facts = look.board.facts
        let alliance = [
            Frame.Destination("/members", .people, HubTexts.members, short: HubTexts.membersShort),
            Frame.Destination(
                "/requests", .calendar, HubTexts.requests, count: facts.openRequests, short: HubTexts.requestsShort),
            Frame.Destination("/plans", .key, HubTexts.plans),
            Frame.Destination("/quarantine", .box, HubTexts.quarantine),
        ]
        var operations = [
            Frame.Destination(
                "/recovery", .undo, HubTexts.recovery, count: facts.recoveringSince == 0 ? 0 : 1, isHot: true),
            Frame.Destination("/silences", .clock, HubTexts.silences),
            Frame.Destination("/journal", .list, HubTexts.journal),
            Frame.Destination("/audit", .shield, HubTexts.audit),
        ]
        if account?.role == .operator {
            operations += [
                Frame.Destination("/users", .person, HubTexts.users),
                Frame.Destination("/programs", .nodes, HubTexts.programs),
            ]
        }
        return Frame(
            product: Texts.product, place: look.board.facts.alliance,
            groups: [
                .init(nil, places), .init(HubTexts.alliance, alliance), .init(HubTexts.operations, operations),
            ],
            user: .init(
                name: account?.display ?? "", role: account?.role.title ?? Phrase("", ""), address: "/account"),
            status: nil, stream: "/live")
    }

    // MARK: Pages

    private func tier(_ visit: Visit) -> Tier { visit.query["tier"].flatMap { Tier(name: $0) } ?? .day }

    func board(_ visit: Visit) throws -> Page {
        let look = try latest.look()
        let tier = tier(visit)
        return BoardPage(
            look: look, tier: tier, history: try observer.file.allianceSamples(tier, to: look.board.now),
            lags: try latest.lags(tier), lines: try observer.file.latestLines(9), token: visit.token,
            mayAct: mayAct(visit), filter: NodeFilter(show: visit.query["show"] ?? "", text: visit.query["q"] ?? ""),
            isWhole: visit.query["all"] == "1"
        ).page
    }

    func story(_ visit: Visit) throws -> Page {
        let name = visit.parameters["node"] ?? ""
        // A node that has just joined is not on the last look.
        if try !latest.look().board.nodes.contains(where: { $0.facts.id.description == name }) { latest.forget() }
        let board = try latest.look().board
        let node = try observer.node(name, on: board)
        let tier = tier(visit)
        return StoryPage(
            board: board, node: node, tier: tier,
            samples: try observer.file.samples(tier, of: node.facts.id, to: board.now),
            lines: try observer.file.lines(of: node.facts.id), token: visit.token, mayAct: mayAct(visit)
        ).page
    }

    func alerts(_ visit: Visit) throws -> Page {
        let look = try latest.look()
        let items = look.board.alerts.filter { $0.phase != .waiting }.map {
            AlertItem(
                $0, look.names, look.board.now, token: visit.token, mayAct: mayAct(visit), hasNote: true
            ).html
        }
        let content: HTML =
            items.isEmpty
            ? Parts.empty(.check, HubTexts.noAlerts, HubTexts.noAlertsText) : "<ul class=\"rows\">\(items)</ul>"
        return Page(
            HTML(HubTexts.alerts), place: "/board/alerts",
            "\(Parts.head(HTML(HubTexts.alerts)))\(Parts.card("alerts", HubTexts.alerts, live: "board", content))")
    }

    func journal(_ visit: Visit) throws -> Page {
        let before = visit.query["before"].flatMap { UInt64($0) }
        let node = visit.query["node"].flatMap { $0.isEmpty ? nil : $0 }
        return JournalPage(
            journal: try replica.journalJSON(before: before, node: node), node: node, isNewest: before == nil
        ).page
    }

    /// The nodes as a file for a spreadsheet.
    func csv() throws -> Reply {
        let bytes = BoardCSV.bytes(of: try latest.look().board)
        return .file(bytes, type: "text/csv; charset=utf-8", name: "nodes.csv")
    }

    // MARK: Acts

    private func key(_ visit: Visit) throws -> AlertKey {
        guard let key = AlertKey(name: visit.form["alert"]) else {
            throw CommandError(.usage, "alert", Phrase("没有这个告警，请刷新。", "There is no such alert; reload."))
        }
        return key
    }

    @Sendable func acknowledge(_ visit: Visit) throws -> Reply {
        let key = try key(visit)
        try observer.file.acknowledge(key, by: visit.who, note: visit.form["note"], at: World.wall)
        latest.forget()
        return .done("/board/alerts", "acknowledged", about: key.name)
    }

    func quieten(_ visit: Visit, for milliseconds: UInt64) throws -> Reply {
        let until = milliseconds == 0 ? 0 : World.wall + milliseconds
        let key = try key(visit)
        try observer.file.quieten(key, until: until, by: visit.who)
        latest.forget()
        return .done("/board/alerts", until == 0 ? "told" : "quiet", about: key.name)
    }
}
