import Crypto
import Testing

@testable import Wire

struct InvitationTests {
    private let invitation: Invitation
    private let text: String

    init() throws {
        let world = try World()
        invitation = Invitation(
            code: [0, 0xFF, 1, 2, 0x80], secret: (1...10).map { $0 * 17 }, hub: HubFingerprint(of: world.hub.publicKey))
        text = invitation.description
    }

    @Test func `it is written as JL and eight groups of five, and reads back`() {
        #expect(text.utf8.count == 50 && text.hasPrefix("JL-"))
        #expect(text.split(separator: "-").map(\.count) == [2] + [Int](repeating: 5, count: 8))
        #expect(Invitation(text) == invitation)
        #expect(!text.dropFirst(3).contains { "ILOU".contains($0) })
    }

    @Test func `random ones read back`() throws {
        var generator = Seeded(21)
        let world = try World()
        for _ in 0..<300 {
            let bytes = (0..<15).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
            let some = Invitation(
                code: Array(bytes[..<5]), secret: Array(bytes[5...]),
                hub: HubFingerprint(of: generator.once(in: 2) ? world.hub.publicKey : world.node.publicKey))
            #expect(Invitation(some.description) == some)
        }
    }

    @Test func `it reads the same as people write it down`() {
        let plain = text.filter { $0 != "-" }
        let same = [
            text.lowercased(), plain, plain.lowercased(), " \(text)\n", String(text.dropFirst(3)),
            String(plain.dropFirst(2)),
            text.replacing("-", with: " "), text.replacing("-", with: "\u{3000}"), text.replacing("-", with: "--"),
            "JL-" + text.dropFirst(3).replacing("0", with: "O").replacing("1", with: "l"),
            "JL-" + text.dropFirst(3).replacing("0", with: "o").replacing("1", with: "I"), "J1" + plain.dropFirst(2),
        ]
        for other in same { #expect(Invitation(other) == invitation, "\(other)") }
    }

    @Test func `a code that begins like JL itself reads with JL before it or without`() throws {
        let hub = HubFingerprint(of: try World().hub.publicKey)
        let some = Invitation(code: [0x90, 0x40, 0, 0, 0], secret: [UInt8](1...10), hub: hub)
        #expect(some.description.hasPrefix("JL-J1000"))
        #expect(Invitation(some.description) == some && Invitation(String(some.description.dropFirst(3))) == some)
    }

    @Test func `one wrong character makes another invitation or none`() {
        let characters = Array(text)
        for position in 3..<characters.count where characters[position] != "-" {
            for letter in "0123456789ABCDEFGHJKMNPQRSTVWXYZ" where letter != characters[position] {
                var wrong = characters
                wrong[position] = letter
                let other = Invitation(String(wrong))
                #expect(other != nil && other != invitation)
            }
        }
    }

    @Test func `what is no invitation is refused`() {
        let plain = text.filter { $0 != "-" }
        let (head, tail) = (String(text.prefix(4)), String(text.dropFirst(5)))
        var bad = ["", "JL-", head + tail, text + "0", text + text, "XL" + text.dropFirst(2), "JL-" + text]
        bad.append(text.replacing("-", with: "–"))
        bad += ["U", "*", "é", "\u{FF21}"].map { head + $0 + tail }
        // The capitals of these are S, SS and FI; but nobody has written those.
        bad += ["ſ", "ß", "ﬁ"].map { head + $0 + tail }
        bad += ["ß", "ﬁ"].map { "JL" + $0 + plain.dropFirst(4) }
        for other in bad { #expect(Invitation(other) == nil, "\(other)") }
    }
}
