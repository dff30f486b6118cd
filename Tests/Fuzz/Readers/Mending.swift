import CRDT
import Crypto
import Wire

/// Makes hashes, sizes and signatures of a message what its content asks for, so that the fuzzer gets past them. Bodies
/// of sections stand in its inputs as they are before they are compressed.
struct Mending {
    /// Whether frames are made, and what is hashed is hashed anew.
    let hashes: Bool
    /// Whether what is signed is signed anew.
    let signs: Bool

    static let node = key([UInt8](repeating: 2, count: 32))
    static let hub = key([UInt8](repeating: 1, count: 32))

    static func key(_ bytes: [UInt8]) -> Curve25519.Signing.PrivateKey {
        do { return try .init(rawRepresentation: bytes) } catch {
            preconditionFailure("32 bytes are a key: \(error)")
        }
    }

    /// The first byte of an input says what is mended.
    init(flags: UInt8) {
        hashes = flags & 1 == 1
        signs = flags & 2 == 2
    }

    private static let magic: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]

    /// Makes frames of the bodies of a `Section…` list, and gives them back by index.
    private func frames(in message: inout MessageFields, at number: Int) -> [Int: (raw: Int?, frame: [UInt8])] {
        var frames: [Int: (raw: Int?, frame: [UInt8])] = [:]
        message.each(number) { section in
            guard let raw = section.payload(2) else { return }
            let isFrame = raw.starts(with: Self.magic)
            let frame = isFrame ? raw : Section.compress(raw)
            section.set(2, .bytes(frame))
            frames[Int(truncatingIfNeeded: section.number(1))] = (isFrame ? nil : raw.count, frame)
        }
        return frames
    }

    /// Puts the sizes and hashes of frames into the heads that name them.
    private func name(
        _ frames: [Int: (raw: Int?, frame: [UInt8])], in message: inout MessageFields, heads: Int, first: Int
    ) {
        var index = 0
        message.each(heads) { head in
            if let (raw, frame) = frames[index] {
                if let raw { head.set(first, .varint(UInt64(raw))) }
                head.set(first + 1, .varint(UInt64(frame.count)))
                head.set(first + 2, .bytes(Hash256(of: frame).bytes))
            }
            index += 1
        }
    }

    /// A segment, or the part of a journal entry that is one.
    func segment(_ message: inout MessageFields, header: Int, signature: Int, sections: Int) {
        guard var bytes = message.payload(header) else { return }
        if hashes {
            let frames = frames(in: &message, at: sections)
            var head = MessageFields(bytes)
            name(frames, in: &head, heads: 12, first: 2)
            bytes = head.bytes
            message.set(header, .bytes(bytes))
        }
        if signs { message.set(signature, .bytes(sign(bytes, Self.node))) }
    }

    /// A journal entry after another: its segment, the hash of its detail, and its place in the chain.
    func entry(_ message: inout MessageFields, after last: inout Hash256) {
        segment(&message, header: 3, signature: 4, sections: 7)
        guard hashes, let header = message.payload(3) else { return }
        if let detail = message.payload(8), !detail.isEmpty {
            var verdict = MessageFields(message.payload(5) ?? [])
            verdict.set(2, .bytes(Hash256(of: detail).bytes))
            message.set(5, .bytes(verdict.bytes))
        }
        last = JournalEntry.hash(
            after: last, rev: message.number(1), hubTime: message.number(2), header: Hash256(of: header),
            verdict: message.payload(5) ?? [])
        message.set(6, .bytes(last.bytes))
    }

    func request(_ bytes: [UInt8]) -> [UInt8] {
        var message = MessageFields(bytes)
        message.each(10) { segment(&$0, header: 1, signature: 2, sections: 3) }
        var last = Hash256.zero
        message.each(19) { entry(&$0, after: &last) }
        if signs { message.each(22) { signLast(&$0, field: 4) } }
        return message.bytes
    }

    func answer(_ bytes: [UInt8]) -> [UInt8] {
        var message = MessageFields(bytes)
        var last = Hash256.zero
        message.each(9) { entry(&$0, after: &last) }
        if signs { message.each(8) { signLast(&$0, field: 6) } }
        return message.bytes
    }

    func manifest(_ bytes: [UInt8], _ parts: inout MessageFields, at number: Int) -> [UInt8] {
        guard hashes else { return bytes }
        var manifest = MessageFields(bytes)
        name(frames(in: &parts, at: number), in: &manifest, heads: 7, first: 3)
        return manifest.bytes
    }

    func hubBundle(_ bytes: [UInt8]) -> [UInt8] {
        var message = MessageFields(bytes)
        if let answer = message.payload(2) { message.set(2, .bytes(self.answer(answer))) }
        if let manifest = message.payload(3) { message.set(3, .bytes(self.manifest(manifest, &message, at: 4))) }
        return message.bytes
    }

    func repairAnswer(_ bytes: [UInt8]) -> [UInt8] {
        guard hashes else { return bytes }
        var message = MessageFields(bytes)
        message.each(4) { section in
            guard let raw = section.payload(3), !raw.starts(with: Self.magic) else { return }
            section.set(2, .varint(UInt64(raw.count)))
            section.set(3, .bytes(Section.compress(raw)))
        }
        return message.bytes
    }

    /// Signs a message that ends with its signature, over what stands before.
    private func signLast(_ message: inout MessageFields, field: Int) {
        message.fields.removeAll { $0.number == field }
        message.set(field, .bytes(sign(message.bytes, Self.hub)))
    }

    private func sign(_ bytes: [UInt8], _ key: Curve25519.Signing.PrivateKey) -> [UInt8] {
        do { return [UInt8](try key.signature(for: bytes)) } catch { preconditionFailure("signing failed: \(error)") }
    }
}
