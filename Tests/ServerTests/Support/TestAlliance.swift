import Alliance
import CRDT
import Crypto
import Foundation
@testable import Hub
import Logging
@testable import Node
import Replica
import Serving
import Store
import Sync
import Synchronization
import Transport
import Wire

/// A hub that serves on a free port of this process, and nodes that joined it over HTTP.
final class TestAlliance: Sendable {
    let folder: Folder
    let hub: OpenReplica
    let server: Running
    /// The first node of each school.
    private let nodes = Mutex<[String: OpenReplica]>([:])

    static let anywhere = ServingOptions(
        host: "127.0.0.1", port: 0, tls: nil, isBehindProxy: false, allowsPlainHTTP: false)

    init(_ logger: Logger = .silent, heartbeat: Duration = .seconds(15), options: ServingOptions = anywhere)
        async throws
    {
        folder = try Folder()
        let hub = try OpenReplica.foundHub(folder.path + "/hub", alliance: "测试联盟")
        self.hub = hub
        for name in ["甲校", "乙校"] {
            _ = try hub.add(
                hub.values(["name=\(name)", "kind=technician"], in: hub.table("member")), to: hub.table("member"))
        }
        server = try await Self.serve(hub, logger, heartbeat, options)
    }

    static func serve(
        _ hub: OpenReplica, _ logger: Logger = .silent, _ heartbeat: Duration = .seconds(15),
        _ options: ServingOptions = anywhere
    ) async throws -> Running {
        let server = try HubServer(hub, options: options, acceptsClock: false, logger: logger, heartbeat: heartbeat)
        return try await Running { try await server.run(ready: $0) }
    }

    func invitation(_ school: String = "甲校") throws -> Invitation { try hub.invite(hub.member(school)).invitation }

    /// A node that has joined; it has not exchanged anything yet.
    /// - Parameter confirmed: whether an earlier node of the school, if there is one, confirms it.
    func join(_ name: String, _ school: String = "甲校", confirmed: Bool = true) async throws -> OpenReplica {
        let node = try await Joiner.join(
            "\(folder.path)/\(name)", hub: server.address, code: invitation(school).description, name: name,
            caFile: nil,
            allowsPlainHTTP: false)
        let earlier = nodes.withLock { $0[school] }
        nodes.withLock { if $0[school] == nil { $0[school] = node } }
        if confirmed, let earlier {
            _ = await SyncDriver(earlier).run()
            _ = try earlier.confirm(node.state().node.description)
            _ = await SyncDriver(earlier).run()
        }
        return node
    }

    /// The hub's folder as another process has it.
    func hubElsewhere() throws -> OpenReplica { try OpenReplica.open(hub.folder) }
}

extension OpenReplica {
    @discardableResult
    func addBase(_ name: String, _ more: [String] = []) throws -> RowKey {
        try add(values(["name=\(name)"] + more, in: table("base")), to: table("base"))
    }

    func bases() throws -> [String] {
        try list(table("base")).map { row in
            if case .text(let name)? = row[ColumnID(1)]?.value { name } else { "" }
        }.sorted()
    }

    @discardableResult
    func set(_ base: RowKey, _ assignments: String...) throws -> JSON {
        let table = try table("base")
        return try edit(find(base.id.description, in: table), of: table, assignments)
    }

    func alarms() throws -> [Alarm] { try store.read { try $0.alarms() } }
    func status() throws -> SyncStatus { try store.read { $0.status } }
    func pending() throws -> UInt64 { try store.read { try $0.pending().count } }

    /// Another address for the hub.
    func moveHub(to address: String) throws { try store.write { $0.state.hubURL = address } }

    /// The body that this node would send next.
    func exchangeBody() throws -> [UInt8] {
        var session = NodeSession(program: "test", key: key)
        guard case .exchange(let body) = try store.write({ try session.begin(in: $0, World.surroundings) }) else {
            return []
        }
        return body
    }
}

extension SyncReport {
    var refusal: Refusal? { if case .refused(let refusal) = outcome { refusal } else { nil } }
    var unreachable: Phrase? { if case .unreachable(let phrase) = outcome { phrase } else { nil } }
}
