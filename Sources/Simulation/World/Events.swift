import CRDT
import Wire

/// Something that happens at a moment.
enum Event {
    case action(Action)
    /// A request reaches the hub.
    case request(Request)
    /// An answer reaches its node.
    case answer(node: Int, call: Int, status: Int, body: [UInt8], spoilt: Tamper?)
    /// A node has waited long enough for an answer.
    case timeout(node: Int, call: Int)
    /// A session goes on after a pause.
    case resume(node: Int, call: Int)
    /// A node tries again after a failure.
    case retry(node: Int)
    /// A party that was down is switched on again; `nil` is the hub.
    case restart(node: Int?)
    /// What was wrong with a line, a disk or a clock ends.
    case mend(Mending)
    /// The operator looks at what waits for a decision.
    case operatorLooks
}

enum Mending {
    case line(node: Int)
    case disk(node: Int?)
    case clock(node: Int?)
}

/// A request on its way.
struct Request {
    enum Call { case exchange([UInt8]), repair([UInt8]), manifest, part(index: Int, rev: UInt64) }

    let node: Int
    let replica: ReplicaID
    let call: Int
    let content: Call
    /// When it was signed by the node's reckoning of the hub's time, whole seconds, and its nonce.
    let signed: Int64
    let nonce: String
    /// The public keys that its node signs with: the present one, then the one before.
    let keys: [[UInt8]]
    let hubKey: [UInt8]
    /// Whether it came by a way that does not look at nonces, as through two processes of the hub.
    let isUnseen: Bool
}

/// Events in order of time, then of their making.
struct EventQueue {
    private var heap: [(time: UInt64, order: Int, event: Event)] = []
    private var order = 0

    var isEmpty: Bool { heap.isEmpty }

    mutating func add(_ event: Event, at time: UInt64) {
        order += 1
        heap.append((time, order, event))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard isBefore(child, parent) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func next() -> (time: UInt64, event: Event)? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        return (first.time, first.event)
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && isBefore(child, least) {
                least = child
            }
            guard least != parent else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        (heap[left].time, heap[left].order) < (heap[right].time, heap[right].order)
    }
}
