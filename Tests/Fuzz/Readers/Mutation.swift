/// Changes an input as a message: fields are changed, dropped, repeated, moved, and messages within messages too, so
/// that lengths stay right and what comes of it is read further than bytes that were changed at random.
public struct Mutation<Generator: RandomNumberGenerator> {
    private var generator: Generator
    /// Changes bytes that are no message.
    private let leaf: ([UInt8]) -> [UInt8]

    public init(_ generator: Generator, leaf: @escaping ([UInt8]) -> [UInt8]) {
        self.generator = generator
        self.leaf = leaf
    }

    private static var depthMax: Int { 6 }
    private static var numbers: [UInt64] {
        [0, 1, 2, 127, 128, 255, 256, 65_535, 65_536, 1 << 31, 1 << 32, 1 << 46, 1 << 63 - 1, 1 << 63, .max]
    }

    /// An input whose first byte says what is mended.
    public mutating func changed(_ input: [UInt8]) -> [UInt8] {
        guard let flags = input.first else { return [3] }
        let isFlagged = Int.random(in: 0..<16, using: &generator) == 0
        let mask: UInt8 = isFlagged ? 1 << UInt8.random(in: 0..<8, using: &generator) : 0
        return [flags ^ mask] + message([UInt8](input.dropFirst()), depth: 0)
    }

    private mutating func message(_ bytes: [UInt8], depth: Int) -> [UInt8] {
        var message = MessageFields(bytes)
        guard message.rest.isEmpty, !message.fields.isEmpty, depth < Self.depthMax else { return leaf(bytes) }
        let index = Int.random(in: message.fields.indices, using: &generator)
        switch Int.random(in: 0..<16, using: &generator) {
        case 0: message.fields.remove(at: index)
        case 1: message.fields.insert(message.fields[index], at: index)
        case 2: message.fields.swapAt(index, Int.random(in: message.fields.indices, using: &generator))
        case 3: message.fields[index].number = Int.random(in: 1..<24, using: &generator)
        case 4:
            // Something that stands elsewhere in the message.
            message.fields[index].content =
                message.fields[Int.random(in: message.fields.indices, using: &generator)].content
        default: message.fields[index].content = changed(message.fields[index].content, depth)
        }
        return message.bytes
    }

    private mutating func changed(_ content: MessageFields.Content, _ depth: Int) -> MessageFields.Content {
        switch content {
        case .varint(let value): .varint(number(value))
        case .fixed(let bytes): .fixed([UInt8]((leaf(bytes) + bytes).prefix(bytes.count)))
        case .bytes(let bytes): .bytes(bytes.isEmpty ? leaf(bytes) : packedOrMessage(bytes, depth))
        }
    }

    /// Bytes may be a message, numbers one after the other, or anything.
    private mutating func packedOrMessage(_ bytes: [UInt8], _ depth: Int) -> [UInt8] {
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: leaf(bytes)
        case 1 where bytes.count < 64:
            {
                var bytes = bytes
                bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(in: 0..<128, using: &generator)
                return bytes
            }()
        default: message(bytes, depth: depth + 1)
        }
    }

    private mutating func number(_ value: UInt64) -> UInt64 {
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: value &+ 1
        case 1: value &- 1
        case 2: value ^ 1 << UInt64.random(in: 0..<64, using: &generator)
        case 3: UInt64.random(in: 0..<40, using: &generator)
        default: Self.numbers[Int.random(in: Self.numbers.indices, using: &generator)]
        }
    }
}
