import Alliance
import CRDT
import Crypto
import Store
public import Sync
public import Wire

/// Exchanges on a stick (离线包).
extension OpenReplica {
    /// What became of a bundle that was to be taken.
    public enum BundleOutcome: Sendable {
        /// It was read; so many segments or entries of it were not here before.
        case taken(new: Int, rev: UInt64, proved: Bool)
        /// As `taken`, but the hub left the rest where it is.
        case left(Refusal, new: Int, rev: UInt64)
        /// Kept, with so many parts of its snapshot still to come.
        case incomplete(missing: Int)
        /// An alarm stands that stops the sync.
        case alarmed(Alarm)
        case refused(CommandError)
    }

    private func signingKeys() throws -> [Curve25519.Signing.PrivateKey] { [key] + (try formerKeys()) }

    // MARK: At a node

    /// Writes what the hub has not answered yet to a file, or several where it is much.
    /// - Returns: the files, and how many edits wait at this node until the hub has answered about its clock.
    public func exportBundles(to path: String) throws -> (files: [String], segments: Int, waiting: UInt64) {
        try require(.node)
        let session = NodeSession(program: Self.program, key: key)
        let (requests, waiting) = try store.write { transaction in
            let requests = try session.requests(in: transaction, World.surroundings)
            return (requests, UInt64(try transaction.uncut(size: .max, rows: .max).count))
        }
        let state = try state()
        let hubKey = try Curve25519.Signing.PublicKey(rawRepresentation: state.hubKey)
        let target = BundleFile.Target(path, stem: "to-hub")
        let keys = try signingKeys()
        let files = try requests.enumerated().map { number, request in
            let file = try Bundle.seal(
                request.bytes, from: state.node, to: .hub(of: state.secretariat), key: hubKey, signing: keys)
            try BundleFile.write(file, to: target.path(number))
            return target.path(number)
        }
        return (files, requests.reduce(0) { $0 + $1.segments.count }, waiting)
    }

    private func takeAtNode(_ file: [UInt8]) throws -> BundleOutcome {
        let state = try state()
        let bundle = try Bundle(file: file, at: .node(state.node, of: state.secretariat), keys: signingKeys())
        guard bundle.sender == RowID(rawValue: state.secretariat.rawValue) else { throw BundleRefusal.sender }
        try bundle.verify(Curve25519.Signing.PublicKey(rawRepresentation: state.hubKey))
        let content = try bundle.hubBundle()
        let session = NodeSession(program: Self.program, key: key)
        do {
            switch try store.write({ try session.take(content, in: $0, World.surroundings) }) {
            case .merged(let count, let rev, let proved): return .taken(new: count, rev: rev, proved: proved)
            case .incomplete(let missing): return .incomplete(missing: missing)
            case .alarmed(let alarm): return .alarmed(alarm)
            }
        } catch let error where error is JournalFault || error is WireError {
            return .alarmed(try store.write { try session.fault("\(error)", in: $0, World.surroundings) })
        }
    }

    // MARK: At the hub

    /// Writes what a node lacks to a file, or several where it is much.
    /// - Parameter rev: after which it begins; what the node last said where it is not given.
    public func exportBundles(
        for text: String, to path: String, after rev: UInt64? = nil
    ) throws -> (files: [String], after: UInt64, rev: UInt64) {
        try require(.hub)
        let id = try node(text).key.id
        let replica = try replica(of: id)
        guard let node = try store.read({ try Register($0).node(id) }) else { throw unregistered }
        let head = try state().cursor.rev
        let start = try rev ?? store.read { try $0.nodeReport(replica)?.cursor } ?? 0
        guard start <= head else {
            throw CommandError(
                .usage, "rev", Phrase("中心的日志只到序号 \(head)。", "The hub's journal ends at rev \(head)."))
        }
        let target = BundleFile.Target(path, stem: "to-node-\(id.description.prefix(8))")
        let address = Bundle.Address.node(id, of: try state().secretariat)
        let keys = try signingKeys()
        var files: [String] = []
        func write(_ bundle: HubBundle) throws {
            let file = try Bundle.seal(
                bundle.bytes, from: RowID(rawValue: address.secretariat.rawValue), to: address, key: node.key,
                signing: keys)
            try BundleFile.write(file, to: target.path(files.count))
            files.append(target.path(files.count))
        }
        let snapshot = try store.write(durable: false) {
            try HubSession($0, key: key, surroundings: World.surroundings)
                .snapshotBundles(for: node, replica: replica, after: start)
        }
        for bundle in snapshot { try write(bundle) }
        // The hub serves on while a slow stick is written: each bundle is read by itself.
        var after = snapshot.first?.snapshot?.manifest.position.rev ?? start
        while true {
            let next = try store.read {
                try HubSession($0, key: key, surroundings: World.surroundings)
                    .bundle(for: node, replica: replica, after: after)
            }
            try write(next)
            after = next.answer.entries.last?.rev ?? next.answer.head.rev
            if after >= next.answer.head.rev { break }
        }
        return (files, start, after)
    }

