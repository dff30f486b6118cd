import Accounts
import Alliance
import Board
import CRDT
import Foundation
import HTTPTypes
import Replica
import Web
import Wire

/// Members, the codes by which their nodes join, and the register of nodes.
extension HubConsole {
    func members(_ visit: Visit, made: HTML = "") throws -> Page {
        let all = try replica.registeredMembers()
        let names = Dictionary(all.map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })
        let words = (visit.query["q"] ?? "").lowercased().split(separator: " ")
        let found = all.filter { member in
            let text = "\(member.name) \(member.place) \(member.kind.zh) \(member.kind.en)".lowercased()
            return words.allSatisfy { text.contains($0) }
        }
        let shown = visit.query["all"] == "1" ? found.count : min(Self.membersShown, found.count)
        let lines = found.prefix(shown).map { line($0, visit) }
        let grid = Grid(
            "members", label: HubTexts.members,
            headings: [
                .init(HubTexts.memberName), .init(HubTexts.place), .init(HubTexts.nodes, isNumber: true),
                .init(HubTexts.state), .init(nil),
            ], lines: lines, isWhole: shown == all.count)
        let list: HTML =
            lines.isEmpty ? Parts.empty(.people, HubTexts.noSuchMembers, HubTexts.noNodesText) : grid.html
        let more: HTML =
            shown < found.count
            ? Parts.button(
                to: "/members?all=1&q=\(Self.escaped(visit.query["q"] ?? ""))", nil, HubTexts.showAll, style: "sm")
            : ""
        let footer: HTML = """
            <footer><span class="small muted">\(HubTexts.membersShownOf(shown, all.count))</span><span class="sp"></span>\(more)</footer>
            """
        let add: HTML =
            mayAct(visit)
            ? Parts.button(to: "/members/new", .plus, HubTexts.addMember, style: "pri", dialog: true) : ""
        let count = all.count { $0.left == 0 }
        return Page(
            HTML(HubTexts.members), place: "/members",
            """
            \(Parts.head(HTML(HubTexts.members), under: HTML(HubTexts.memberCount(count)), actions: add))\(made)\
            \(Parts.card("members-card", HubTexts.members, actions: search(visit), "\(list)\(footer)"))\
            <div class="two">\(try invitations(names, visit))\(try fingerprint())</div>
            """)
    }

    /// Rows of the table at first: members with nodes stand there.
    private static let membersShown = 40

    private static func escaped(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }

    private func search(_ visit: Visit) -> HTML {
        """
        <form method="get" action="/members" role="search" data-swap="content"><label class="find">\(Icon.search.html)\
        <span class="vh">\(HubTexts.findMember)</span><input type="search" name="q" value="\(visit.query["q"] ?? "")" \
        placeholder="\(HubTexts.findMember)"></label></form>
        """
    }

    private func line(_ member: RegisteredMember, _ visit: Visit) -> Grid.Line {
        let present = member.nodes.filter { $0.revoked == 0 }
        let pill =
            if member.left != 0 { Pill(.plain, nil, HubTexts.hasLeft) } else if member.isSecretariat {
                Pill(.info, nil, HubTexts.secretariat)
            } else if present.isEmpty {
                Pill(.plain, .clock, HubTexts.noNodeYet)
            } else {
                Pill(.ok, .check, HubTexts.takesPart)
            }
        let act: HTML = mayAct(visit) && member.left == 0 && !member.isSecretariat ? invitation(of: member, visit) : ""
        return Grid.Line([
            "<a href=\"/members/\(member.id.description)\"><b>\(member.name)</b></a><small>\(member.kind)</small>",
            HTML(text: member.place), HTML(text: "\(present.count)"), pill.html, act,
        ])
    }

    private func invitation(of member: RegisteredMember, _ visit: Visit) -> HTML {
        Form.button("/members/\(member.id)/invite", token: visit.token, .key, HubTexts.invite, style: "sm")
    }

    private func invitations(_ names: [MemberID: String], _ visit: Visit) throws -> HTML {
        let items = try replica.invitations().map { item -> HTML in
            let pill =
                item.isUsed ? Pill(.ok, .check, HubTexts.codeUsed) : Pill(.warn, .clock, HubTexts.codeWaits)
            let act: HTML =
                mayAct(visit) && !item.isUsed
                ? Form.button(
                    "/invitations/\(item.id)/withdraw", token: visit.token, nil, HubTexts.withdraw,
                    style: "sm ghost danger") : ""
            return """
                <li><div><b>\(names[item.member] ?? "")</b><p>\(HubTexts.goodUntil) \
                \(Parts.time(Int64(clamping: item.expires)))</p></div><div class="acts">\(pill.html)\(act)</div></li>
                """
        }
        let content: HTML =
            items.isEmpty
            ? Parts.empty(.key, HubTexts.noInvitations, HubTexts.noInvitationsText)
            : "<ul class=\"rows\">\(items)</ul>"
        return Parts.card("invitations", HubTexts.invitations, content)
    }

    private func fingerprint() throws -> HTML {
        Parts.card(
            "fingerprint", HubTexts.fingerprint,
            """
            <div class="body"><p class="secret"><code>\(Self.spaced(try replica.hubFingerprint()))</code></p>\
            <p class="muted small">\(HubTexts.fingerprintHint)</p></div>
            """)
    }

    /// In groups of four, as it is read out.
    static func spaced(_ digits: String) -> String {
        stride(from: 0, to: digits.count, by: 4).map { String(digits.dropFirst($0).prefix(4)) }.joined(separator: " ")
    }

    // MARK: One member

    private func found(_ visit: Visit) throws -> RegisteredMember {
        guard
            let member = try replica.registeredMembers().first(where: {
                $0.id.description == visit.parameters["member"]
            })
        else { throw CommandError(.refused, "absent", HubTexts.noSuchMember) }
        return member
    }

    func member(_ visit: Visit, made: HTML = "") throws -> Page {
        let member = try found(visit)
        let states = Dictionary(
            try latest.look().board.nodes.map { ($0.facts.id, $0) }, uniquingKeysWith: { first, _ in first })
        let lines = member.nodes.map { node -> Grid.Line in
            let state = states[node.id]?.pill ?? Pill(.plain, nil, HubTexts.unknown)
            let act: HTML =
                mayAct(visit) && node.revoked == 0
                ? Parts.button(
                    to: "/nodes/\(node.id)/revoke", nil, HubTexts.revoke, style: "sm ghost danger", dialog: true) : ""
            return Grid.Line([
                "<a href=\"/board/nodes/\(node.id.description)\"><b>\(node.name)</b></a>", state.html,
                Parts.time(Int64(clamping: node.joined)),
                "<code>\(Self.spaced(String(node.fingerprint.prefix(16))))</code>",
                act,
            ])
        }
        let grid = Grid(
            "nodes", label: HubTexts.nodes,
            headings: [
                .init(HubTexts.node), .init(HubTexts.state), .init(HubTexts.joined), .init(HubTexts.keyBegins),
                .init(nil),
            ], lines: lines)
        let list = lines.isEmpty ? Parts.empty(.nodes, HubTexts.noNodeYet, HubTexts.noNodeYetText) : grid.html
        let acts: HTML =
            mayAct(visit) && member.left == 0 && !member.isSecretariat
            ? invitation(of: member, visit)
                + Parts.button(
                    to: "/members/\(member.id)/leave", .leave, HubTexts.leave, style: "sm danger", dialog: true) : ""
        let left: HTML =
            member.left == 0
            ? "" : Note(.info, HubTexts.leftOn(ChinaTime.text(milliseconds: Int64(clamping: member.left)))).html
        return Page(
            HTML(text: member.name), place: "/members", above: [("/members", HTML(HubTexts.members))],
            """
            \(Parts.head(HTML(text: member.name), under: "\(member.kind) \(member.place)", actions: acts))\(made)\(left)\
            \(Parts.card("nodes-card", HubTexts.nodes, list))
            """)
    }

    /// The code is shown on this page and nowhere again.
    @Sendable func invite(_ visit: Visit) throws -> Reply {
        let member = try found(visit)
        let (invitation, expires) = try replica.invite(member.id)
        try accounts.note("POST /members/:member/invite", member.name, by: visit.who)
        let note = Note(
            .info, title: HubTexts.codeFor(member.name),
            HubTexts.codeHint(ChinaTime.text(milliseconds: Int64(clamping: expires / 1000 * 1000))),
            actions: "<p class=\"secret\"><code>\(invitation.description)</code></p>"
        )
        return .page(try self.member(visit, made: note.html))
    }

    @Sendable func withdraw(_ visit: Visit) throws -> Reply {
        let member = try replica.withdrawInvitation(visit.parameters["invitation"] ?? "")
        return .done("/members", "withdrawn", about: try replica.names().memberName(member) ?? "")
    }

    // MARK: A new one

    func newMember(_ visit: Visit, problem: Phrase? = nil) -> Page {
        var kinds: [(value: String, text: HTML)] = []
        if case .choice(let choices)? = replica.schema[.member]?.column(MemberColumn.kind)?.type {
            kinds = choices.filter { $0.code != "secretariat" }.map { ($0.code, HTML($0.title)) }
        }
        let note: HTML = problem.map { Note(.bad, $0).html } ?? ""
        let form = Form(
            "/members/new", token: visit.token,
            fields: [
                Field("name", HubTexts.memberName, value: visit.form["name"], isRequired: true, isWide: true),
                Field("kind", HubTexts.kind, .choice(kinds), value: visit.form["kind"], isRequired: true),
                Field("place", HubTexts.place, value: visit.form["place"]),
            ], hidden: [("key", visit.form["key"].isEmpty ? UUID().uuidString : visit.form["key"])],
            submit: HubTexts.addMember, note: "<div class=\"full\">\(note)</div>", back: "/members", columns: 2)
        return formPage(HubTexts.addMember, form, above: ("/members", HubTexts.members))
    }

    @Sendable func addMember(_ visit: Visit) throws -> Reply {
        let name = visit.form["name"].trimmingCharacters(in: .whitespacesAndNewlines)
        do {
            let table = try replica.table("member")
            let values = try replica.values(
                ["name=\(name)", "kind=\(visit.form["kind"])", "place=\(visit.form["place"])"], in: table)
            let key = try replica.add(values.filter { $0.value != .null }, to: table)
            return .done("/members/\(MemberID(rawValue: key.id.rawValue))", "added", about: name)
        } catch {
            return .page(
                newMember(visit, problem: CommandError(error).phrase), status: .unprocessableContent)
        }
    }

    // MARK: Leaving, revoking

    func leaving(_ visit: Visit, problem: Phrase? = nil) throws -> Page {
        let member = try found(visit)
        let form = Form(
            "/members/\(member.id)/leave", token: visit.token,
            fields: [
                Field(
                    "name", HubTexts.typeName(member.name), value: visit.form["name"], isRequired: true,
                    problem: problem)
            ], submit: HubTexts.leave, note: Note(.warn, HubTexts.leaveText(member.name, member.nodes.count)).html,
            back: "/members/\(member.id)")
        return formPage(
            HubTexts.leaveOf(member.name), form, above: ("/members/\(member.id)", Phrase(member.name, member.name)))
    }

    @Sendable func leave(_ visit: Visit) throws -> Reply {
        let member = try found(visit)
        guard visit.form["name"] == member.name else {
            return .page(try leaving(visit, problem: HubTexts.nameDiffers), status: .unprocessableContent)
        }
        _ = try replica.leave(member.id)
        latest.forget()
        return .done("/members/\(member.id)", "left", about: member.name)
    }

    private func node(_ visit: Visit) throws -> (member: RegisteredMember, node: RegisteredNode) {
        for member in try replica.registeredMembers() {
            if let node = member.nodes.first(where: { $0.id.description == visit.parameters["node"] }) {
                return (member, node)
            }
        }
        throw CommandError(.refused, "absent", HubTexts.noSuchNode)
    }

    func revocation(_ visit: Visit) throws -> Page {
        let (member, node) = try node(visit)
        let form = Form(
            "/nodes/\(node.id)/revoke", token: visit.token, fields: [], submit: HubTexts.revoke,
            note: Note(.warn, HubTexts.revokeText(member.name, node.name)).html, back: "/members/\(member.id)")
        return formPage(
            HubTexts.revokeOf(node.name), form, above: ("/members/\(member.id)", Phrase(member.name, member.name)))
    }

    @Sendable func revoke(_ visit: Visit) throws -> Reply {
        let (member, node) = try node(visit)
        _ = try replica.revoke(node.id.description)
        latest.forget()
        return .done("/members/\(member.id)", "revoked", about: "\(member.name) \(node.name)")
    }

    /// A page of one form, which opens as a dialog where there is script.
    func formPage(_ title: Phrase, _ form: Form, above: (address: String, title: Phrase)) -> Page {
        let root = "/" + (above.address.split(separator: "/").first ?? "")
        return Page(
            HTML(title), place: root, above: [(above.address, HTML(above.title))],
            "\(Parts.head(HTML(title)))<section class=\"card\"><div class=\"body\">\(form.html)</div></section>")
    }
}
