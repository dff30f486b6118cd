import Alliance
import Crypto
import Foundation

/// The key by which the schools of an alliance mark applicants, so that one who is admitted twice is seen.
///
/// The schools pass it on among themselves, by word or on paper: the hub never has it, and can't tell from a mark who
/// is meant. It stands in `applicant-key` of the data folder.
public struct ApplicantKey: Sendable {
    /// 16 bytes.
    private let bytes: [UInt8]

    private static let file = "applicant-key"
    private static let size = 16

    /// Draws one.
    public init() {
        bytes = (0..<Self.size).map { _ in UInt8.random(in: .min ... .max) }
    }

    /// Reads what a school was told: groups of digits; `nil` if they are not such a key, or mistyped.
    public init?(code: String) {
        let digits = code.lowercased().filter { !"- \n\t".contains($0) }
        guard digits.count == 2 * (Self.size + 2), digits.allSatisfy(\.isHexDigit) else { return nil }
        let all = stride(from: 0, to: digits.count, by: 2).compactMap { start -> UInt8? in
            let from = digits.index(digits.startIndex, offsetBy: start)
            return UInt8(digits[from..<digits.index(from, offsetBy: 2)], radix: 16)
        }
        bytes = [UInt8](all.prefix(Self.size))
        guard [UInt8](all.suffix(2)) == [UInt8](number.prefix(2)) else { return nil }
    }

    /// The key of a data folder; `nil` if it has none.
    init?(in folder: String) throws {
        let path = folder + "/" + Self.file
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
        guard let key = ApplicantKey(code: text) else {
            throw CommandError(
                .refused, "applicant-key",
                Phrase(
                    "\(path) 不是考生密钥；请用 quota key 重新设置。", "\(path) is no applicants' key; set it again with quota key."))
        }
        self = key
    }

    func keep(in folder: String) throws {
        try PrivateFile.write(Array((code + "\n").utf8), to: folder + "/" + Self.file, code: "applicant-key")
    }

    /// Nine groups of four digits; the last tells a mistyped one.
    public var code: String {
        let digits = (bytes + number.prefix(2)).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] + digits[$0 + 1] }.joined(separator: "-")
    }

    /// By which two schools see that they use the same key: 4 bytes.
    public var number: [UInt8] { [UInt8](SHA256.hash(data: Array("jilian applicant key".utf8) + bytes).prefix(4)) }

    /// What stands for an applicant in a year: 16 bytes.
    ///
    /// - Parameter number: of the identity document, as typed: capitals, spaces and full-width digits are all one.
    public func mark(of number: String, year: Int64) -> [UInt8] {
        let plain = number.precomposedStringWithCompatibilityMapping.uppercased().filter { $0.isLetter || $0.isNumber }
        let text = "jilian applicant \(year) " + plain
        let code = HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: SymmetricKey(data: bytes))
        return [UInt8](code.prefix(16))
    }
}
