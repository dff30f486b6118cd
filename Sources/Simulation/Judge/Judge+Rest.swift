import Alliance
import CRDT
import Store
import Sync
import Wire

/// What must hold once everything has come to rest.
extension Judge {
    func judgeRest(_ core: [Node], all: [Node], hub: Hub) throws {
        guard let store = hub.store else { throw Breach(invariant: "I15", detail: "the hub does not run") }
        try compareHub(store)
        try judgePointsAtRest(core)
        let digests = digests()
        try expect(
            try store.read { try $0.digests(for: Records.secretariat) } == wanted(digests, Records.secretariat), "I9",
            "the hub's digests are not those of its rows")
        for node in core {
            guard let file = files[node.index], let mine = node.store else { continue }
            try expect(file.pending.isEmpty, "I15", "\(node.name): \(file.pending.count) edits are not decided")
            try compare(node)
            try expect(
                try mine.read { try $0.digests(for: node.member) } == wanted(digests, node.member), "I1",
                "\(node.name): its digests are not those of its rows")
            try checkInbox(node, file, mine)
            let (pending, orphans) = try mine.read { (try $0.pending().count, try $0.orphanCount()) }
            try expect(
                pending == 0 && orphans == 0, "I16",
                "\(node.name): at rest, and keeps \(pending) in its outbox and \(orphans) that it has to return")
            try checkSections(node, mine)
            try checkDisk(node, among: all)
        }
        try expect(try store.deepCheck().isClean, "I9", "the hub's file")
        if let node = core.last, let mine = node.store {
            try expect(try mine.deepCheck().isClean, "I9", "\(node.name)'s file")
        }
    }

    private func compareHub(_ store: ReplicaStore) throws {
        var held: Set<RowKey> = []
        try store.read { transaction in
            try transaction.eachRow { chunk in
                for (row, _) in chunk {
                    held.insert(row.key)
                    let wanted = truth.row(row.key, at: .max) ?? ModelRow()
                    try expect(
                        isSame(ModelRow(row), wanted), "I1",
                        "the hub's row \(row.key.table.rawValue)/\(row.key.id) is \(ModelRow(row)), not \(wanted)")
                }
            }
        }
        for key in truth.keys where !held.contains(key) {
            try expectForgotten(key, truth.row(key, at: .max) ?? ModelRow(), by: "the hub")
        }
        try expect(held.count <= truth.keys.count, "I2", "the hub holds \(held.count) rows, not \(truth.keys.count)")
    }

    // MARK: Digests

    private func digests() -> [(readers: Set<MemberID>?, digest: Digest)] {
        var sums: [Set<MemberID>?: Digest] = [:]
        for key in truth.keys {
            guard let row = truth.row(key, at: .max), row.isThere else { continue }
            sums[truth.readers[key], default: Digest()].add(row.row(key).digestHash)
        }
        return sums.map { ($0.key, $0.value) }
    }

    private func wanted(_ digests: [(readers: Set<MemberID>?, digest: Digest)], _ member: MemberID) -> [AudienceDigest]
    {
        digests.filter { $0.readers?.contains(member) ?? true }.map { readers, digest in
            AudienceDigest(audience: readers.map { .members($0.sorted()) } ?? .alliance, digest: digest)
        }.sorted { $0.audience < $1.audience }
    }

    // MARK: Inboxes and disks

    /// I2: what was struck out stands in its author's inbox, with the reason.
    private func checkInbox(_ node: Node, _ file: NodeFile, _ store: ReplicaStore) throws {
        let inbox = try store.read { try $0.rejected(all: true) }.map(\.transaction)
        let times = Set(inbox.map(\.time))
        for time in file.rejected {
            try expect(times.contains(time), "I2", "\(node.name): struck out and not in its inbox: \(time)")
        }
        try expect(
            file.startsAnew || inbox.allSatisfy { !$0.offences.isEmpty }, "I2",
            "\(node.name): rejected without a reason")
    }

    /// I13: no section of others' in the journal that a node keeps.
    private func checkSections(_ node: Node, _ store: ReplicaStore) throws {
        let entries = try store.read {
            try $0.entries(after: 0, for: Records.secretariat, except: ReplicaID(rawValue: 0), size: 1 << 26)
        }
        for entry in entries {
            for index in entry.segment.bodies.keys {
                let audience = entry.segment.header.sections[index].audience
                try expect(
                    audience.includes(node.member), "I13", "\(node.name) holds a section of others, rev \(entry.rev)")
            }
            try expect(entry.hash == truth.hash(at: entry.rev), "I11", "\(node.name): its journal at rev \(entry.rev)")
            // Segments, others' too, are kept: the hub may need them back.
            let readable = entry.segment.header.sections.indices.filter {
                entry.segment.header.sections[$0].audience.includes(node.member)
            }
            try expect(
                entry.rev <= droppable || readable.allSatisfy { entry.segment.bodies[$0] != nil },
                "I8",
                "\(node.name) has not kept rev \(entry.rev)'s sections")
        }
    }

    /// I13 by the bytes themselves: what only its owner may read stands on no other disk.
    private func checkDisk(_ node: Node, among all: [Node]) throws {
        for key in truth.keys where key.table == .teacherContact && key.owner != node.member {
            guard let row = truth.row(key, at: .max), row.isThere, !truth.mayRead(key, node.member) else { continue }
            guard case .text(let phone) = row.value(ColumnID(2)), phone.hasPrefix("机密") else { continue }
            try expect(!node.disk.contains(phone), "I13", "\(node.name)'s disk holds a private text of \(key.owner)")
            break
        }
    }
}
