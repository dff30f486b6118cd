import Alliance
import CRDT
import Store
import Sync
import Wire

/// What nodes and hub say to each other.
extension Judge {
    /// I16: an answer is as large as what is new, and a request as what is unsent.
    func answered(_ node: Node, _ request: Request, answer: [UInt8]) throws {
        let response = try ExchangeResponse(bytes: answer)
        let first = Int(response.entries.first?.rev ?? rev + 1) - 1
        let news = truth.notes.dropFirst(first).prefix(response.entries.count).reduce(0) { $0 + $1.size + 400 }
        let strikes = truth.notes.dropFirst(first).prefix(response.entries.count).reduce(0) {
            $0 + $1.transactions.filter { $0.strike != nil }.count * 400
        }
        let audiences = 200 * 32
        let places = response.heads.count * 64 + response.waypoints.count * 64
        try expect(
            answer.count <= news + strikes + audiences + places + 2_000, "I16",
            "\(node.name): an answer of \(answer.count) bytes for news of \(news)")
        if let receipt = response.receipt {
            try expect(
                receipt.head == truth.head(of: request.replica) || receipt.head.seq == 0, "I8",
                "\(node.name): a receipt for what is not journaled")
        }
    }

    func ended(_ node: Node, _ outcome: NodeSession.Outcome) throws {
        guard case .alarmed(let alarm) = outcome else {
            guard case .refused(let refusal) = outcome else { return }
            if refusal.code == .fork && !copied.contains(node.replica) || refusal.code == .journal && former.isEmpty {
                throw Breach(invariant: "I15", detail: "\(node.name): a false alarm: \(refusal.code.rawValue)")
            }
            return
        }
        try expect(
            alarm.kind != .fork || copied.contains(node.replica), "I15",
            "\(node.name): a false alarm of a copy: \(alarm.detail)")
        try expect(alarm.kind != .digest && alarm.kind != .row, "I1", "\(node.name): \(alarm.detail)")
    }

    private static let proofsBetweenComparisons = 12

    /// Node and hub say that they hold the same.
    func proved(_ node: Node, rev: UInt64, hub: Hub) throws {
        guard var file = files[node.index] else { return }
        let journal = journal(file.branch)
        try expect(
            file.cursor == rev && rev <= journal.rev, "I15",
            "\(node.name) proved rev \(rev), the journal has \(journal.rev)")
        try expect(file.pending.isEmpty, "I15", "\(node.name) proved with \(file.pending.count) pending")
        let cameBack = !(file.bases.isEmpty && file.stray.isEmpty) && file.branch == truth.branch
        if cameBack {
            try expectReturned(file, node)
            (file.bases, file.stray) = ([], [:])
        }
        file.proofs += 1
        files[node.index] = file
        if cameBack || file.proofs % Self.proofsBetweenComparisons == 1 { try compare(node) }
    }
}