    /// The replica under which a node writes now: the one that was registered last.
    private func replica(of node: RowID) throws -> ReplicaID {
        let rows = try list(table("replica")).filter { $0.bytes(ReplicaColumn.node) == node.bytes }
        let last = rows.max {
            ($0.integer(ReplicaColumn.registered), $0.key.id) < ($1.integer(ReplicaColumn.registered), $1.key.id)
        }
        guard let replica = last?.bytes(ReplicaColumn.number).flatMap({ Register.replica(bytes: $0) }) else {
            throw unregistered
        }
        return replica
    }

    private var unregistered: CommandError {
        CommandError(
            .refused, "unregistered",
            Phrase(
                "该节点的登记不完整，未写出离线包；请核对编号。",
                "The register lacks this node's key or replica; nothing was written; check the id."))
    }

    private func takeAtHub(_ file: [UInt8]) throws -> BundleOutcome {
        let state = try state()
        let bundle = try Bundle(file: file, at: .hub(of: state.secretariat), keys: signingKeys())
        guard let node = try store.read({ try Register($0).node(bundle.sender) }) else { throw BundleRefusal.sender }
        try bundle.verify(node.key)
        let request = try bundle.request()
        do {
            let (taken, rev) = try store.write { transaction in
                let taken = try HubSession(transaction, key: key, surroundings: World.surroundings)
                    .take(request, from: try Register(transaction).node(node.id) ?? node)
                return (taken, transaction.state.cursor.rev)
            }
            let new = Int(taken.segments)
            if let notYet = taken.notYet { return .left(notYet, new: new, rev: rev) }
            return .taken(new: new, rev: rev, proved: false)
        } catch let refusal as Refusal where refusal.code == .fork {
            let alarm = Alarm(
                .fork, subject: request.own.replica.description, detail: refusal.phrase.en, since: World.wall)
            try store.write { try $0.raise(alarm) }
            throw refusal
        }
    }

    // MARK: Several at once

    /// Takes bundles in whatever order they come: one that begins behind another is tried again after that.
    public func importBundles(_ paths: [String]) throws -> [(path: String, outcome: BundleOutcome)] {
        let isHub = try state().role == .hub
        var outcomes: [String: BundleOutcome] = [:]
        var left = paths
        while !left.isEmpty {
            var waiting: [String] = []
            for path in left {
                let outcome = try take(path, isHub: isHub)
                outcomes[path] = outcome
                if case .refused(let error) = outcome, error.code == BundleRefusal.Code.gap.rawValue {
                    waiting.append(path)
                }
            }
            guard waiting.count < left.count else { break }
            left = waiting
        }
        return paths.compactMap { path in outcomes[path].map { (path, $0) } }
    }

    private func take(_ path: String, isHub: Bool) throws -> BundleOutcome {
        do {
            let file = try BundleFile.read(path)
            do { return try isHub ? takeAtHub(file) : takeAtNode(file) } catch let refusal as BundleRefusal {
                throw refusal.code == .receiver ? .receiver(try nameOfReceiver(of: file)) : refusal
            }
        } catch {
            return .refused(CommandError(error))
        }
    }

    /// The node that a file is for, where this replica's register has it.
    private func nameOfReceiver(of file: [UInt8]) throws -> String? {
        let secretariat = try state().secretariat
        let names = try names()
        let row = try list(table("node")).first {
            Bundle.isAddressed(file, to: .node($0.key.id, of: secretariat))
        }
        return row.map { row in
            let member = row.member(NodeColumn.member).flatMap { names.memberName($0) } ?? ""
            return "\(member) \(row.text(NodeColumn.name))"
        }
    }
}
