public import Alliance
import CRDT
import Store
import Sync

extension OpenReplica {
    /// Says no to a request that nobody else can answer: what it asks for lies in the pool, in quarantine or nowhere. The
    /// hub's; what a school holds, that school decides.
    func declineAtHub(_ id: RowID, because reason: String) throws {
        let open = try requests()
        guard case .array(let list) = open, let json = list.first(where: { $0["id"] == JSON(id) }) else {
            throw CommandError(LedgerRefusal.over)
        }
        guard json["mayDecide"] == .bool(true) else {
            throw CommandError(
                .refused, "not-yours",
                Phrase(
                    "这些时段由学校持有，由持有的学校批复；秘书处不代批，未作改动。",
                    "A school holds these points, and it answers; the secretariat does not decide for it; nothing was changed."
                ))
        }
        try deciding { transaction, desk in
            for asset in try desk.unsettled() {
                guard let request = try desk.openRequests(of: asset).first(where: { $0.id == id }) else { continue }
                return try desk.decline(request, because: reason, alternatives: [])
            }
            throw LedgerRefusal.over
        }
    }
}
