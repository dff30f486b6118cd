/// A one-time code (邀请码) as the operator hands it over: what names it, what proves it, and which hub it is for.
///
/// Written in Crockford's base 32, `JL-` and eight groups of five: `JL-4GTAA-…`. It reads the same with l for 1, o for
/// 0, in lower case, with or without hyphens and spaces.
public struct Invitation: Hashable, Sendable, CustomStringConvertible {
    /// 5 bytes: the public part.
    public let code: [UInt8]
    /// 10 bytes.
    public let secret: [UInt8]
    /// The first 10 bytes of the hub's fingerprint.
    public let pin: [UInt8]

    public static let codeSize = 5
    public static let secretSize = 10
    public static let pinSize = 10
    /// How long a code can be used, milliseconds: 72 hours.
    public static let lifetime: UInt64 = 72 * 3_600_000

    public init(code: [UInt8], secret: [UInt8], hub: HubFingerprint) {
        precondition(code.count == Self.codeSize && secret.count == Self.secretSize, "sizes of an invitation's parts")
        self.code = code
        self.secret = secret
        pin = [UInt8](hub.bytes.prefix(Self.pinSize))
    }

    /// `nil` unless the text is a code as `description` gives it.
    public init?(_ text: String) {
        var digits: [UInt8] = []
        for character in text where character != "-" && !character.isWhitespace {
            // Only ASCII has its case folded: the capitals of ß are two letters that nobody wrote.
            guard let ascii = character.asciiValue else { return nil }
            let letter = Character(Unicode.Scalar(ascii)).uppercased()
            let plain: Character = letter == "O" ? "0" : letter == "I" || letter == "L" ? "1" : Character(letter)
            guard digits.count < Self.prefix.count + 40, let digit = Self.alphabet.firstIndex(of: plain) else {
                return nil
            }
            digits.append(UInt8(digit))
        }
        if digits.count > 40, digits.starts(with: Self.prefix) { digits.removeFirst(Self.prefix.count) }
        guard digits.count == 40 else { return nil }
        var bytes: [UInt8] = []
        for start in stride(from: 0, to: 40, by: 8) {
            let number = digits[start..<start + 8].reduce(UInt64(0)) { $0 << 5 | UInt64($1) }
            for shift in stride(from: 32, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: number >> shift))
            }
        }
        code = [UInt8](bytes[0..<5])
        secret = [UInt8](bytes[5..<15])
        pin = [UInt8](bytes[15..<25])
    }

    public var description: String {
        let bytes = code + secret + pin
        var text = "JL"
        for start in stride(from: 0, to: 25, by: 5) {
            let number = bytes[start..<start + 5].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            for position in 0..<8 {
                if (start / 5 * 8 + position) % 5 == 0 { text.append("-") }
                text.append(Self.alphabet[Int(number >> (35 - 5 * UInt64(position)) & 31)])
            }
        }
        return text
    }

    /// `JL` as digits.
    private static let prefix: [UInt8] = [18, 1]
    private static let alphabet = [Character]("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
}
