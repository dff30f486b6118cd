import Testing
import Wire

/// Changed header fields from a seeded generator: none may trap, none may be accepted.
struct HTTPSignatureFuzzTests {
    private static let count = 20_000
    private static let fragments = [
        "(", ")", ";", "=", ",", ", ", ":", "::", "\"", "\\", "\\\"", "\"\"", "?1", "?", "@", "@-", "-", "-0", "1.",
        "1.5",
        ".5", "%\"", "%\"%ff\"", "%\"%c3%28\"", "sig", "sig=", "sig=()", "req", ";key=\"sig\"", "created=1", "*", "\0",
        "\u{7F}", "é", "\r\n", "\t", "999999999999999", "9999999999999999", ":AAAA:", "=?1", "\u{212A}",
    ]

    @Test(arguments: [0x5EED, 0xFACE] as [UInt64])
    func `no mutated field is accepted, and none traps`(seed: UInt64) throws {
        let exchange = try SignedExchange()
        var generator = SignatureFuzzGenerator(seed: seed)
        for round in 0..<Self.count / 2 {
            let isRequest = Bool.random(using: &generator)
            let fields = ["signature-input", "signature", "content-digest", "content-type"]
            let name = fields.randomElement(using: &generator) ?? ""
            var message = isRequest ? exchange.request : exchange.response
            message[name] = Self.mutated(message[name], &generator)
            let original = isRequest ? exchange.request[name] : exchange.response[name]
            guard !Self.isSame(message[name], original) else { continue }
            let refusal =
                isRequest
                ? SignedExchange.refusal(ofRequest: message)
                : SignedExchange.refusal(ofResponse: message, to: exchange.request)
            #expect(refusal != nil, "seed \(seed), round \(round): \(name): \(message[name])")
        }
    }

    /// Blanks around a value are no part of it.
    private static func isSame(_ value: String, _ original: String) -> Bool {
        value.split { $0 == " " || $0 == "\t" } == original.split { $0 == " " || $0 == "\t" }
            && value.contains(original)
    }

    private static func mutated(_ value: String, _ generator: inout SignatureFuzzGenerator) -> String {
        var bytes = Array(value.utf8)
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            let low = Int.random(in: 0...bytes.count, using: &generator)
            let high = min(bytes.count, low + Int.random(in: 0...6, using: &generator))
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: bytes.removeSubrange(low..<high)
            case 1: bytes.insert(contentsOf: bytes[low..<high], at: low)
            case 2: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: low)
            case 3: bytes.replaceSubrange(low..<high, with: (fragments.randomElement(using: &generator) ?? "").utf8)
            case 4: bytes.removeSubrange(high...)
            default: if low < bytes.count { bytes[low] ^= 1 << UInt8.random(in: 0..<8, using: &generator) }
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func `fields made of fragments alone never trap`() throws {
        let exchange = try SignedExchange()
        var generator = SignatureFuzzGenerator(seed: 0xF00D)
        for _ in 0..<Self.count {
            var message = exchange.request
            for name in ["signature-input", "signature", "content-digest"] where Bool.random(using: &generator) {
                message[name] = (0..<Int.random(in: 0...8, using: &generator))
                    .map { _ in Self.fragments.randomElement(using: &generator) ?? "" }.joined()
            }
            guard message["signature"] != exchange.request["signature"] else { continue }
            #expect(SignedExchange.refusal(ofRequest: message) != nil)
        }
    }
}
