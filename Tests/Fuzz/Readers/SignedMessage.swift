import Crypto
import Wire

/// An HTTP request, and an answer to it, as lines: method, path, query, then fields `name: value`, an empty line, fields
/// of the answer, an empty line, the body of both.
struct SignedMessage {
    private var request: HTTPMessageParts
    private var answer: HTTPMessageParts
    private let nonce: String
    private let created: Int64

    /// Those of the vectors, whose signatures are among the first inputs.
    private static let node = Mending.key([UInt8](0..<32))
    private static let hub = Mending.key([UInt8](32..<64))

    init(_ bytes: [UInt8]) {
        var lines: [[UInt8]] = []
        var rest = bytes[...]
        var empty = 0
        while empty < 2, let end = rest.firstIndex(of: 10) {
            let line = [UInt8](rest[rest.startIndex..<end])
            if line.isEmpty { empty += 1 }
            lines.append(line)
            rest = rest[(end + 1)...]
        }
        let texts = lines.map { String(decoding: $0, as: UTF8.self) }
        func text(_ index: Int) -> String { texts.indices.contains(index) ? texts[index] : "" }
        let fields = texts.dropFirst(3).split(separator: "", omittingEmptySubsequences: false).map { part in
            part.map { line in
                let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                return (
                    name: String(parts[0]), value: parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
                )
            }
        }
        let body = [UInt8](rest)
        request = .request(
            method: text(0), path: text(1), query: text(2), headers: fields.first ?? [], body: body)
        answer = .response(
            status: Int(body.first ?? 200) * 3, headers: fields.count > 1 ? fields[1] : [], body: body)
        nonce = String(text(1).prefix(200))
        created = Int64(truncatingIfNeeded: text(2).utf8.reduce(UInt64(0)) { $0 &* 31 &+ UInt64($1) })
    }

    /// - Parameter flags: 2: what can be signed is signed, and must verify then.
    func read(_ flags: UInt8) {
        let (node, hub) = (Self.node, Self.hub)
        _ = try? HTTPSignature.verify(request: request) { _ in node.publicKey }
        _ = try? HTTPSignature.verify(response: answer, to: request) { _ in hub.publicKey }
        guard flags & 2 == 2 else { return }
        let parameters = SignatureParameters(created: created, nonce: nonce, keyID: "k")
        guard let added = try? HTTPSignature.sign(request: request, parameters: parameters, key: node) else { return }
        let signed = request.adding(added)
        let said = try? HTTPSignature.verify(request: signed) { _ in node.publicKey }
        Reader.require(said == parameters, "a signed request does not verify")
        guard let more = try? HTTPSignature.sign(response: answer, to: signed, parameters: parameters, key: hub) else {
            return
        }
        let verified = try? HTTPSignature.verify(response: answer.adding(more), to: signed) { _ in hub.publicKey }
        Reader.require(verified == parameters, "a signed answer does not verify")
        let other = try? HTTPSignature.verify(response: answer.adding(more), to: request) { _ in hub.publicKey }
        Reader.require(other == nil, "an answer to a signed request answers an unsigned one")
        var window = ReplayWindow(capacity: 16, startedAt: 0)
        for now in [created, created &+ 1] {
            _ = window.admit(keyID: said?.keyID ?? "", nonce: nonce, created: created, now: now)
        }
    }
}
