import CRDT
public import Crypto
import Foundation
import SwiftProtobuf

/// The hub's signed word that a replica's segments up to one are in its journal (回执).
public struct Receipt: Hashable, Sendable {
    /// The last of the replica's segments that is in the journal.
    public let head: Head
    public let position: JournalPosition
    public let signature: [UInt8]

    /// Signs a receipt.
    public init(head: Head, position: JournalPosition, key: Curve25519.Signing.PrivateKey) throws {
        self.head = head
        self.position = position
        signature = [UInt8](try key.signature(for: Self.message(head, position, signature: []).serialisedBytes))
    }

    init(_ message: PBReceipt) throws(WireError) {
        guard let hash = Hash256(bytes: message.hash), message.signature.count == 64 else {
            throw .malformed("receipt", "hash or signature")
        }
        head = Head(
            replica: ReplicaID(rawValue: message.replica), seq: try message.seq.checked("receipt", "seq"), hash: hash)
        position = JournalPosition(epoch: message.epoch.value, rev: try message.rev.checked("receipt", "rev"))
        signature = [UInt8](message.signature)
    }

    /// Throws unless the hub's key signed it.
    public func verify(_ key: Curve25519.Signing.PublicKey) throws(WireError) {
        guard key.isValidSignature(signature, for: Self.message(head, position, signature: []).serialisedBytes) else {
            throw WireError(.signature, "receipt", "\(head.replica) seq \(head.seq)")
        }
    }

    var message: PBReceipt { Self.message(head, position, signature: signature) }

    private static func message(_ head: Head, _ position: JournalPosition, signature: [UInt8]) -> PBReceipt {
        var message = PBReceipt()
        message.replica = head.replica.rawValue
        message.seq = head.seq
        message.hash = Data(head.hash.bytes)
        message.epoch = PBEpoch(position.epoch)
        message.rev = position.rev
        message.signature = Data(signature)
        return message
    }
}
