import CRDT

extension UInt64 {
    /// The number, if it is within the signed 64 bits that every store has; so nobody downstream has to ask again.
    ///
    /// The largest is refused too, so that one more than the number is a number.
    func checked(_ subject: String, _ name: String) throws(WireError) -> UInt64 {
        guard self < UInt64(Int64.max) else { throw .malformed(subject, "\(name) \(self)") }
        return self
    }

    /// The number as Unix milliseconds: at most what a hybrid time holds.
    func checkedTime(_ subject: String, _ name: String) throws(WireError) -> UInt64 {
        guard self <= HybridTime.millisecondsMax else { throw .malformed(subject, "\(name) \(self)") }
        return self
    }
}
