import CRDT

/// One entry of an explored journal.
enum ExploredEntry: Hashable {
    /// A segment, without the records that a broken reading throws away.
    case segment(Int, without: [Int])
    /// What the hub writes at once.
    case hub([Int])
    /// What the hub keeps in mind until its recovery is closed.
    case postponed([Int])
    case registered(ReplicaID)
    case forked(ReplicaID)
    case epoch(UInt32)
    case closed
}

/// What follows from a journal up to a rev.
struct ExploredFold {
    var set = 0
    /// The last journaled segment of each replica, by its number.
    var heads: [ReplicaID: Int] = [:]
    /// Journaled segments of replicas that forked, of every branch.
    var branches: Set<Int> = []
    /// By node.
    var present: [ReplicaID]
    var known: Set<ReplicaID>
    var ended: Set<ReplicaID> = []
    var forked: Set<ReplicaID> = []
    /// What is to be judged when the recovery is closed, in the order in which it came.
    var postponed: [Int] = []
    /// Records that were thrown away.
    var struck: Set<Int> = []
    var epoch: UInt32 = 1
    var counter: UInt64 = 0
    var isFrozen = false
    /// The entry that opened the epoch.
    var opened = 0
}

/// Journals and chains as trees: a number stands for the whole prefix, as a hash does.
struct ExploredTree<Element: Hashable> {
    private struct Step: Hashable {
        let parent: Int
        let element: Element
    }

    private var children: [Step: Int] = [:]
    private(set) var parents = [0]
    private(set) var depths = [0]
    private(set) var elements: [Element?] = [nil]

    /// - Returns: the number, and whether it is new.
    mutating func appending(_ element: Element, to parent: Int) -> (number: Int, isNew: Bool) {
        let step = Step(parent: parent, element: element)
        if let known = children[step] { return (known, false) }
        parents.append(parent)
        depths.append(depths[parent] + 1)
        elements.append(element)
        children[step] = parents.count - 1
        return (parents.count - 1, true)
    }

    func isPrefix(_ first: Int, of second: Int) -> Bool {
        var place = second
        while depths[place] > depths[first] { place = parents[place] }
        return place == first
    }

    func common(_ first: Int, _ second: Int) -> Int {
        var (one, other) = (first, second)
        while one != other {
            if depths[one] >= depths[other] { one = parents[one] } else { other = parents[other] }
        }
        return one
    }

    /// Numbers after a prefix up to an end.
    func path(after prefix: Int, to end: Int) -> [Int] {
        var path: [Int] = []
        var place = end
        while place != prefix {
            path.append(place)
            place = parents[place]
        }
        return path.reversed()
    }
}

/// What is cut once and never changes.
struct ExploredSegment: Hashable {
    let replica: ReplicaID
    let records: [Int]
    /// Of a new replica's first one: the segments that it stands on.
    let standsOn: [Int]
}
