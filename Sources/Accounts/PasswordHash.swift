import Crypto
import CryptoExtras
import Foundation

/// A password as it is kept: scrypt of it, with a salt of its own.
struct PasswordHash: Sendable {
    let salt: [UInt8]
    let bytes: [UInt8]
    /// scrypt's N; kept beside each, so that it can grow.
    let rounds: Int

    init(of password: String, rounds: Int) throws {
        let salt = SymmetricKey(size: .bits128).withUnsafeBytes { Array($0) }
        self.init(salt: salt, bytes: try Self.derive(password, salt, rounds), rounds: rounds)
    }

    init(salt: [UInt8], bytes: [UInt8], rounds: Int) {
        self.salt = salt
        self.bytes = bytes
        self.rounds = rounds
    }

    /// Takes as long for a wrong one as for the right one.
    func matches(_ password: String) throws -> Bool {
        let given = try Self.derive(password, salt, rounds)
        return zip(given, bytes).reduce(UInt8(0)) { $0 | $1.0 ^ $1.1 } == 0 && given.count == bytes.count
    }

    private static func derive(_ password: String, _ salt: [UInt8], _ rounds: Int) throws -> [UInt8] {
        // Typed with another input method the same characters may come composed or not.
        let plain = Data(password.precomposedStringWithCanonicalMapping.utf8)
        let key = try KDF.Scrypt.deriveKey(
            from: plain, salt: salt, outputByteCount: 32, rounds: rounds, blockSize: 8, parallelism: 1)
        return key.withUnsafeBytes { Array($0) }
    }
}
