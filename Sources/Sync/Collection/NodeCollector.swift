import CRDT
import Wire

/// Drops at a node what everybody who may know it has, by the hub's word, once node and hub have proved to each other
/// that they hold the same.
struct NodeCollector {
    private let transaction: any ReplicaTransaction

    init(_ transaction: any ReplicaTransaction) { self.transaction = transaction }

    /// - Parameter answer: the one that proved it. What it says of the floor is believed as far as a backup covers it:
    ///   a hub that went back has to find the rest here.
    func collect(_ answer: ExchangeResponse) throws {
        let state = transaction.state
        let floor = min(answer.floor, answer.backedUp, state.cursor.rev)
        let forgotten = min(answer.forgotten, floor)
        guard floor > state.collected || forgotten > state.forgotten else { return }
        var report = CollectionReport(floor: floor)
        try transaction.dropSections(after: state.collected, through: floor) { _, _, _ in true }
        try DeletedRows(transaction).collect(through: forgotten, into: &report, keeps: false)
        transaction.state.collected = max(state.collected, floor)
        transaction.state.forgotten = max(state.forgotten, forgotten)
    }
}
