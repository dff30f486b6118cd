public import CRDT
import Foundation

/// An epoch of the hub (纪元): a number, and the hub's replica in it. A hub restored from a backup opens a new one.
public struct Epoch: Hashable, Sendable, CustomStringConvertible {
    public let number: UInt32
    public let replica: ReplicaID

    public init(number: UInt32, replica: ReplicaID) {
        self.number = number
        self.replica = replica
    }

    public var description: String { "\(number)·\(replica)" }
}

/// A place in the hub's journal: everything up to `rev` of an epoch. The cursor (游标) of a node is one.
public struct JournalPosition: Hashable, Sendable {
    public let epoch: Epoch
    public let rev: UInt64

    public init(epoch: Epoch, rev: UInt64) {
        self.epoch = epoch
        self.rev = rev
    }
}

/// Where a replica's chain of segments stands: its last segment and the hash of that one's header.
public struct Head: Hashable, Sendable {
    public let replica: ReplicaID
    public let seq: UInt64
    public let hash: Hash256

    public init(replica: ReplicaID, seq: UInt64, hash: Hash256) {
        self.replica = replica
        self.seq = seq
        self.hash = hash
    }
}

extension PBEpoch {
    init(_ epoch: Epoch) {
        self.init()
        number = epoch.number
        replica = epoch.replica.rawValue
    }

    var value: Epoch { Epoch(number: number, replica: ReplicaID(rawValue: replica)) }
}

extension PBHead {
    init(_ head: Head) {
        self.init()
        replica = head.replica.rawValue
        seq = head.seq
        hash = .init(head.hash.bytes)
    }

    func value(_ subject: String) throws(WireError) -> Head {
        guard let hash = Hash256(bytes: hash) else { throw .malformed(subject, "head hash") }
        return Head(replica: ReplicaID(rawValue: replica), seq: try seq.checked(subject, "seq"), hash: hash)
    }
}
