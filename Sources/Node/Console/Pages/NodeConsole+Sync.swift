import Alliance
import Foundation
import HTTPTypes
import Replica
import Store
import Sync
import Web

extension NodeConsole {
    /// The largest bundle that is taken, bytes.
    static let bundleMax = 256 << 20

    func sync(_ visit: Visit, done: HTML = "") throws -> Page {
        let standing = try Standing(replica)
        let content: HTML = """
            \(Parts.head(HTML(NodeTexts.sync), under: HTML(NodeTexts.syncText)))\(done)\(try syncCard(standing, visit))\
            \(alarmCard(standing))<div class="grid"><div class="col">\(try waitingCard(standing))\(facts(standing))\(logCard)</div>\
            <div class="col">\(try bundleCard(visit))</div></div>
            """
        return Page(HTML(NodeTexts.sync), place: "/sync", content)
    }

    private func alarmCard(_ standing: Standing) -> HTML {
        guard !standing.alarms.isEmpty else { return "" }
        let items = standing.alarms.map { alarm -> HTML in
            """
            <li class="bad"><span class="ai">\(Icon.warning.html)</span><div><b>\(alarm.kind.phrase)</b>\
            <p>\(alarm.subject) · \(NodeTexts.since) \(Parts.time(Int64(clamping: alarm.since)))</p></div></li>
            """
        }
        return Parts.card("alarms", NodeTexts.alarms, live: "state", "<ul class=\"rows\">\(items)</ul>")
    }

    private func facts(_ standing: Standing) -> HTML {
        let status = standing.status
        func line(_ name: Phrase, _ value: HTML) -> HTML { "<dt>\(name)</dt><dd>\(value)</dd>" }
        let failing: HTML =
            status.failingSince == 0
            ? HTML(NodeTexts.isNotFailing)
            : "\(Parts.time(Int64(clamping: status.failingSince))) \(Phrase(status.failureZh, status.failureEn))"
        let list: HTML = """
            <div class="body"><dl class="kv">\(line(NodeTexts.hub, HTML(text: standing.hubURL)))\
            \(line(NodeTexts.lastSuccess, Parts.time(Int64(clamping: status.lastSuccess), relative: true)))\
            \(line(NodeTexts.lastTry, Parts.time(Int64(clamping: status.lastAttempt), relative: true)))\
            \(line(NodeTexts.failing, failing))\
            \(line(NodeTexts.provedSame, Parts.time(Int64(clamping: status.provedAt), relative: true)))\
            \(line(NodeTexts.rev, HTML(NodeTexts.revs(standing.rev, status.hubHead))))\
            \(line(NodeTexts.waitingToSend, HTML(NodeTexts.pendingText(standing.pending))))</dl></div>
            """
        return Parts.card(
            "facts", NodeTexts.facts, live: "state", actions: Parts.link("/sync/diagnosis", NodeTexts.diagnosis), list)
    }

    private var logCard: HTML {
        let lines = log.newest.map { line -> HTML in
            let icon: Icon = line.isGood ? .check : .offline
            let text: HTML = line.failure.map { HTML($0) } ?? HTML(NodeTexts.exchanged(line.sent, line.received))
            return "<li>\(Parts.time(Int64(clamping: line.time)))\(icon.html)<span>\(text)</span></li>"
        }
        let list: HTML =
            lines.isEmpty ? Parts.empty(.list, NodeTexts.noLog, NodeTexts.noLogText) : "<ul class=\"log\">\(lines)</ul>"
        return Parts.card("log", NodeTexts.log, live: "state", list)
    }

    /// Syncs now, and waits for what comes of it.
    @Sendable func syncNow(_ visit: Visit) async throws -> Reply {
        let report = await driver.run()
        log.add(report)
        board.changed("state")
        let to = visit.referrer.hasPrefix("/sync") ? "/sync" : "/"
        // Where it could not, the page itself says so and why.
        return report.phrase == nil ? .done(to, "synced") : .seeOther(to)
    }

    // MARK: On a stick

    private var bundleFolder: String { replica.folder + "/bundles" }

    private func bundleCard(_ visit: Visit) throws -> HTML {
        guard isAdministrator(visit) else { return "" }
        let files = FolderFiles(bundleFolder).all
        let items = files.map { file -> HTML in
            """
            <li><span class="ai">\(Icon.stick.html)</span><div><b><a class="lnk" href="/sync/bundles/\(file.name)">\(file.name)</a></b>\
            <p>\(Parts.time(file.time)) · \(file.sizeText)</p></div></li>
            """
        }
        let take = Form(
            "/sync/bundles/import", token: visit.token,
            fields: [
                Field(
                    "file", NodeTexts.bundleFile, .file(accept: "*/*"), isRequired: true, hint: NodeTexts.bundleFileHint
                )
            ],
            submit: NodeTexts.takeBundle, hasFile: true, swaps: "content")
        let make = Form.button("/sync/bundles/export", token: visit.token, .upload, NodeTexts.makeBundle, style: "")
        return Parts.card(
            "bundles", NodeTexts.bundles,
            "<div class=\"body\"><p class=\"muted\">\(NodeTexts.bundlesText)</p>\(make)<ul class=\"rows\">\(items)</ul>\(take.html)</div>"
        )
    }

