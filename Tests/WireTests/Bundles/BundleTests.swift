import Alliance
import CRDT
import Crypto
import Testing

@testable import Wire

/// A file on a stick: what is refused, and that nothing else is taken.
@Suite struct BundleTests {
    private let world: World
    private let node = RowID(rawValue: 0xA << 96 | 9)
    private let content: [UInt8] = Array("三十台数控车床".utf8)

    init() throws { world = try World() }

    private var address: Bundle.Address { .node(node, of: world.secretariat) }
    private var hubID: RowID { RowID(rawValue: world.secretariat.rawValue) }

    private func file(
        to address: Bundle.Address? = nil, signing: [Curve25519.Signing.PrivateKey]? = nil
    ) throws -> [UInt8] {
        try Bundle.seal(
            content, from: hubID, to: address ?? self.address, key: world.node.publicKey,
            signing: signing ?? [world.hub])
    }

    private func open(
        _ file: [UInt8], at address: Bundle.Address? = nil, keys: [Curve25519.Signing.PrivateKey]? = nil
    ) throws(BundleRefusal) -> Bundle {
        try Bundle(file: file, at: address ?? self.address, keys: keys ?? [world.node])
    }

    private func code(_ body: () throws(BundleRefusal) -> Void) -> BundleRefusal.Code? {
        do throws(BundleRefusal) { try body() } catch { return error.code }
        return nil
    }

    /// The file with a change and the checksum that goes with it.
    private func mended(_ file: [UInt8], _ change: (inout [UInt8]) -> Void) -> [UInt8] {
        var bytes = [UInt8](file.dropLast(32))
        change(&bytes)
        return bytes + Hash256(of: bytes).bytes
    }

    // MARK: Taken

    @Test func `the receiver reads what the sender signed`() throws {
        let file = try file()
        let bundle = try open(file)
        #expect(bundle.content == content && bundle.sender == hubID)
        try bundle.verify(world.hub.publicKey)
        #expect(try self.file() != file, "each is sealed under a key of its own")
        #expect(file.firstRange(of: content) == nil && file.firstRange(of: node.bytes) == nil)
        #expect(Bundle.isAddressed(file, to: address))
    }

    @Test func `a former key of the receiver opens it, and any key of the sender vouches for it`() throws {
        let next = Curve25519.Signing.PrivateKey()
        let file = try file(signing: [next, world.hub])
        let bundle = try open(file, keys: [next, world.node])
        for key in [next, world.hub] { try bundle.verify(key.publicKey) }
        #expect(code { () throws(BundleRefusal) in try bundle.verify(world.node.publicKey) } == .signature)
    }

    // MARK: Refused

    @Test func `every cut is found`() throws {
        let file = try file()
        for count in 0..<file.count {
            let found = code { () throws(BundleRefusal) in _ = try open([UInt8](file.prefix(count))) }
            #expect(found == .cut, "\(count) bytes: \(String(describing: found))")
        }
        #expect(code { () throws(BundleRefusal) in _ = try open(file + [0]) } == .damaged)
    }

    @Test func `every flipped bit is found`() throws {
        let file = try file()
        for index in file.indices {
            for bit in 0..<8 {
                var bytes = file
                bytes[index] ^= 1 << bit
                let found = code { () throws(BundleRefusal) in _ = try open(bytes) }
                let expected: Set<BundleRefusal.Code> = index < 8 ? [.notABundle] : [.damaged, .cut]
                #expect(found.map(expected.contains) == true, "byte \(index): \(String(describing: found))")
            }
        }
    }

    @Test func `no byte can be changed by who mends the checksum`() throws {
        let file = try file()
        for index in 0..<file.count - 32 {
            let found = code { () throws(BundleRefusal) in _ = try open(mended(file) { $0[index] ^= 1 }) }
            let expected: Set<BundleRefusal.Code> =
                switch index {
                case 0..<8: [.notABundle]
                case 8: [.version]
                case 9..<17: [.damaged, .cut]
                case 17: [.direction, .notABundle]
                case 18..<58: [.alliance]
                case 58..<66: [.receiver]
                default: [.key]
                }
            #expect(found.map(expected.contains) == true, "byte \(index): \(String(describing: found))")
        }
    }

