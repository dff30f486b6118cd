/// What somebody does, or what happens to a party, at a moment of the school year.
struct Action {
    /// Its number in the plan, which is also the stream of its random numbers.
    let number: Int
    /// Milliseconds since the year began.
    let at: UInt64
    let kind: Kind

    /// A node is named by its place in the plan; `nil` is the hub.
    enum Kind {
        case deed(node: Int?, Deed)
        case sync(node: Int)
        case crash(node: Int?)
        case disk(node: Int?, DiskFault)
        case line(node: Int, LineFault)
        case clock(node: Int?, ClockFault)
        case restart(node: Int?)
        case tamper(node: Int, Tamper)
        case join(node: Int)
        case rotate(node: Int?)
        case upgrade(node: Int?)
        case revoke(node: Int)
        case reinstate(node: Int)
        case leave(node: Int)
        case backUp(node: Int?)
        case putBack(node: Int?, byHand: Bool)
        case clone(node: Int, copy: Int)
        /// The hub drops what everybody has.
        case collect
        /// The secretariat asks everybody to send, if there were fewer exchanges than this.
        case gather(exchanges: Int)
        /// People make up for what they could not do before, if fewer commands than this were carried out.
        case makeUp(commands: Int)
    }
}

/// What goes wrong with a disk, a line, a clock.
enum DiskFault: String, CaseIterable { case crash, full, errorOnce, errors, closed }
enum LineFault: String, CaseIterable { case cutUp, cutDown, cut, loss, repeats, delays }
enum ClockFault: String, CaseIterable { case second, hour, dayBack, twentyYears, frozen, ahead }

/// What people do at a node or at the hub.
enum Deed: String, CaseIterable {
    case create, edit, delete, open, save, spreadsheet, resolve, retry, faulty
    /// With rooms and places; at the hub what the secretariat does with them.
    case book, endUse, give, answer, admit
}

/// A school year, drawn from a seed: who takes part, and all that will happen if nothing is left out.
struct Plan {
    let seed: UInt64
    /// Members that have nodes.
    let members: Int
    /// By node: the place of its member.
    let memberOf: [Int]
    /// By node: whether its program begins as the next version.
    let isNext: [Bool]
    /// How coarse the clocks are by which people's edits are stamped, milliseconds: where they tick slowly and lines
    /// are fast, two stamps often have one time.
    let tick: UInt64
    /// How many further computers run copies of a node's files.
    let clones: Int
    /// Whether the hub collects: nobody is below its floor then, as nobody goes back or is away by order.
    let collects: Bool
    private(set) var actions: [Action] = []

    static let day: UInt64 = 86_400_000

    /// - Parameter restoresHub: whether the hub is put back to backups, too.
    init(seed: UInt64, restoresHub: Bool = false) {
        var random = Seeded(seed)
        self.seed = seed
        tick = seed % 5 == 2 ? 6 * 3_600_000 : 1
        members = 3 + (random.chance(50) ? 0 : random.below(3)) + (random.chance(8) ? random.below(6) : 0)
        var memberOf = Array(0..<members)
        for _ in 0..<random.below(3) { memberOf.append(random.below(members)) }
        self.memberOf = memberOf
        isNext = memberOf.map { _ in random.chance(10) }
        var draft = Draft(seed: seed, nodes: memberOf.count, firsts: members, random: random)
        draft.people()
        draft.exchanges()
        draft.faults()
        draft.administration()
        clones = draft.restores()
        if restoresHub { draft.hubRestores() }
        collects = !restoresHub && !draft.leavesNodesBehind
        if collects { draft.collections() }
        actions = draft.kinds.sorted { $0.at < $1.at }.enumerated().map {
            Action(number: $0.offset + 1, at: $0.element.at, kind: $0.element.kind)
        }
    }

