import CRDT
import Crypto
import Testing

@testable import Wire

struct BundleVectorTests {
    private struct Vectors: Decodable {
        struct Key: Decodable { var seed: Hex, `public`: Hex, sealing: Hex }
        struct Taken: Decodable {
            var name: String, direction: UInt8, receiver: Hex, sender: Hex, signers: [Hex], opens: [Hex], key: Hex
            var content: Hex, file: Hex
        }
        struct Refused: Decodable {
            var name: String, code: String, direction: UInt8, opens: [Hex], key: Hex, file: Hex
        }
        var secretariat: Hex
        var node: Hex
        var keys: [Key]
        var unsealable: [Hex]
        var bundles: [Taken]
        var refused: [Refused]

        func address(_ direction: UInt8) throws -> Bundle.Address {
            let secretariat = try #require(MemberID(bytes: secretariat.bytes))
            let node = try #require(RowID(bytes: node.bytes))
            return direction == 1 ? .hub(of: secretariat) : .node(node, of: secretariat)
        }
    }

    private let vectors: Vectors

    init() throws { vectors = try VectorFile.read("bundle.json") }

    private func keys(_ seeds: [Hex]) throws -> [Curve25519.Signing.PrivateKey] {
        try seeds.map { try Curve25519.Signing.PrivateKey(rawRepresentation: $0.bytes) }
    }

    private func publicKey(_ bytes: Hex) throws -> Curve25519.Signing.PublicKey {
        try Curve25519.Signing.PublicKey(rawRepresentation: bytes.bytes)
    }

    @Test func `sealing keys are those of the vectors`() throws {
        for vector in vectors.keys {
            let key = try keys([vector.seed])[0]
            #expect([UInt8](key.publicKey.rawRepresentation) == vector.public.bytes)
            #expect(try [UInt8](#require(key.publicKey.sealingKey).rawRepresentation) == vector.sealing.bytes)
            #expect(try [UInt8](key.sealingKey.publicKey.rawRepresentation) == vector.sealing.bytes)
        }
        for bytes in vectors.unsealable { #expect(try publicKey(bytes).sealingKey == nil, "\(bytes)") }
        #expect(vectors.keys.count == 8 && vectors.unsealable.count == 5)
    }

    @Test func `the bundles of the vectors are opened, and our own are opened like them`() throws {
        for vector in vectors.bundles {
            let address = try vectors.address(vector.direction)
            let bundle = try Bundle(file: vector.file.bytes, at: address, keys: keys(vector.opens))
            #expect(bundle.sender.bytes == vector.sender.bytes && bundle.content == vector.content.bytes)
            try bundle.verify(publicKey(vector.key))
            let own = try Bundle.seal(
                bundle.content, from: bundle.sender, to: address, key: publicKey(vector.receiver),
                signing: keys(vector.signers))
            let back = try Bundle(file: own, at: address, keys: keys(vector.opens))
            try back.verify(publicKey(vector.key))
            #expect(own.count == vector.file.bytes.count && back.content == bundle.content, "\(vector.name)")
        }
        #expect(vectors.bundles.count == 5)
    }

    @Test func `what the vectors refuse is refused, for that reason`() throws {
        for vector in vectors.refused {
            let (address, keys, key) = try (
                vectors.address(vector.direction), keys(vector.opens), publicKey(vector.key)
            )
            var found: String?
            do throws(BundleRefusal) {
                try Bundle(file: vector.file.bytes, at: address, keys: keys).verify(key)
            } catch { found = error.code.rawValue }
            #expect(found == vector.code, "\(vector.name)")
        }
        #expect(vectors.refused.count >= 28)
    }
}
