import CRDT

/// Sets of records, each with the ledger that follows from it, numbered: equal sets have equal numbers.
///
/// So every ledger of an exploration is computed once, and a set that is reached in two ways must give the same one.
struct RecordSets {
    private(set) var records: [ExploredRecord] = []
    private var numbers: [ExploredRecord: Int] = [:]
    private(set) var sets: [[Int]] = [[]]
    private(set) var ledgers: [MemoryLedger] = [MemoryLedger()]
    private var byMembers: [[Int]: Int] = [[]: 0]
    private var steps: [Pair: Int] = [:]
    private var unions: [Pair: Int] = [:]
    /// A set whose ledger depended on the order in which its records came.
    private(set) var fault: String?

    private struct Pair: Hashable {
        let first: Int
        let second: Int
    }

    mutating func number(_ record: ExploredRecord) -> Int {
        if let known = numbers[record] { return known }
        records.append(record)
        numbers[record] = records.count - 1
        return records.count - 1
    }

    func contains(_ record: Int, in set: Int) -> Bool {
        var low = 0
        var high = sets[set].count
        while low < high {
            let middle = (low + high) / 2
            if sets[set][middle] < record { low = middle + 1 } else { high = middle }
        }
        return low < sets[set].count && sets[set][low] == record
    }

    mutating func adding(_ record: Int, to set: Int) -> Int {
        let pair = Pair(first: set, second: record)
        if let known = steps[pair] { return known }
        guard !contains(record, in: set) else {
            steps[pair] = set
            return set
        }
        var members = sets[set]
        members.insert(record, at: members.firstIndex { $0 > record } ?? members.endIndex)
        let result: Int
        if let known = byMembers[members] {
            result = known
            compare(known, with: set, adding: record)
        } else {
            var ledger = ledgers[set]
            Self.add(records[record], to: &ledger)
            sets.append(members)
            ledgers.append(ledger)
            result = sets.count - 1
            byMembers[members] = result
        }
        steps[pair] = result
        return result
    }

    /// A set that is reached in a second way must give the same ledger.
    private mutating func compare(_ known: Int, with set: Int, adding record: Int) {
        var ledger = ledgers[set]
        Self.add(records[record], to: &ledger)
        guard ledger != ledgers[known] else { return }
        fault =
            "S0 the ledger of a set depends on the order: "
            + sets[known].map { "\(records[$0])" }.joined(separator: "; ")
    }

    mutating func union(_ first: Int, _ second: Int) -> Int {
        guard first != second else { return first }
        let pair = Pair(first: min(first, second), second: max(first, second))
        if let known = unions[pair] { return known }
        let (large, small) = sets[first].count >= sets[second].count ? (first, second) : (second, first)
        let result = sets[small].reduce(large) { adding($1, to: $0) }
        unions[pair] = result
        return result
    }

    mutating func set(of members: some Sequence<Int>) -> Int { members.reduce(0) { adding($1, to: $0) } }

    /// What a memory does is total: no error comes out of it.
    private static func add(_ record: ExploredRecord, to ledger: inout MemoryLedger) {
        do {
            switch record {
            case .grant(let grant): try ledger.add(grant)
            case .release(let release): try ledger.add(release)
            case .use(let use, _): try ledger.add(use)
            case .cancel(let cancel): try ledger.add(cancel)
            case .dispute(let dispute): try ledger.add(dispute)
            case .request, .decline: break
            }
        } catch { preconditionFailure("a ledger in memory failed: \(error)") }
    }

    /// Requests that nothing answers.
    func openRequests(in set: Int) -> [CRDT.Request] {
        var requests: [CRDT.Request] = []
        var answered: Set<RowID> = []
        for record in sets[set] {
            switch records[record] {
            case .request(let request): requests.append(request)
            case .decline(let request): answered.insert(request)
            case .use(_, let request?): answered.insert(request)
            default: break
            }
        }
        return requests.filter { !answered.contains($0.id) }
    }
}
