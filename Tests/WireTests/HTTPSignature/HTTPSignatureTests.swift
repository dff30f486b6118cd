import Crypto
import Testing
import Wire

struct HTTPSignatureTests {
    let exchange: SignedExchange

    init() throws { exchange = try SignedExchange() }

    @Test func `a signed request verifies and tells its parameters`() throws {
        let parameters = try HTTPSignature.verify(
            request: exchange.request.request, key: SignedExchange.publicKey)
        #expect(parameters == SignedExchange.parameters)
    }

    @Test func `a signed response verifies with the request that it answers`() throws {
        let parameters = try HTTPSignature.verify(
            response: exchange.response.response, to: exchange.request.request, key: SignedExchange.publicKey)
        #expect(parameters == SignedExchange.hubParameters)
    }

    @Test func `a request without body or query is signed with the digest of no bytes`() throws {
        var message = TestMessage(headers: [], body: [])
        (message.method, message.query) = ("GET", "")
        message.headers = [
            ("content-type", "application/octet-stream"), ("jilian-hub", "h"), ("jilian-replica", "r"),
        ]
        message.headers += try HTTPSignature.sign(
            request: message.request, parameters: SignedExchange.parameters, key: SignedExchange.nodeKey)
        #expect(message["content-digest"] == "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:")
        #expect(SignedExchange.refusal(ofRequest: message) == nil)
    }

    @Test func `names of header fields may be in any case, and values padded`() {
        var request = exchange.request
        request.headers = request.headers.map { ($0.name.uppercased(), " \t" + $0.value + "  ") }
        #expect(SignedExchange.refusal(ofRequest: request) == nil)
    }

    @Test func `fields that are not covered may change`() {
        var request = exchange.request
        request["host"] = "näher.example\r\n"
        request.headers += [("Via", "a"), ("via", "b")]
        #expect(SignedExchange.refusal(ofRequest: request) == nil)
    }

    @Test(arguments: ["content-type", "jilian-hub", "jilian-replica", "content-digest", "signature", "signature-input"])
    func `every byte of a request's field counts`(name: String) {
        for index in exchange.request[name].utf8.indices {
            var request = exchange.request
            request[name] = request[name].flippingByte(at: index)
            #expect(SignedExchange.refusal(ofRequest: request) != nil)
        }
    }

    @Test func `every byte of a request's first line counts`() {
        for part in [\TestMessage.method, \.path, \.query] {
            for index in exchange.request[keyPath: part].utf8.indices {
                var request = exchange.request
                request[keyPath: part] = request[keyPath: part].flippingByte(at: index)
                #expect(SignedExchange.refusal(ofRequest: request) != nil)
            }
            var request = exchange.request
            request[keyPath: part] = ""
            #expect(SignedExchange.refusal(ofRequest: request) != nil)
        }
    }

    @Test func `every byte of a request's body counts`() {
        for index in exchange.request.body.indices {
            var request = exchange.request
            request.body[index] ^= 1
            #expect(SignedExchange.refusal(ofRequest: request) == .digestMismatch)
        }
    }

    @Test func `a body and a digest changed together are refused`() throws {
        var request = exchange.request
        request.body = []
        request["content-digest"] = "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"
        #expect(SignedExchange.refusal(ofRequest: request) == .badSignature)
    }

    @Test(arguments: ["content-type", "content-digest", "signature", "signature-input"])
    func `every byte of a response's field counts`(name: String) {
        for index in exchange.response[name].utf8.indices {
            var response = exchange.response
            response[name] = response[name].flippingByte(at: index)
            #expect(SignedExchange.refusal(ofResponse: response, to: exchange.request) != nil)
        }
    }

    @Test func `a response's status and body count`() {
        var response = exchange.response
        response.status = 201
        #expect(SignedExchange.refusal(ofResponse: response, to: exchange.request) == .badSignature)
        response = exchange.response
        response.body.append(0)
        #expect(SignedExchange.refusal(ofResponse: response, to: exchange.request) == .digestMismatch)
    }

    @Test func `a response to another request is refused`() throws {
        var other = exchange.request
        for name in ["content-digest", "signature", "signature-input"] { other.drop(name) }
        let unsigned = other
        #expect(SignedExchange.refusal(ofResponse: exchange.response, to: unsigned) == .missingComponent)
        var parameters = SignedExchange.parameters
        parameters.nonce += "'"
        other.headers += try HTTPSignature.sign(
            request: other.request, parameters: parameters, key: SignedExchange.nodeKey)
        #expect(SignedExchange.refusal(ofRequest: other) == nil)
        #expect(SignedExchange.refusal(ofResponse: exchange.response, to: other) == .badSignature)
    }

    @Test func `a key that is not known and a key of another are told apart`() {
        #expect(throws: HTTPSignatureError.self) {
            try HTTPSignature.verify(request: exchange.request.request) { _ in nil }
        }
        var request = exchange.request
        request["signature-input"] = request["signature-input"].replacing("\"node\"", with: "\"nobody\"")
        #expect(SignedExchange.refusal(ofRequest: request) == .unknownKey)
        request["signature-input"] = request["signature-input"].replacing("\"nobody\"", with: "\"hub\"")
        #expect(SignedExchange.refusal(ofRequest: request) == .badSignature)
    }

    @Test func `a request is no response, and a response no request`() {
        #expect(SignedExchange.refusal(ofRequest: exchange.response) == .wrongCoverage)
        #expect(SignedExchange.refusal(ofResponse: exchange.request, to: exchange.request) == .wrongCoverage)
        #expect(throws: HTTPSignatureError.self) {
            try HTTPSignature.verify(request: exchange.request.response, key: SignedExchange.publicKey)
        }
    }
}

extension String {
    /// The same text with the lowest bit of one byte changed.
    fileprivate func flippingByte(at index: String.Index) -> String {
        var bytes = Array(utf8)
        bytes[utf8.distance(from: startIndex, to: index)] ^= 1
        return String(decoding: bytes, as: UTF8.self)
    }
}