    private struct Draft {
        let seed: UInt64
        let nodes: Int
        /// Nodes below this one are there from the beginning.
        let firsts: Int
        var random: Seeded
        var kinds: [(at: UInt64, kind: Action.Kind)] = []
        /// By node: days on which its line is not plugged in.
        var away: [ClosedRange<Int>?]
        var joins: [Int: UInt64] = [:]

        init(seed: UInt64, nodes: Int, firsts: Int, random: Seeded) {
            self.seed = seed
            self.nodes = nodes
            self.firsts = firsts
            self.random = random
            away = []
            for _ in 0..<nodes {
                let start = self.random.below(300)
                away.append(self.random.chance(35) ? start...start + self.random.number(20...200) : nil)
            }
            for node in firsts..<nodes {
                let at = UInt64(self.random.number(10...220)) * Plan.day
                joins[node] = at
                kinds.append((at, .join(node: node)))
            }
        }

        private mutating func add(_ at: UInt64, _ kind: Action.Kind) { kinds.append((at, kind)) }

        /// A moment at which people work: by term, weekday and hour.
        private mutating func workingTime() -> UInt64 {
            while true {
                let day = random.below(365)
                guard random.below(300) < Self.weight(day) else { continue }
                // Shanghai's hours, in UTC.
                let hour = random.chance(12) ? random.number(10...15) : random.number(0...9)
                return UInt64(day) * Plan.day + UInt64(hour) * 3_600_000 + UInt64(random.below(3_600_000))
            }
        }

        /// How much is done on a day that begins on the first of September; 100 is a plain school day.
        private static func weight(_ day: Int) -> Int {
            let isHoliday = (30...37).contains(day) || (142...178).contains(day) || day >= 313
            let isBurst = day <= 10 || (38...42).contains(day) || (179...186).contains(day)
            return isHoliday ? 5 : isBurst ? 300 : day % 7 >= 5 ? 12 : 100
        }

        mutating func people() {
            for _ in 0..<random.number(2260...2380) {
                let at = workingTime()
                let node = random.chance(7) ? nil : random.below(nodes)
                guard node.flatMap({ joins[$0] }).map({ $0 < at }) ?? true else {
                    add(at, .deed(node: random.below(firsts), .edit))
                    continue
                }
                let deeds: [(Int, Deed)] = [
                    (22, .create), (40, .edit), (6, .delete), (5, .open), (5, .save), (1, .spreadsheet), (4, .resolve),
                    (2, .retry), (1, .faulty), (6, .book), (1, .endUse), (2, .give), (2, .answer), (3, .admit),
                ]
                var draw = random.below(100)
                let deed =
                    deeds.first {
                        draw -= $0.0; return draw < 0
                    }?.1 ?? .edit
                add(at, .deed(node: node, deed))
            }
        }

        mutating func exchanges() {
            // As many in all, however many nodes there are: a few sync daily for a while, others once a month.
            let total = random.number(85...95)
            for _ in 0..<total {
                var (node, day) = (random.below(nodes), random.below(365))
                for _ in 0..<6 where away[node]?.contains(day) ?? false {
                    (node, day) = (random.below(nodes), random.below(365))
                }
                let at = UInt64(day) * Plan.day + UInt64(random.below(Int(Plan.day)))
                guard !(away[node]?.contains(day) ?? false), joins[node].map({ $0 < at }) ?? true else { continue }
                add(at, .sync(node: node))
            }
            for (day, exchanges) in [(90, 60), (180, 115), (270, 170), (350, 225)] {
                add(UInt64(day) * Plan.day, .gather(exchanges: exchanges))
            }
            add(340 * Plan.day, .makeUp(commands: 2_050))
            // Days on which everybody is asked to send: exchanges that overlap.
            for _ in 0..<random.number(3...5) {
                let at = workingTime()
                for node in 0..<nodes where joins[node].map({ $0 < at }) ?? true {
                    if random.chance(80) { add(at + UInt64(random.below(4_000)), .sync(node: node)) }
                }
            }
        }

