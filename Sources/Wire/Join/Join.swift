public import CRDT
public import Crypto
import Foundation
import SwiftProtobuf

/// How a node asks to be taken in under a one-time code. The code's secret never travels: it keys the proof.
public struct JoinRequest: Sendable {
    /// The public part of the code.
    public let code: [UInt8]
    public let key: Curve25519.Signing.PublicKey
    public let replica: ReplicaID
    /// The node's name, for the operator.
    public let name: String
    public let schema: UInt32
    private let proof: [UInt8]

    public init(
        invitation: Invitation, key: Curve25519.Signing.PublicKey, replica: ReplicaID, name: String, schema: UInt32
    ) {
        code = invitation.code
        self.key = key
        self.replica = replica
        self.name = name
        self.schema = schema
        let bytes = Self.message(code, key, replica, name, schema, proof: []).serialisedBytes
        proof = [UInt8](HMAC<SHA256>.authenticationCode(for: bytes, using: SymmetricKey(data: invitation.secret)))
    }

    /// Whether the proof was made with this secret.
    public func isProved(by secret: [UInt8]) -> Bool {
        let bytes = Self.message(code, key, replica, name, schema, proof: []).serialisedBytes
        return HMAC<SHA256>.isValidAuthenticationCode(proof, authenticating: bytes, using: SymmetricKey(data: secret))
    }

    public var bytes: [UInt8] { Self.message(code, key, replica, name, schema, proof: proof).serialisedBytes }

    public init(bytes: [UInt8]) throws(WireError) {
        let subject = "join request"
        guard bytes.count <= 4 * Limits.nameSize else { throw .limit(subject, "\(bytes.count) bytes") }
        let message = try PBJoinRequest(checked: bytes, subject)
        guard message.version == Limits.version else { throw WireError(.version, subject, "\(message.version)") }
        guard message.name.utf8.count <= Limits.nameSize else { throw .limit(subject, "nameSize") }
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: message.key) else {
            throw .malformed(subject, "key")
        }
        guard message.code.count == Invitation.codeSize, message.proof.count == 32 else {
            throw .malformed(subject, "code or proof")
        }
        guard message.replica != 0 else { throw .malformed(subject, "replica") }
        code = [UInt8](message.code)
        self.key = key
        replica = ReplicaID(rawValue: message.replica)
        name = message.name
        schema = message.schema
        proof = [UInt8](message.proof)
    }

    private static func message(
        _ code: [UInt8], _ key: Curve25519.Signing.PublicKey, _ replica: ReplicaID, _ name: String, _ schema: UInt32,
        proof: [UInt8]
    ) -> PBJoinRequest {
        var message = PBJoinRequest()
        message.version = Limits.version
        message.code = Data(code)
        message.key = key.rawRepresentation
        message.replica = replica.rawValue
        message.name = name
        message.schema = schema
        message.proof = Data(proof)
        return message
    }
}

/// What a node learns when it is taken in; signed by the hub, bound to the request.
public struct JoinResponse: Sendable {
    public var hubKey: Curve25519.Signing.PublicKey
    public var epoch: Epoch
    public var member: MemberID
    public var node: RowID
    public var secretariat: MemberID
    public var alliance: String
    public var memberName: String
    public var hubTime: UInt64

    public init(
        hubKey: Curve25519.Signing.PublicKey, epoch: Epoch, member: MemberID, node: RowID, secretariat: MemberID,
        alliance: String, memberName: String, hubTime: UInt64
    ) {
        self.hubKey = hubKey
        self.epoch = epoch
        self.member = member
        self.node = node
        self.secretariat = secretariat
        self.alliance = alliance
        self.memberName = memberName
        self.hubTime = hubTime
    }

    /// The signed answer to a request.
    public func bytes(to request: [UInt8], key: Curve25519.Signing.PrivateKey) throws -> [UInt8] {
        var message = self.message
        message.signature = Data(try key.signature(for: request + message.serialisedBytes))
        return message.serialisedBytes
    }

    /// Reads the answer to a request; throws unless the key that the invitation pins has signed it.
    public init(bytes: [UInt8], to request: [UInt8], pin: [UInt8]) throws(WireError) {
        let subject = "join answer"
        guard bytes.count <= 16 * Limits.nameSize else { throw .limit(subject, "\(bytes.count) bytes") }
        var message = try PBJoinResponse(checked: bytes, subject)
        guard message.version == Limits.version else { throw WireError(.version, subject, "\(message.version)") }
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: message.hubKey),
            let member = MemberID(bytes: message.member), let node = RowID(bytes: message.node),
            let secretariat = MemberID(bytes: message.secretariat)
        else { throw .malformed(subject, "key or id") }
        guard HubFingerprint(of: key).bytes.prefix(pin.count).elementsEqual(pin), !pin.isEmpty else {
            throw WireError(.signature, subject, "the hub's key is not the one that the invitation names")
        }
        let signature = message.signature
        message.signature = Data()
        guard key.isValidSignature(signature, for: request + message.serialisedBytes) else {
            throw WireError(.signature, subject, "not signed by the hub")
        }
        self.init(
            hubKey: key, epoch: message.epoch.value, member: member, node: node, secretariat: secretariat,
            alliance: message.alliance, memberName: message.memberName,
            hubTime: try message.hubTime.checkedTime(subject, "hub time"))
    }

    private var message: PBJoinResponse {
        var message = PBJoinResponse()
        message.version = Limits.version
        message.hubKey = hubKey.rawRepresentation
        message.epoch = PBEpoch(epoch)
        message.member = Data(member.bytes)
        message.node = Data(node.bytes)
        message.secretariat = Data(secretariat.bytes)
        message.alliance = alliance
        message.memberName = memberName
        message.hubTime = hubTime
        return message
    }
}

/// By which the hub's key is known: the SHA-256 of its raw bytes.
public struct HubFingerprint: Hashable, Sendable, CustomStringConvertible {
    public let bytes: [UInt8]

    public init(of key: Curve25519.Signing.PublicKey) {
        bytes = Hash256(of: key.rawRepresentation).bytes
    }

    /// 64 hexadecimal digits.
    public var description: String { bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
}
