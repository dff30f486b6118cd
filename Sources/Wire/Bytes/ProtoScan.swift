/// What a serialised message may hold, checked before it is decoded: a message of two bytes costs a decoder a hundred,
/// so their number is bounded first.
struct ProtoShape {
    /// By field number: how often the field may stand in the message, and the shape of what it holds.
    let fields: [Int: (max: Int, inner: ProtoShape?)]

    init(_ fields: [Int: (max: Int, inner: ProtoShape?)]) { self.fields = fields }
}

/// Walks the fields of a serialised protobuf message without decoding it.
struct ProtoScan: Sequence, IteratorProtocol {
    struct Field {
        let number: Int
        /// The bytes of a length-delimited field; `nil` for scalars.
        let payload: Range<Int>?
        /// Of a varint field.
        var value: UInt64 = 0
    }

    private let bytes: UnsafeRawBufferPointer
    private var position: Int
    private let end: Int
    /// Whether the walk stopped at bytes that are no field.
    private(set) var failed = false

    init(_ bytes: UnsafeRawBufferPointer, in range: Range<Int>) {
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    mutating func next() -> Field? {
        guard position < end else { return nil }
        guard let tag = varint(), tag >> 3 > 0, tag >> 3 < 1 << 29 else { return fail() }
        let number = Int(tag >> 3)
        switch tag & 7 {
        case 0:
            guard let value = varint() else { return fail() }
            return Field(number: number, payload: nil, value: value)
        case 1: return skip(8, number)
        case 5: return skip(4, number)
        case 2:
            guard let length = varint(), length <= UInt64(end - position) else { return fail() }
            let payload = position..<position + Int(length)
            position = payload.upperBound
            return Field(number: number, payload: payload)
        default: return fail()
        }
    }

    private mutating func skip(_ count: Int, _ number: Int) -> Field? {
        guard end - position >= count else { return fail() }
        position += count
        return Field(number: number, payload: nil)
    }

    private mutating func fail() -> Field? {
        failed = true
        return nil
    }

    private mutating func varint() -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while position < end, shift < 64 {
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        failed = true
        return nil
    }
}

extension ProtoShape {
    /// Throws unless the bytes are fields in a row and none stands more often than it may.
    func check(_ bytes: [UInt8], _ subject: String) throws(WireError) {
        let found: Int?? = bytes.withUnsafeBytes { (buffer: UnsafeRawBufferPointer) -> Int?? in
            fault(in: buffer, range: 0..<buffer.count)
        }
        switch found {
        case .none: return
        case .some(nil): throw .malformed(subject, "not a message")
        case .some(let number?): throw .limit(subject, "field \(number) stands too often")
        }
    }

    /// `nil`: in order. `.some(nil)`: not a message. `.some(n)`: field n stands too often.
    private func fault(in bytes: UnsafeRawBufferPointer, range: Range<Int>) -> Int?? {
        var counts: [Int: Int] = [:]
        var scan = ProtoScan(bytes, in: range)
        while let field = scan.next() {
            guard let (max, inner) = fields[field.number] else { continue }
            counts[field.number, default: 0] += 1
            if counts[field.number, default: 0] > max { return .some(field.number) }
            if let inner, let payload = field.payload, let fault = inner.fault(in: bytes, range: payload) {
                return .some(fault)
            }
        }
        return scan.failed ? .some(nil) : .none
    }
}
