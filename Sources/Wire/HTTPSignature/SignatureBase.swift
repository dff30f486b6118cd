import RawStructuredFieldValues

/// The bytes that are signed (RFC 9421 section 2.5): a line `"name": value` for each covered component, then the line
/// `"@signature-params": …`, joined by one line feed each, without one at the end.
struct SignatureBase {
    let bytes: [UInt8]

    /// - Parameters:
    ///   - lines: identifiers as serialised, and values; neither holds a line feed.
    ///   - parameters: the signature's member of Signature-Input as serialised.
    init(lines: [(identifier: String, value: String)], parameters: String) {
        let all = lines + [("\"@signature-params\"", parameters)]
        bytes = Array(all.map { "\($0.identifier): \($0.value)" }.joined(separator: "\n").utf8)
    }

    /// - Parameters:
    ///   - components: what is covered of `message`.
    ///   - request: the request that `message` answers, where it is a response.
    init(
        of message: HTTPMessageParts, answering request: HTTPMessageParts?, covering components: [CoveredComponent],
        input: InnerList
    ) throws(HTTPSignatureError) {
        var lines: [(identifier: String, value: String)] = []
        for component in components {
            let value = try Self.value(of: component, in: message, answering: request)
            lines.append((try component.serialised(), value))
        }
        self.init(lines: lines, parameters: try StructuredField.serialise(input, name: "signature-input"))
    }

    private static func value(
        of component: CoveredComponent, in message: HTTPMessageParts, answering request: HTTPMessageParts?
    ) throws(HTTPSignatureError) -> String {
        guard component.parameters["req"] != nil else { return try message.value(of: component.name) }
        guard let request else { throw .missingComponent(component.name) }
        let signature = StructuredField.item(try MessageSignature.bytes(of: request))
        return try StructuredField.serialise(signature, name: component.name)
    }
}