    @Sendable func exportBundles(_ visit: Visit) throws -> Reply {
        let folder = FolderFiles(bundleFolder)
        try folder.make()
        folder.clear()
        let (files, _, _) = try replica.exportBundles(to: bundleFolder)
        return .done("/sync", files.isEmpty ? "nothing-to-send" : "bundle")
    }

    @Sendable func bundle(_ visit: Visit) throws -> Reply {
        let name = visit.parameters["name"] ?? ""
        return .file(try FolderFiles(bundleFolder).read(name), type: "application/octet-stream", name: name)
    }

    @Sendable func importBundle(_ visit: Visit) throws -> Reply {
        guard let file = visit.form.files["file"], !file.bytes.isEmpty else {
            throw CommandError(.refused, "no-file", NodeTexts.noFile)
        }
        let folder = FolderFiles(replica.folder + "/incoming")
        try folder.make()
        let path = try folder.write(file.bytes, name: "bundle")
        defer { folder.clear() }
        let outcomes = try replica.importBundles([path])
        guard let outcome = outcomes.first?.outcome else { throw CommandError(.refused, "no-file", NodeTexts.noFile) }
        wake()
        switch outcome {
        case .taken(let new, let rev, _), .left(_, let new, let rev):
            return .page(try sync(visit, done: Note(.ok, NodeTexts.bundleTaken(new, rev)).html))
        case .incomplete(let missing):
            return .page(try sync(visit, done: Note(.warn, NodeTexts.bundleIncomplete(missing)).html))
        case .alarmed(let alarm): return .page(try sync(visit, done: Note(.bad, alarm.kind.phrase).html))
        case .refused(let error): throw error
        }
    }

    // MARK: For whoever helps

    /// How the node stands, without names and values.
    @Sendable func diagnosis(_ visit: Visit) throws -> Reply {
        guard case .object(var members) = try replica.statusJSON() else {
            throw CommandError(.refused, "failed", Texts.cut)
        }
        for name in ["memberName", "alliance", "waitingNodes"] { members[name] = nil }
        members["log"] = .array(
            log.newest.map {
                [
                    "time": JSON($0.time), "sent": JSON($0.sent), "received": JSON($0.received),
                    "failure": $0.failure.map { .string($0.en) } ?? .null,
                ]
            })
        let text = JSON.object(members).serialised(pretty: true)
        return .file(Array(text.utf8), type: "application/json", name: "jilian-diagnosis.json")
    }

    // MARK: Backup

    private var backupFolder: String { replica.folder + "/backups" }

    func backup(_ visit: Visit, problem: Phrase? = nil) throws -> Page {
        let note: HTML? = problem.map { Note(.bad, $0).html }
        let form = Form(
            "/backup", token: visit.token,
            fields: [
                Field(
                    "passphrase", NodeTexts.passphrase, .password(new: true), isRequired: true,
                    hint: NodeTexts.passphraseHint,
                    autocomplete: "new-password"),
                Field(
                    "again", NodeTexts.passphraseAgain, .password(new: true), isRequired: true,
                    autocomplete: "new-password"),
            ], submit: NodeTexts.backUpNow, note: note ?? "", swaps: "content", username: "jilian")
        let items = FolderFiles(backupFolder).all.map { file -> HTML in
            """
            <li><span class="ai">\(Icon.box.html)</span><div><b><a class="lnk" href="/backup/\(file.name)">\(file.name)</a></b>\
            <p>\(Parts.time(file.time)) · \(file.sizeText)</p></div></li>
            """
        }
        let list: HTML =
            items.isEmpty
            ? Parts.empty(.box, NodeTexts.noBackups, NodeTexts.noBackupsText) : "<ul class=\"rows\">\(items)</ul>"
        let content: HTML = """
            \(Parts.head(HTML(NodeTexts.backup), under: HTML(NodeTexts.backupText)))<div class="grid"><div class="col">\
            \(Parts.card("files", NodeTexts.backups, list))</div><div class="col">\
            \(Parts.card("make", NodeTexts.backUpNow, "<div class=\"body\">\(form.html)</div>"))\
            \(Parts.card("back", NodeTexts.restore, "<div class=\"body\"><p>\(NodeTexts.restoreText)</p><p><code>\(NodeTexts.restoreCommand)</code></p></div>"))</div></div>
            """
        return Page(HTML(NodeTexts.backup), place: "/backup", content)
    }

    @Sendable func backUp(_ visit: Visit) throws -> Reply {
        do {
            guard visit.form["passphrase"] == visit.form["again"] else {
                throw CommandError(.refused, "again", NodeTexts.passphrasesDiffer)
            }
            let folder = FolderFiles(backupFolder)
            try folder.make()
            let stamp = ChinaTime.text(milliseconds: Int64(clamping: World.wall)).prefix(19)
            let name = "jilian-" + stamp.filter(\.isNumber) + ".backup"
            _ = try replica.backUp(to: "\(backupFolder)/\(name)", passphrase: visit.form["passphrase"])
            return .done("/backup", "backed-up")
        } catch {
            return .page(try backup(visit, problem: CommandError(error).phrase), status: .unprocessableContent)
        }
    }

    @Sendable func backupFile(_ visit: Visit) throws -> Reply {
        let name = visit.parameters["name"] ?? ""
        return .file(try FolderFiles(backupFolder).read(name), type: "application/octet-stream", name: name)
    }
}
