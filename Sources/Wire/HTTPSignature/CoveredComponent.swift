import RawStructuredFieldValues

/// The identifier of one covered component (RFC 9421 section 2): a name and, for the request's signature that a
/// response answers, the parameters `req` and `key`.
struct CoveredComponent: Sendable {
    let name: String
    let parameters: OrderedMap<String, RFC9651BareItem>

    /// What a request's signature covers, in this order.
    static let ofRequest = [
        CoveredComponent("@method"), CoveredComponent("@path"), CoveredComponent("@query"),
        CoveredComponent("content-digest"), CoveredComponent("content-type"),
        CoveredComponent("jilian-hub"), CoveredComponent("jilian-replica"),
    ]

    /// What a response's signature covers, in this order.
    static let ofResponse = [
        CoveredComponent("@status"), CoveredComponent("content-digest"), CoveredComponent("content-type"),
        .requestSignature,
    ]

    /// `"signature";req;key="sig"`: the member `sig` of the request's Signature field (RFC 9421 sections 2.1.2, 2.4).
    /// With `key`, a signature that an intermediary adds to the request under another label doesn't change it.
    static let requestSignature = CoveredComponent(
        "signature", ["req": .bool(true), "key": .string(HTTPSignature.label)])

    init(_ name: String, _ parameters: OrderedMap<String, RFC9651BareItem> = [:]) {
        self.name = name
        self.parameters = parameters
    }

    /// The identifier as a structured field's item.
    var item: Item { Item(bareItem: .string(name), parameters: parameters) }

    /// The identifier as it stands in the signature base.
    func serialised() throws(HTTPSignatureError) -> String { try StructuredField.serialise(item, name: name) }
}
