import CRDT

/// A disk with a node's replica on it.
struct ExploredCopy: Hashable {
    var replica: ReplicaID
    /// Its cursor.
    var journal: Int
    /// All records on this disk.
    var set: Int
    /// The last segment cut; 0 before the first.
    var head = 0
    /// Last segments of former replicas whose disk this was.
    var kept: [Int] = []
    /// Records that are not cut yet.
    var pending: [Int] = []
    /// It was told that its replica ended, and writes no more.
    var isStopped = false
    /// Tells copies with the same replica apart.
    var disk: UInt8
    /// Points that threads of it saw free, where rights are checked outside the lock.
    var seenFree: [Piece] = []

    var node: Int { Names.node(replica) }
}

/// One state of the whole alliance. Small numbers stand for journals, chains and sets of records.
struct ExploredState: Hashable {
    var hub: Int
    var hubBackup: Int?
    /// How many disks the hub has had.
    var hubLife: UInt8 = 0
    var copies: [ExploredCopy]
    var backups: [ExploredCopy?]
    /// The last segments of all that was ever cut: each may reach the hub at any time, or never.
    var cut: [Int] = []
    /// Journals that hubs had which are lost: pages of them may still reach a node.
    var lines: [Int] = []
    /// Replicas that each node has had.
    var lives: [UInt8]
    var uses: UInt8 = 0
    var requests: UInt8 = 0
    /// Replicas of which a promise is void: cloned, rolled back unseen, or the subject of a false statement.
    var tainted: [ReplicaID] = []
    var isHubTainted = false
    var budget: [Int8]
    /// The disk that last exchanged under a replica's id.
    var tokens: [ReplicaID: UInt8] = [:]
    var disks: UInt8
    /// Disks that have pushed something since the hub was restored.
    var pushed: [UInt8] = []

    /// 64 bits that depend on every part, and on nothing else: the same in every run.
    var fingerprint: UInt64 {
        var mixer = Mixer()
        mixer.mix(hub)
        mixer.mix(hubBackup ?? -1)
        mixer.mix([hubLife, uses, requests, disks, isHubTainted ? 1 : 0].map { Int($0) })
        for copy in copies { mixer.mix(copy) }
        for backup in backups { if let backup { mixer.mix(backup) } else { mixer.mix(-2) } }
        for list in [cut, lines, lives.map { Int($0) }, pushed.map { Int($0) }] { mixer.mix(list) }
        mixer.mix(tainted.map { Int($0.rawValue) })
        mixer.mix(budget.map { Int($0) })
        for (replica, disk) in tokens.sorted(by: { $0.key < $1.key }) {
            mixer.mix(Int(replica.rawValue))
            mixer.mix(Int(disk))
        }
        return mixer.sum
    }
}

/// A hash that replays (the finaliser of SplitMix64 over a running sum).
struct Mixer {
    private(set) var sum: UInt64 = 0x9E37_79B9_7F4A_7C15

    mutating func mix(_ number: Int) {
        var mixed = (sum ^ UInt64(bitPattern: Int64(number))) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 30)) &* 0x94D0_49BB_1331_11EB
        sum = mixed ^ (mixed >> 31) &+ 0x9E37_79B9_7F4A_7C15
    }

    mutating func mix(_ numbers: [Int]) {
        mix(numbers.count)
        for number in numbers { mix(number) }
    }

    mutating func mix(_ copy: ExploredCopy) {
        mix(Int(copy.replica.rawValue))
        mix(Int(copy.disk))
        mix(copy.isStopped ? 1 : 0)
        mix(copy.journal)
        mix(copy.set)
        mix(copy.head)
        mix(copy.kept)
        mix(copy.pending)
        mix(copy.seenFree.map { Int($0.span.from) })
    }
}
