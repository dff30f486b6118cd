/// The digest (摘要) of a set of rows: the sum modulo 2^128 of a 128-bit hash of each, and how many they are.
///
/// It is kept with the rows in the same transaction, in any order, and compared between node and hub: equal digests at
/// the same rev are the proof of convergence. The sum guards against faults, not against an adversary who chooses
/// rows (Wagner, 2002).
public struct Digest: Hashable, Sendable, CustomStringConvertible {
    public private(set) var sum: UInt128
    public private(set) var rows: Int64

    public init(sum: UInt128 = 0, rows: Int64 = 0) {
        self.sum = sum
        self.rows = rows
    }

    public mutating func add(_ hash: UInt128) {
        sum &+= hash
        rows += 1
    }

    public mutating func remove(_ hash: UInt128) {
        sum &-= hash
        rows -= 1
    }

    /// The sum as 32 hexadecimal digits, a slash and the number of rows.
    public var description: String {
        let digits = String(sum, radix: 16)
        return String(repeating: "0", count: 32 - digits.count) + digits + "/\(rows)"
    }
}
