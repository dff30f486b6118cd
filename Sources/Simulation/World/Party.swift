import Alliance
import CRDT
import Crypto
import Foundation
import Store
import Sync
import Synchronization

/// Random numbers that a session may draw: a stream of the event under way.
final class SessionRandom: Sendable {
    private let stream = Mutex(Seeded(0))

    func begin(_ random: Seeded) { stream.withLock { $0 = random } }
    func next() -> UInt64 { stream.withLock { $0.next() } }
}

/// A hub or a node: a disk, a file on it, a key, and a clock that may be wrong.
class Party {
    let name: String
    let member: MemberID
    let disk: Disk
    let random: SessionRandom
    var key: Curve25519.Signing.PrivateKey
    /// The keys of before, the newest first.
    var formerKeys: [Curve25519.Signing.PrivateKey] = []
    /// A key drawn for a rotation of which it is not known whether it was committed.
    var nextKey: Curve25519.Signing.PrivateKey?
    var schema: Schema
    /// `nil` while the program does not run.
    private(set) var store: ReplicaStore?
    /// By how much its clock is ahead of the world's, milliseconds.
    var skew: Int64 = 0
    /// What its clock shows, where it stands still.
    var frozen: UInt64?
    /// How often its power failed.
    var crashes = 0
    /// A copy of its files that somebody keeps.
    var backup: Backup?

    init(
        _ name: String, member: MemberID, disk: Disk, random: SessionRandom, key: Curve25519.Signing.PrivateKey,
        schema: Schema
    ) {
        self.name = name
        self.member = member
        self.disk = disk
        self.random = random
        self.key = key
        self.schema = schema
    }

    var path: String { disk.folder + "/replica.sqlite" }
    var isUp: Bool { store != nil }

    func wall(_ now: UInt64) -> UInt64 { frozen ?? UInt64(max(1, Int64(now) + skew)) }

    /// - Parameter tick: by how much the clock moves at a time, milliseconds.
    func surroundings(_ now: UInt64, tick: UInt64 = 1) -> Surroundings {
        let random = random
        return Surroundings(wall: wall(now) / tick * tick) { random.next() }
    }

    // MARK: The program

    func create(_ state: ReplicaState) throws {
        store = try ReplicaStore.create(at: path, schema: schema, state: state)
    }

    /// Starts the program on what the disk holds.
    func start() throws {
        let opened = try ReplicaStore.open(at: path, schema: schema)
        store = opened
        // A rotation that was cut off after its commit is brought to its end, as by the program.
        guard let next = nextKey else { return }
        let registered = try opened.read { try Register($0).node($0.state.node)?.key.rawRepresentation }
        if registered == next.publicKey.rawRepresentation { promote(next) }
        nextKey = nil
    }

    /// Ends the program in order.
    func stop() {
        try? store?.close()
        store = nil
    }

    /// The power fails.
    func crash() {
        if !disk.isDown { disk.crash() }
        crashes += 1
        stop()
    }

    func promote(_ next: Curve25519.Signing.PrivateKey) {
        formerKeys.insert(key, at: 0)
        key = next
        nextKey = nil
    }

    /// Draws a new key and writes it into the register, signed by the old one, as `OpenReplica.rotateKey` does.
    func rotateKey(_ next: Curve25519.Signing.PrivateKey, now: UInt64) throws -> ([RowEdit], HybridTime) {
        guard let store else { preconditionFailure("\(name) does not run") }
        nextKey = next
        let value = Value.bytes([UInt8](next.publicKey.rawRepresentation))
        let written = try store.write { transaction in
            let state = transaction.state
            let edit = RowEdit(
                key: Register.nodeKey(state.node, state.secretariat), act: .edit, values: [NodeColumn.key: value])
            try LocalWriter(transaction, key: key, surroundings: surroundings(now)).commit([edit])
            if state.role == .hub {
                transaction.state.hubKey = [UInt8](next.publicKey.rawRepresentation)
            } else {
                try Cutter(transaction, key: key).cut(segments: .max)
            }
            return ([edit], transaction.state.clock.last)
        }
        promote(next)
        return written
    }
}

/// A member's node.
final class Node: Party {
    /// Under which id its file writes: another once that one has ended.
    var replica: ReplicaID
    /// Its place in the world's list.
    let index: Int
    /// Its row in the register.
    let row: RowID
    var session: Session?
    var backoff = Backoff()
    var line = Line()
    /// What people have open: rows with the stamps that they were shown.
    var forms: [Form] = []
    var lastOutcome: NodeSession.Outcome?
    /// What a dishonest hub does to its next page, or a broken line to its next segment.
    var tamper: Tamper?
    /// Whether somebody ended that it takes part; what it has pending can't be decided.
    var isRevoked = false
    /// Whether it stays dead when the others heal.
    var isLost = false
    /// Whether the operator has said of this copy that it does not go on.
    var isStopped = false

    init(
        _ index: Int, name: String, member: MemberID, disk: Disk, random: SessionRandom,
        key: Curve25519.Signing.PrivateKey, schema: Schema, replica: ReplicaID, row: RowID
    ) {
        self.index = index
        self.row = row
        self.replica = replica
        super.init(name, member: member, disk: disk, random: random, key: key, schema: schema)
    }

    /// A form that was opened and is saved later.
    struct Form {
        let key: RowKey
        let shown: [ColumnID: Stamp]
    }
}

/// A node's way to the hub.
struct Line {
    var up = true
    var down = true
    /// Percent of messages lost; delivered twice; held up for long.
    var loss = 0
    var repeats = 0
    var delays = 0
    /// Milliseconds that most messages take.
    var latency = 40
}

/// What is done to a message on its way; each must be noticed.
enum Tamper: String, CaseIterable {
    case gap, order, hash, verdict, signature, withheld
    /// A byte of a segment's signature on the way up.
    case segment
}