    @Test func `random bytes and other files are none`() throws {
        var random = Seeded(3)
        for count in [1, 7, 8, 66, 114, 200] {
            let noise = random.bytes(count)
            #expect(code { () throws(BundleRefusal) in _ = try open(noise) } == .notABundle)
            let magic = mended(Array("JLBUNDLE".utf8) + noise + noise) { _ in }
            #expect(code { () throws(BundleRefusal) in _ = try open(magic) } != nil)
        }
        let large = [UInt8](repeating: 0, count: Limits.bundleSize + 1)
        #expect(code { () throws(BundleRefusal) in _ = try open(large) } == .limit)
    }

    @Test func `what is for others is refused with whose it is`() throws {
        let alien = MemberID(rawValue: 77)
        let cases: [(Bundle.Address, BundleRefusal.Code)] = [
            (.hub(of: world.secretariat), .direction), (.node(node, of: alien), .alliance),
            (.node(RowID(rawValue: 8), of: world.secretariat), .receiver),
        ]
        for (other, expected) in cases {
            let file = try file(to: other)
            #expect(code { () throws(BundleRefusal) in _ = try open(file) } == expected)
            #expect(!Bundle.isAddressed(file, to: address))
        }
        let file = try file()
        #expect(code { () throws(BundleRefusal) in _ = try open(file, keys: [world.hub]) } == .key)
        #expect(code { () throws(BundleRefusal) in _ = try open(file, at: .hub(of: world.secretariat)) } == .direction)
    }

    @Test func `what was signed for one receiver is not another's`() throws {
        let other = Bundle.Address.node(RowID(rawValue: 8), of: world.secretariat)
        for forged in [other, .hub(of: world.secretariat), .node(node, of: MemberID(rawValue: 77))] {
            let signature = [UInt8](try world.hub.signature(for: forged.context + hubID.bytes + content))
            let opened = hubID.bytes + [1] + signature + content
            let bundle = try open(try Bundle.seal(opened: opened, to: address, key: world.node.publicKey))
            #expect(code { () throws(BundleRefusal) in try bundle.verify(world.hub.publicKey) } == .signature)
        }
        // The sender is signed too.
        let signature = [UInt8](try world.hub.signature(for: address.context + hubID.bytes + content))
        let opened = node.bytes + [1] + signature + content
        let bundle = try open(try Bundle.seal(opened: opened, to: address, key: world.node.publicKey))
        #expect(code { () throws(BundleRefusal) in try bundle.verify(world.hub.publicKey) } == .signature)
    }

    @Test func `what was sealed without sender or signatures is refused`() throws {
        let wrong: [[UInt8]] = [
            [1], hubID.bytes + [0, 1, 2], hubID.bytes + [17] + [UInt8](repeating: 0, count: 64 * 17),
            hubID.bytes + [1] + [UInt8](repeating: 0, count: 63), [UInt8](repeating: 0, count: 17),
        ]
        for opened in wrong {
            let file = try Bundle.seal(opened: opened, to: address, key: world.node.publicKey)
            #expect(code { () throws(BundleRefusal) in _ = try open(file) } == .content, "\(opened.count) bytes")
        }
    }

    @Test func `nobody seals to a key that has no sealing key`() throws {
        let weak = try Curve25519.Signing.PublicKey(rawRepresentation: [1] + [UInt8](repeating: 0, count: 31))
        #expect(throws: WireError.self) {
            try Bundle.seal(content, from: hubID, to: address, key: weak, signing: [world.hub])
        }
    }

    @Test func `every refusal says in two languages what is wrong, and that nothing is lost`() {
        let all: [BundleRefusal] = [
            .notABundle, .cut(1), .cut(1, of: 2), .damaged, .version(2), .limit(1), .direction(.toHub),
            .direction(.toNode), .alliance, .receiver(nil), .receiver("学校 一号机"), .key, .sender, .signature,
            .content("x"), .replica, .epoch, .snapshot, .gap(after: 3, here: 2), .gap(beforeSegment: 3, here: 1), .ending,
        ]
        #expect(Set(all.map(\.code)) == Set(BundleRefusal.Code.allCases))
        for refusal in all {
            #expect(refusal.phrase.zh.hasSuffix("已有数据不受影响。") && refusal.phrase.en.contains("untouched"))
        }
    }
}
