public import Alliance
public import CRDT
public import Crypto
import Foundation

/// A message of the sync in a file (离线包): sealed to its receiver by HPKE (RFC 9180), signed by its sender.
///
///     file    = head 66 · sealed · SHA-256 of all before 32
///     head    = "JLBUNDLE" · version u8 · size of the file u64 · direction u8 · enc 32 · alliance tag 8 · receiver tag 8
///     sealed  = HPKE base mode, X25519, HKDF-SHA256, ChaCha20-Poly1305, info = context, aad = head
///     opened  = sender 16 · signatures u8 · (signature 64)* · content
///     context = "jilian-bundle-1" · direction u8 · secretariat 16 · receiver 16
///
/// A signature is over context · sender · content; there is one by each key that the sender has or had, since the
/// receiver may not have heard of the present one. Tags tell who knows the ids whose file it is, and nobody else.
public struct Bundle: Sendable {
    public enum Direction: UInt8, Hashable, Sendable {
        case toHub = 1
        case toNode = 2
    }

    /// Whom a bundle is for.
    public struct Address: Hashable, Sendable {
        public let direction: Direction
        /// It stands for the alliance.
        public let secretariat: MemberID
        /// 16 bytes: of a node its id, of the hub the secretariat's.
        let receiver: [UInt8]

        private init(_ direction: Direction, _ secretariat: MemberID, _ receiver: [UInt8]) {
            self.direction = direction
            self.secretariat = secretariat
            self.receiver = receiver
        }

        public static func hub(of secretariat: MemberID) -> Address { .init(.toHub, secretariat, secretariat.bytes) }

        public static func node(_ id: RowID, of secretariat: MemberID) -> Address {
            .init(.toNode, secretariat, id.bytes)
        }

        /// What is bound to the seal and to the signatures.
        var context: [UInt8] { Array("jilian-bundle-1".utf8) + [direction.rawValue] + secretariat.bytes + receiver }

        func allianceTag(_ encapsulated: [UInt8]) -> [UInt8] { Self.tag(encapsulated + secretariat.bytes) }

        func receiverTag(_ encapsulated: [UInt8]) -> [UInt8] {
            Self.tag(encapsulated + secretariat.bytes + receiver)
        }

        /// No two bundles have a tag in common, so tags do not tell that two are for one receiver.
        private static func tag(_ bytes: [UInt8]) -> [UInt8] { [UInt8](Hash256(of: bytes).bytes.prefix(8)) }
    }

    private let address: Address
    /// Who made it, by its own word until `verify`: a node's id, or the secretariat's.
    public let sender: RowID
    public let content: [UInt8]
    private let signatures: [[UInt8]]

    static let suite = HPKE.Ciphersuite.Curve25519_SHA256_ChachaPoly
    /// Signatures of one bundle: the present key's and those of the keys before.
    static let signaturesMax = 16

    // MARK: Making one

    /// Seals content into a file.
    ///
    /// - Parameters:
    ///   - key: the receiver's, as the sender knows it.
    ///   - signing: the sender's keys, the present one first.
    public static func seal(
        _ content: [UInt8], from sender: RowID, to address: Address, key: Curve25519.Signing.PublicKey,
        signing: [Curve25519.Signing.PrivateKey]
    ) throws -> [UInt8] {
        let signed = address.context + sender.bytes + content
        let signatures = try signing.prefix(signaturesMax).map { [UInt8](try $0.signature(for: signed)) }
        let opened = sender.bytes + [UInt8(signatures.count)] + signatures.flatMap(\.self) + content
        return try seal(opened: opened, to: address, key: key)
    }

    /// Seals what was signed.
    static func seal(
        opened: [UInt8], to address: Address, key: Curve25519.Signing.PublicKey
    ) throws -> [UInt8] {
        guard let sealingKey = key.sealingKey else { throw WireError.malformed("bundle", "the receiver's key") }
        var hpke = try HPKE.Sender(recipientKey: sealingKey, ciphersuite: suite, info: Data(address.context))
        let encapsulated = [UInt8](hpke.encapsulatedKey)
        let size = Head.size + opened.count + Head.authenticationSize + Head.checksumSize
        let head = Head(
            size: UInt64(size), direction: address.direction, encapsulated: encapsulated,
            allianceTag: address.allianceTag(encapsulated), receiverTag: address.receiverTag(encapsulated)
        ).bytes
        let file = head + [UInt8](try hpke.seal(Data(opened), authenticating: Data(head)))
        return file + Hash256(of: file).bytes
    }

    // MARK: Opening one

    /// Opens a file at its receiver.
    ///
    /// - Parameters:
    ///   - address: who opens it.
    ///   - keys: the receiver's keys, former ones too.
    /// - Throws: `BundleRefusal`.
    public init(
        file: [UInt8], at address: Address, keys: [Curve25519.Signing.PrivateKey]
    ) throws(BundleRefusal) {
        let head = try Head(file: file)
        guard head.direction == address.direction else { throw .direction(head.direction) }
        guard head.allianceTag == address.allianceTag(head.encapsulated) else { throw .alliance }
        guard head.receiverTag == address.receiverTag(head.encapsulated) else { throw .receiver(nil) }
        guard let opened = Self.open(file, head, address, keys) else { throw .key }
        guard opened.count > 17, let sender = RowID(bytes: opened.prefix(16)),
            (1...Self.signaturesMax).contains(Int(opened[16])), opened.count >= 17 + 64 * Int(opened[16])
        else { throw .content("sender or signatures") }
        let start = 17 + 64 * Int(opened[16])
        self.address = address
        self.sender = sender
        signatures = stride(from: 17, to: start, by: 64).map { [UInt8](opened[$0..<$0 + 64]) }
        content = [UInt8](opened[start...])
    }

    private static func open(
        _ file: [UInt8], _ head: Head, _ address: Address, _ keys: [Curve25519.Signing.PrivateKey]
    ) -> [UInt8]? {
        let sealed = Data(file[Head.size..<file.count - Head.checksumSize])
        let encapsulated = try? Curve25519.KeyAgreement.PublicKey(rawRepresentation: head.encapsulated)
        guard let encapsulated, !encapsulated.hasSmallOrder else { return nil }
        for key in keys {
            guard
                var hpke = try? HPKE.Recipient(
                    privateKey: key.sealingKey, ciphersuite: suite, info: Data(address.context),
                    encapsulatedKey: Data(head.encapsulated)),
                let opened = try? hpke.open(sealed, authenticating: Data(file[..<Head.size]))
            else { continue }
            return [UInt8](opened)
        }
        return nil
    }

    /// Throws unless the key signed it.
    public func verify(_ key: Curve25519.Signing.PublicKey) throws(BundleRefusal) {
        let signed = address.context + sender.bytes + content
        guard signatures.contains(where: { key.isValidSignature($0, for: signed) }) else { throw .signature }
    }

    /// Whether a file is for a receiver, as far as its tags tell.
    public static func isAddressed(_ file: [UInt8], to address: Address) -> Bool {
        guard let head = try? Head(file: file) else { return false }
        return head.receiverTag == address.receiverTag(head.encapsulated)
    }
}
