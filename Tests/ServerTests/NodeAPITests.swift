import Alliance
import CRDT
import Foundation
import Logging
@testable import Node
import Replica
import Store
import Sync
import Testing
import Transport
import Wire

/// The node's JSON API.
@Suite(.timeLimit(.minutes(3))) struct NodeAPITests {
    private let rows = "/api/v1/tables/base/rows"

    private func served() async throws -> TestNode {
        let alliance = try await TestAlliance()
        let node = try await TestNode(alliance.join("a"), of: alliance)
        try await eventually("a proof") { try node.replica.status().provedAt > 0 }
        return node
    }

    @Test func `every route answers`() async throws {
        let node = try await served()
        let status = try await node.call("GET", "/api/v1/status")
        #expect(status.status == 200 && status.json?["memberName"] == "甲校" && status.json?["pending"] == 0)
        #expect(try await node.call("GET", "/healthz").json?["status"] == "ok")
        #expect(try await node.call("GET", "/readyz").json?["status"] == "ready")
        let tables = try await node.call("GET", "/api/v1/tables")
        #expect(tables.json?.items.count == Schema.current.tables.count)
        for table in Schema.current.tables {
            let list = try await node.call("GET", "/api/v1/tables/\(table.name)/rows")
            #expect(list.status == 200 && list.json != nil, "\(table.name)")
        }
        let made = try await node.call("POST", rows, ["values": ["name": "一号/基地", "open": true, "note": .null]])
        let id = try #require(made.json?["id"]?.text)
        #expect(made.status == 200)
        #expect(try await node.call("GET", rows).json?.items.first?["name"] == "一号/基地")
        let named = "一号/基地".addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        for path in [id, named] {
            let row = try await node.call("GET", "\(rows)/\(path)")
            #expect(row.status == 200 && row.json?["columns"]?["open"]?["value"] == true, "\(path)")
        }
        let edited = try await node.call("PATCH", "\(rows)/\(named)", ["values": ["note": "改"]])
        #expect(edited.status == 200 && edited.json?["changed"] == 1)
        #expect(try await node.call("PATCH", "\(rows)/\(id)", ["values": ["note": "改"]]).json?["changed"] == 0)
        let synced = try await node.call("POST", "/api/v1/sync")
        #expect(synced.status == 200 && synced.json?["outcome"] == "proved", "\(synced)")
        #expect(try await node.call("DELETE", "\(rows)/\(id)").json?["changed"] == 1)
        #expect(try await node.call("GET", "\(rows)/\(id)").status == 404)
        for path in ["conflicts", "conflicts?all", "rejected"] {
            let list = try await node.call("GET", "/api/v1/\(path)")
            #expect(list.status == 200 && list.json == [], "\(path)")
        }
    }

    @Test func `only programs of this machine are let in, and no web page`() async throws {
        let node = try await served()
        let refused: [[(name: String, value: String)]] = [
            [("Host", "evil.example")], [("Host", "127.0.0.1.evil.example:80")], [("Host", "127.evil")],
            [("Host", "localhost.evil.example")], [("Origin", "http://evil.example")], [("Origin", "null")],
            [("Origin", node.server.address)],
        ]
        for headers in refused {
            // An own page of the console names its origin too; those of others are known by their lack of a token.
            let more = headers[0].name == "Host" ? ["/nothing", "/", "/sign-in"] : []
            for path in ["/api/v1/status", "/healthz"] + more {
                let answer = try await node.call("GET", path, headers: headers)
                #expect(
                    answer.status == 403 && answer.code == "not-local" && answer.isWorded,
                    "\(headers) \(path): \(answer)")
            }
        }
        for host in ["localhost", "127.0.0.1:9", "[::1]:80"] {
            #expect(try await node.call("GET", "/healthz", headers: [("Host", host)]).status == 200)
        }
    }

    @Test func `only who can read the data folder is let in`() async throws {
        let node = try await served()
        let token = try node.token
        let attributes = try FileManager.default.attributesOfItem(atPath: node.replica.folder + "/api-token")
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        for given in ["", "Bearer", "Bearer ", "Bearer \(String(token.reversed()))", "Bearer \(token)0", token] {
            for (method, path) in [("GET", "/api/v1/status"), ("POST", rows), ("GET", "/api/v1/nope")] {
                let answer = try await node.call(method, path, headers: [("Authorization", given)])
                #expect(answer.status == 403 && answer.code == "token" && answer.isWorded, "\(given.prefix(9)) \(path)")
            }
            #expect(try await node.call("GET", "/healthz", headers: [("Authorization", given)]).status == 200)
        }
        #expect(try await node.call("GET", "/api/v1/status").status == 200)
        #expect(token.count == 64)
        #expect(try APIToken(newIn: node.replica.folder).text != token)
    }

    @Test func `what can't be understood is said in both languages`() async throws {
        let node = try await served()
        let id = try node.replica.addBase("基地").id.description
        let long = String(repeating: "长", count: 200)
        let cases: [(String, String, String, Int, String)] = [
            ("POST", rows, "{", 400, "json"), ("POST", rows, "", 400, "json"), ("POST", rows, "[1]", 400, "body"),
            ("POST", rows, "{\"values\": 3}", 400, "body"),
            ("POST", rows, "{\"values\": {\"name\": 1.5}}", 400, "json"),
            ("POST", rows, "{\"values\": {\"name\": {}}}", 400, "value"),
            ("POST", rows, "{\"values\": {\"nope\": \"x\"}}", 400, "unknown-column"),
            ("POST", rows, "{\"values\": {\"name\": \"\(long)\"}}", 422, "value"),
            ("POST", rows, "{\"values\": {\"note\": \"无名\"}}", 403, "not-allowed"),
            ("POST", rows, "{\"values\": {\"name\": \"基地\"}}", 409, "exists"),
            ("POST", rows, "{\"values\": {\"name\": \"b\", \"open\": \"或许\"}}", 422, "value"),
            ("POST", "/api/v1/tables/nope/rows", "{\"values\": {}}", 404, "unknown-table"),
            (
                "POST", "/api/v1/tables/member/rows", "{\"values\": {\"name\": \"丙校\", \"kind\": \"technician\"}}", 403,
                "not-allowed"
            ),
            ("GET", "/api/v1/tables/nope/rows", "", 404, "unknown-table"), ("GET", "\(rows)/nope", "", 404, "absent"),
            ("GET", "\(rows)/%FF", "", 400, "address"),
            ("PATCH", "\(rows)/nope", "{\"values\": {\"note\": \"x\"}}", 404, "absent"),
            ("PATCH", "\(rows)/\(id)", "{\"values\": {\"note\": \"x\"}, \"shown\": [1]}", 400, "shown"),
            ("PATCH", "\(rows)/\(id)", "{\"values\": {\"note\": \"x\"}, \"shown\": {\"note\": \"?\"}}", 400, "stamp"),
            ("PATCH", "\(rows)/\(id)", "{\"values\": {\"note\": \"x\"}, \"shown\": {\"nope\": \"?\"}}", 400, "stamp"),
            ("DELETE", "\(rows)/nope", "", 404, "absent"), ("POST", "/api/v1/conflicts/nope/keep", "", 404, "absent"),
            ("POST", "/api/v1/rejected/x/retry", "", 400, "id"),
            ("POST", "/api/v1/rejected/7/retry", "", 404, "absent"),
            ("POST", "/api/v1/rejected/7/nope", "", 400, "act"), ("GET", "/api/v1/nope", "", 404, "no-route"),
            ("PUT", "/api/v1/status", "", 404, "no-route"), ("GET", "/api/", "", 404, "no-route"),
            ("POST", "/api/v1/tables/nope/import", "姓名\n", 404, "unknown-table"),
        ]
        for (method, path, body, status, code) in cases {
            let answer = try await node.call(method, path, Array(body.utf8))
            #expect(
                answer.status == status && answer.code == code && answer.isWorded,
                "\(method) \(path) \(body.prefix(60)): \(answer.status) \(answer.json?.serialised() ?? "-")")
        }
        #expect(try node.replica.bases() == ["基地"])
    }

    @Test func `a cell that has moved since it was shown is not written, and both values are told`() async throws {
        let node = try await served()
        let base = try node.replica.addBase("基地", ["note=旧"])
        let path = "\(rows)/\(base.id)"
        let shown = try await node.call("GET", path).json?["columns"]?["note"]?["stamp"]
        let stamp = try #require(shown)
        try node.replica.set(base, "note=别处改的")
        let stale = try await node.call("PATCH", path, ["values": ["note": "我改的"], "shown": ["note": stamp]])
        #expect(stale.status == 409 && stale.code == "stale" && stale.isWorded)
        let detail = stale.json?["error"]?["details"]?.items.first
        #expect(detail?["now"] == "别处改的" && detail?["wanted"] == "我改的" && detail?["column"] == "note")
        let now = try #require(detail?["stamp"])
        let written = try await node.call("PATCH", path, ["values": ["note": "我改的"], "shown": ["note": now]])
        #expect(written.status == 200 && written.json?["changed"] == 1)
    }

    @Test func `a body over four mebibytes is refused, and the connection goes on`() async throws {
        let node = try await served()
        let large = [UInt8](repeating: UInt8(ascii: " "), count: JSON.sizeMax + 1)
        let answer = try await node.call("POST", rows, large)
        #expect(answer.status == 413 && answer.code == "too-large" && answer.isWorded)
        let fits =
            Array(repeating: UInt8(ascii: " "), count: JSON.sizeMax - 40)
            + Array("{\"values\": {\"name\": \"基地\"}}".utf8)
        #expect(try await node.call("POST", rows, fits).status == 200)
        let file = [UInt8](repeating: UInt8(ascii: "x"), count: NodeAPI.fileSizeMax + 1)
        let imported = try await node.call("POST", "/api/v1/tables/base/import", file)
        #expect(imported.status == 413 && imported.code == "too-large")
    }

    @Test func `an import with problems writes nothing and says which lines`() async throws {
        let node = try await served()
        let path = "/api/v1/tables/base/import"
        let bad = Array("实训基地名称,等级\n基地一,五星\n基地二,九星\n".utf8)
        let refused = try await node.call("POST", path, bad)
        #expect(refused.status == 422 && refused.json?["problemCount"] == 1)
        let problem = refused.json?["problems"]?.items.first
        #expect(
            problem?["line"] == 3 && problem?["zh"]?.text?.isEmpty == false && problem?["en"]?.text?.isEmpty == false)
        #expect(try node.replica.bases() == [])
        let preview = try await node.call("POST", path + "?dry-run", bad)
        #expect(preview.status == 200 && preview.json?["problemCount"] == 1)
        let good = Array("实训基地名称,等级\n基地一,五星\n基地二,二星\n".utf8)
        #expect(try await node.call("POST", path + "?dry-run", good).json?["created"] == 2)
        #expect(try node.replica.bases() == [])
        let done = try await node.call("POST", path, good)
        #expect(done.status == 200 && done.json?["created"] == 2)
        #expect(try await node.call("POST", path, good).json?["unchanged"] == 2)
        let nothing = try await node.call("POST", path, [])
        #expect(nothing.status == 422 && nothing.isWorded, "\(nothing)")
        let foreign = try await node.call("POST", path, Array("甲,乙\n1,2\n".utf8))
        #expect((400..<500).contains(foreign.status) && foreign.isWorded, "\(foreign)")
    }

    @Test func `a conflict is seen and resolved, and not twice`() async throws {
        let node = try await served()
        let base = try node.replica.addBase("基地", ["note=0", "address=0"])
        #expect(await SyncDriver(node.replica).run().name == "proved")
        let second = try await node.alliance.join("a2")
        #expect(await SyncDriver(second).run().name == "proved")
        // Both edit the same cells without having seen each other.
        let hubURL = node.alliance.server.address
        try node.replica.moveHub(to: "http://127.0.0.1:1")
        try node.replica.set(base, "note=一", "address=一")
        try await eventually("a later millisecond") { World.wall % 3 == 0 }
        try second.set(base, "note=二", "address=二")
        #expect(await SyncDriver(second).run().name == "proved")
        try node.replica.moveHub(to: hubURL)
        #expect(await SyncDriver(node.replica).run().name == "proved")
        let open = try #require(try await node.call("GET", "/api/v1/conflicts").json?.items)
        #expect(open.count == 2)
        for (item, act) in zip(open, ["restore", "keep"]) {
            let id = item["id"]?.text ?? ""
            #expect(item["winning"]?["value"] != item["losing"]?["value"])
            #expect(try await node.call("POST", "/api/v1/conflicts/\(id)/nope").code == "act")
            #expect(try await node.call("POST", "/api/v1/conflicts/\(id)/\(act)").status == 200)
            let again = try await node.call("POST", "/api/v1/conflicts/\(id)/\(act)")
            #expect(again.status == 409 && again.code == "resolved" && again.isWorded)
        }
        #expect(try await node.call("GET", "/api/v1/conflicts").json == [])
        #expect(try await node.call("GET", "/api/v1/conflicts?all").json?.items.count == 2)
    }
}
