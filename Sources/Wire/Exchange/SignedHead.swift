import CRDT
public import Crypto
import Foundation
import SwiftProtobuf

/// The hub's signed word on where its journal stood. A hub whose journal does not hold it went back to a backup: nobody
/// else can have signed it.
public struct SignedHead: Hashable, Sendable {
    public let position: JournalPosition
    /// The journal hash there.
    public let journal: Hash256
    public let signature: [UInt8]

    /// Signs a head.
    public init(position: JournalPosition, journal: Hash256, key: Curve25519.Signing.PrivateKey) throws {
        self.position = position
        self.journal = journal
        signature = [UInt8](try key.signature(for: Self.message(position, journal, signature: []).serialisedBytes))
    }

    /// One that was signed elsewhere; its signature is yet to be verified.
    public init(position: JournalPosition, journal: Hash256, signature: [UInt8]) {
        self.position = position
        self.journal = journal
        self.signature = signature
    }

    init(_ message: PBSignedHead) throws(WireError) {
        guard let journal = Hash256(bytes: message.journal), message.signature.count == 64 else {
            throw .malformed("signed head", "hash or signature")
        }
        self.init(
            position: JournalPosition(epoch: message.epoch.value, rev: try message.rev.checked("signed head", "rev")),
            journal: journal, signature: [UInt8](message.signature))
    }

    /// Throws unless the hub's key signed it.
    public func verify(_ key: Curve25519.Signing.PublicKey) throws(WireError) {
        guard key.isValidSignature(signature, for: Self.message(position, journal, signature: []).serialisedBytes)
        else {
            throw WireError(.signature, "signed head", "\(position.epoch) rev \(position.rev)")
        }
    }

    var message: PBSignedHead { Self.message(position, journal, signature: signature) }

    private static func message(_ position: JournalPosition, _ journal: Hash256, signature: [UInt8]) -> PBSignedHead {
        var message = PBSignedHead()
        message.epoch = PBEpoch(position.epoch)
        message.rev = position.rev
        message.journal = Data(journal.bytes)
        message.signature = Data(signature)
        return message
    }
}
