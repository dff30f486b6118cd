import FoundationEssentials
import RawStructuredFieldValues

/// Structured fields (RFC 9651) with one rule more: a field must stand in its canonical form, byte for byte.
///
/// So there is one spelling of everything, and what a parser silently drops (a repeated member or parameter, of which
/// the last would win) can't be there.
enum StructuredField {
    typealias Members = OrderedMap<String, ItemOrInnerList>

    /// The dictionary in the field `name` of `message`.
    ///
    /// - Complexity: O(*n*²) in its members at most, within ``HTTPSignature/componentSizeLimit`` bytes.
    static func dictionary(_ name: String, of message: HTTPMessageParts) throws(HTTPSignatureError) -> Members {
        let value = try message.value(of: name)
        do {
            var parser = StructuredFieldValueParser(Array(value.utf8))
            let dictionary = try parser.parseDictionaryFieldValue()
            var serialiser = StructuredFieldValueSerializer()
            let canonical = try serialiser.writeDictionaryFieldValue(dictionary)
            if canonical.elementsEqual(value.utf8) { return dictionary }
        } catch {
            throw .malformed(name, .notStructured, cause: error)
        }
        throw .malformed(name, .notCanonical)
    }

    /// The bytes of a member that is one byte sequence of `count` bytes without parameters.
    static func bytes(
        _ member: ItemOrInnerList?, count: Int, name: String
    ) throws(HTTPSignatureError) -> [UInt8] {
        guard let member else { throw .missingComponent(name) }
        guard case .item(let item) = member, item.rfc9651Parameters.isEmpty,
            case .undecodedByteSequence(let text) = item.rfc9651BareItem
        else { throw .malformed(name, .notBytes) }
        // Compared with its own encoding, since a decoder may overlook bits behind the last byte.
        guard let data = Data(base64Encoded: text), data.count == count, data.base64EncodedString() == text else {
            throw .malformed(name, .notBytes)
        }
        return Array(data)
    }

    /// The item that holds `bytes` as one byte sequence.
    static func item(_ bytes: some Sequence<UInt8>) -> Item {
        Item(bareItem: RFC9651BareItem.undecodedByteSequence(Data(bytes).base64EncodedString()), parameters: [:])
    }

    static func serialise(_ item: Item, name: String) throws(HTTPSignatureError) -> String {
        try text(name) { serialiser in try serialiser.writeItemFieldValue(item) }
    }

    static func serialise(_ list: InnerList, name: String) throws(HTTPSignatureError) -> String {
        try text(name) { serialiser in try serialiser.writeListFieldValue([.innerList(list)]) }
    }

    static func serialise(_ dictionary: Members, name: String) throws(HTTPSignatureError) -> String {
        try text(name) { serialiser in try serialiser.writeDictionaryFieldValue(dictionary) }
    }

    private static func text(
        _ name: String, _ write: (inout StructuredFieldValueSerializer) throws -> [UInt8]
    ) throws(HTTPSignatureError) -> String {
        var serialiser = StructuredFieldValueSerializer()
        do { return String(decoding: try write(&serialiser), as: UTF8.self) } catch {
            throw .malformed(name, .notStructured, cause: error)
        }
    }
}