        /// One kind by turns, so that a few seeds have all, and some by chance.
        private mutating func kinds<Kind: CaseIterable>(_ most: Int) -> [Kind] {
            let all = Array(Kind.allCases)
            return [all[Int(seed % UInt64(all.count))]] + (0..<random.below(most)).map { _ in random.pick(all) }
        }

        private mutating func place() -> Int? { random.chance(25) ? nil : random.below(nodes) }

        mutating func faults() {
            for kind: DiskFault in kinds(12) { add(workingTime(), .disk(node: place(), kind)) }
            for _ in 0..<random.below(12) { add(workingTime(), .disk(node: place(), .crash)) }
            for kind: LineFault in kinds(16) { add(workingTime(), .line(node: random.below(nodes), kind)) }
            for kind: ClockFault in kinds(9) { add(workingTime(), .clock(node: random.below(nodes), kind)) }
            for kind: Tamper in kinds(4) { add(workingTime(), .tamper(node: random.below(firsts), kind)) }
            for _ in 0..<(1 + random.below(8)) { add(workingTime(), .crash(node: place())) }
            for _ in 0..<(1 + random.below(3)) { add(workingTime(), .restart(node: place())) }
            if random.chance(60) { add(workingTime(), .clock(node: nil, .second)) }
        }

        /// By turns, too.
        mutating func administration() {
            for _ in 0...random.below(3) { add(workingTime(), .rotate(node: random.below(nodes))) }
            if seed % 4 == 1 { add(workingTime(), .rotate(node: nil)) }
            if seed % 2 == 0 {
                let start = workingTime()
                add(start, .upgrade(node: nil))
                for node in 0..<nodes where random.chance(80) {
                    add(start / 2 + UInt64(random.below(Int(60 * Plan.day))), .upgrade(node: node))
                }
            }
            if seed % 4 == 0 {
                let (node, at) = (random.below(nodes), workingTime())
                add(at, .revoke(node: node))
                if random.chance(60) { add(at + UInt64(random.number(1...40)) * Plan.day, .reinstate(node: node)) }
            }
            if seed % 8 == 3 { add(workingTime(), .leave(node: random.below(nodes))) }
        }

        /// Backups and what is put back; by turns, too.
        /// - Returns: how many clones there are.
        mutating func restores() -> Int {
            if seed % 6 == 0 || random.chance(8) { putBack(random.below(nodes), byHand: false) }
            if seed % 6 == 1 || random.chance(8) { putBack(random.below(nodes), byHand: true) }
            if seed % 6 == 2 || random.chance(8) {
                clone(as: nodes)
                return 1
            }
            return 0
        }

        mutating func hubRestores() { putBack(nil, byHand: random.chance(50)) }

        private mutating func putBack(_ node: Int?, byHand: Bool) {
            let at = workingTime()
            add(at, .backUp(node: node))
            for _ in 0...(random.chance(30) ? 1 : 0) {
                add(at + UInt64(random.number(1...60 * 24)) * 3_600_000, .putBack(node: node, byHand: byHand))
            }
        }

        /// Whether somebody may come back from before what the others have collected.
        var leavesNodesBehind: Bool {
            kinds.contains {
                switch $0.kind {
                case .putBack(.some, _), .clone, .reinstate: true
                default: false
                }
            }
        }

        /// Some time after a backup, which all that goes has to be in.
        mutating func collections() {
            for _ in 0..<random.number(2...6) {
                let at = workingTime()
                add(at, .backUp(node: nil))
                add(at + UInt64(random.below(30 * 24)) * 3_600_000, .collect)
            }
        }

        private mutating func clone(as copy: Int) {
            let (node, at) = (random.below(nodes), workingTime())
            add(at, .clone(node: node, copy: copy))
            for _ in 0..<random.number(5...60) {
                add(at + UInt64(random.number(1...90 * 24 * 60)) * 60_000, .deed(node: copy, .edit))
            }
            for _ in 0..<random.number(1...6) {
                add(at + UInt64(random.number(1...90 * 24 * 60)) * 60_000, .sync(node: copy))
            }
        }
    }
}
