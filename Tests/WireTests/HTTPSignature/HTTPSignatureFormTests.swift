import Crypto
import Foundation
import Testing
import Wire

/// Signatures that are right as signatures, made by a signer of this file's own, and wrong in form.
struct HTTPSignatureFormTests {
    static let names = [
        "@method", "@path", "@query", "content-digest", "content-type", "jilian-hub", "jilian-replica",
    ]
    static let parameters = [
        "created=1700000000", "nonce=\"n-1\"", "keyid=\"node\"", "alg=\"ed25519\"", "tag=\"jilian-sync-1\"",
    ]

    /// Signs `names` with `parameters`, whatever they are, and says how the verifier likes it.
    private func refusal(
        names: [String] = Self.names, parameters: [String] = Self.parameters,
        changing change: (inout TestMessage) -> Void = { _ in }
    ) throws -> HTTPSignatureError.Code? {
        var message = try SignedExchange().request
        change(&message)
        let values = ["@method": message.method, "@path": message.path, "@query": "?" + message.query]
        let input = "(\(names.map { "\"\($0)\"" }.joined(separator: " ")))" + parameters.map { ";" + $0 }.joined()
        let lines = names.map { "\"\($0)\": \(values[$0] ?? message[$0])\n" }.joined()
        let base = lines + "\"@signature-params\": " + input
        let signature = try SignedExchange.nodeKey.signature(for: Array(base.utf8))
        message["signature-input"] = "sig=" + input
        message["signature"] = "sig=:\(signature.base64EncodedString()):"
        return SignedExchange.refusal(ofRequest: message)
    }

    @Test func `this file's signer is right where it is to be`() throws {
        #expect(try refusal() == nil)
    }

    @Test(arguments: names)
    func `a signature that leaves a component out is refused`(name: String) throws {
        #expect(try refusal(names: Self.names.filter { $0 != name }) == .wrongCoverage)
    }

    @Test func `a signature over nothing, over more or in another order is refused`() throws {
        #expect(try refusal(names: []) == .wrongCoverage)
        #expect(try refusal(names: Self.names + ["host"]) == .wrongCoverage)
        #expect(try refusal(names: Self.names + ["@path"]) == .wrongCoverage)
        #expect(try refusal(names: Self.names.reversed()) == .wrongCoverage)
        #expect(try refusal(names: Self.names.map { $0.uppercased() }) == .wrongCoverage)
    }

    @Test(arguments: parameters)
    func `a signature without one of the parameters is refused`(parameter: String) throws {
        #expect(try refusal(parameters: Self.parameters.filter { $0 != parameter }) == .wrongParameters)
    }

    @Test func `the order of the parameters is free`() throws {
        #expect(try refusal(parameters: Self.parameters.reversed()) == nil)
    }

    @Test(
        arguments: [
            (0, "created=-1"), (0, "created=\"1700000000\""), (0, "created=1700000000.5"), (0, "created=@1700000000"),
            (1, "nonce=1"), (1, "nonce=\"\""), (1, "nonce=n"), (1, "nonce=:AAAA:"),
            (1, "nonce=\"" + String(repeating: "n", count: 129) + "\""), (2, "keyid=node"), (2, "keyid=\"\""),
            (3, "alg=\"hmac-sha256\""), (3, "alg=ed25519"), (3, "alg=\"ED25519\""), (3, "alg"),
            (4, "tag=\"jilian-sync-2\""), (4, "tag=jilian-sync-1"), (4, "expires=1800000000"),
        ])
    func `a parameter of another kind or value is refused`(index: Int, text: String) throws {
        var parameters = Self.parameters
        parameters[index] = text
        #expect(try refusal(parameters: parameters) == .wrongParameters)
    }

    @Test func `a parameter more is refused, known or not`() throws {
        #expect(try refusal(parameters: Self.parameters + ["expires=1800000000"]) == .wrongParameters)
        #expect(try refusal(parameters: Self.parameters + ["x"]) == .wrongParameters)
    }

    @Test func `a repeated parameter, of which parsers take the last, is refused`() throws {
        #expect(try refusal(parameters: ["created=1"] + Self.parameters) == .malformed)
        #expect(try refusal(parameters: Self.parameters + ["created=1700000000"]) == .malformed)
    }

    @Test func `an integer that no structured field can hold is refused`() throws {
        #expect(try refusal(parameters: ["created=1000000000000000"] + Self.parameters.dropFirst()) == .malformed)
    }

    @Test func `a covered field that is empty, long, doubled or not ASCII is refused`() throws {
        let limit = HTTPSignature.componentSizeLimit
        #expect(try refusal { $0["jilian-hub"] = "" } == .malformed)
        #expect(try refusal { $0["jilian-hub"] = " \t " } == .malformed)
        #expect(try refusal { $0["jilian-hub"] = String(repeating: "h", count: limit) } == nil)
        #expect(try refusal { $0["jilian-hub"] = String(repeating: "h", count: limit + 1) } == .malformed)
        #expect(try refusal { $0["jilian-hub"] = "hüb" } == .malformed)
        #expect(try refusal { $0["jilian-hub"] = "h\r\n\"jilian-replica\": r" } == .malformed)
        #expect(try refusal { $0.headers.append(("jilian-HUB", "hub-fingerprint")) } == .malformed)
        #expect(try refusal { $0.path = "sync" } == .malformed)
        #expect(try refusal { $0.path = "/sync?x" } == .malformed)
        #expect(try refusal { $0.path = "/" + String(repeating: "p", count: limit) } == .malformed)
        #expect(try refusal { $0.query = "a b" } == .malformed)
        #expect(try refusal { $0.method = "" } == .malformed)
    }

    @Test(arguments: names.dropFirst(3) + ["signature", "signature-input"])
    func `a field that is not there is missed`(name: String) throws {
        #expect(try refusal { $0.drop(name) } == .missingComponent)
    }

    @Test func `a content digest of another algorithm, two or a wrong one is refused though signed`() throws {
        let right = try SignedExchange().request["content-digest"]
        let long = "sha-512=:\(Data(repeating: 0, count: 64).base64EncodedString()):"
        #expect(try refusal { $0["content-digest"] = long } == .missingComponent)
        #expect(try refusal { $0["content-digest"] = right + ", " + long } == .malformed)
        #expect(try refusal { $0["content-digest"] = right + ";x" } == .malformed)
        #expect(try refusal { $0["content-digest"] = "sha-256=:AAAA:" } == .malformed)
        #expect(try refusal { $0["content-digest"] = "sha-256" } == .malformed)
        let zeroes = "sha-256=:\(Data(repeating: 0, count: 32).base64EncodedString()):"
        #expect(try refusal { $0["content-digest"] = zeroes } == .digestMismatch)
        // The last character before the padding has four bits that no byte takes.
        #expect(try refusal { $0["content-digest"] = zeroes.replacing("A=:", with: "B=:") } == .malformed)
    }

    @Test func `signatures of others are left alone, but there is one of ours`() throws {
        var request = try SignedExchange().request
        let (input, signature) = (request["signature-input"], request["signature"])
        request["signature-input"] = "proxy=(\"@method\");keyid=\"p\", " + input
        request["signature"] = "proxy=:AAAA:, " + signature
        #expect(SignedExchange.refusal(ofRequest: request) == nil)
        let response = try SignedExchange().response
        #expect(SignedExchange.refusal(ofResponse: response, to: request) == nil)
        request["signature-input"] = input + ", " + input.replacing("sig=", with: "sig2=")
        #expect(SignedExchange.refusal(ofRequest: request) == .malformed)
        request["signature-input"] = input + ", " + input
        #expect(SignedExchange.refusal(ofRequest: request) == .malformed)
        request["signature-input"] = input.replacing("sig=", with: "other=")
        #expect(SignedExchange.refusal(ofRequest: request) == .malformed)
    }

    @Test(arguments: ["sig", "sig=1", "sig=::", "sig=:AAAA:", "sig=(:AAAA:)", "other=:AAAA:", "sig=\"AAAA\"", "", ","])
    func `a Signature field of another form is refused`(value: String) throws {
        var request = try SignedExchange().request
        request["signature"] = value
        let refusal = SignedExchange.refusal(ofRequest: request)
        #expect(refusal == .malformed || refusal == .missingComponent)
    }

    @Test func `the signer refuses what no verifier would take`() throws {
        var unsigned = try SignedExchange().request
        func code(_ parameters: SignatureParameters = SignedExchange.parameters) -> HTTPSignatureError.Code? {
            do throws(HTTPSignatureError) {
                _ = try HTTPSignature.sign(
                    request: unsigned.request, parameters: parameters, key: SignedExchange.nodeKey)
                return nil
            } catch { return error.code }
        }
        #expect(code() == .malformed, "it is signed already")
        for name in ["content-digest", "signature", "signature-input"] { unsigned.drop(name) }
        #expect(code() == nil)
        #expect(code(SignatureParameters(created: -1, nonce: "n", keyID: "k")) == .wrongParameters)
        #expect(code(SignatureParameters(created: .max, nonce: "n", keyID: "k")) == .wrongParameters)
        #expect(code(SignatureParameters(created: 1, nonce: "", keyID: "k")) == .wrongParameters)
        #expect(code(SignatureParameters(created: 1, nonce: "n\n", keyID: "k")) == .wrongParameters)
        for name in ["content-type", "jilian-hub", "jilian-replica"] {
            let complete = unsigned
            unsigned.drop(name)
            #expect(code() == .missingComponent)
            unsigned = complete
        }
    }
}
