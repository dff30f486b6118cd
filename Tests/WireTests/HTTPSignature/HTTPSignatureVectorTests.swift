import Crypto
import Foundation
import Testing

@testable import Wire

/// The vectors of `Protocol/Vectors/http-signature.json`, which a program in another language made from the
/// specification alone, and one of RFC 9421 itself.
struct HTTPSignatureVectorTests {
    struct Vectors: Decodable {
        var nodeKey: Key
        var hubKey: Key
        var exchanges: [Exchange]
    }

    struct Key: Decodable {
        var keyID: String
        var seed: String
        var publicKey: String
    }

    struct Exchange: Decodable {
        var name: String
        var request: Signed
        var response: Signed
    }

    struct Signed: Decodable {
        var method: String?
        var path: String?
        var query: String?
        var status: Int?
        var headers: [[String]]
        var body: String
        var created: Int64
        var nonce: String
        var signatureBase: String
        var added: [[String]]
    }

    static let vectors = Result {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../Protocol/Vectors/http-signature.json")
        return try JSONDecoder().decode(Vectors.self, from: Data(contentsOf: file))
    }

    @Test func `the vectors verify, and signing makes them anew`() throws {
        let vectors = try Self.vectors.get()
        let (node, hub) = (try vectors.nodeKey.privateKey(), try vectors.hubKey.privateKey())
        #expect(vectors.exchanges.count >= 2)
        for exchange in vectors.exchanges {
            let (plain, answer) = (exchange.request.parts, exchange.response.parts)
            let request = plain.adding(exchange.request.added.pairs)
            let response = answer.adding(exchange.response.added.pairs)
            let asked = try HTTPSignature.verify(request: request) { id in
                id == vectors.nodeKey.keyID ? node.publicKey : nil
            }
            #expect(asked == exchange.request.parameters(vectors.nodeKey))
            let told = try HTTPSignature.verify(response: response, to: request) { id in
                id == vectors.hubKey.keyID ? hub.publicKey : nil
            }
            #expect(told == exchange.response.parameters(vectors.hubKey))
            let signedRequest = try HTTPSignature.sign(request: plain, parameters: asked, key: node)
            #expect(Self.isSame(signedRequest, exchange.request.added), "\(exchange.name)")
            let signedResponse = try HTTPSignature.sign(response: answer, to: request, parameters: told, key: hub)
            #expect(Self.isSame(signedResponse, exchange.response.added), "\(exchange.name)")
            try Self.checkBases(exchange, request, response)
        }
    }

    private static func checkBases(
        _ exchange: Exchange, _ request: HTTPMessageParts, _ response: HTTPMessageParts
    ) throws {
        let asked = try SignatureBase(
            of: request, answering: nil, covering: CoveredComponent.ofRequest,
            input: try MessageSignature(of: request).input)
        #expect(String(decoding: asked.bytes, as: UTF8.self) == exchange.request.signatureBase)
        let told = try SignatureBase(
            of: response, answering: request, covering: CoveredComponent.ofResponse,
            input: try MessageSignature(of: response).input)
        #expect(String(decoding: told.bytes, as: UTF8.self) == exchange.response.signatureBase)
    }

    private static func isSame(_ fields: [(name: String, value: String)], _ other: [[String]]) -> Bool {
        fields.map { [$0.name, $0.value] } == other
    }

    @Test func `the signature base of RFC 9421 appendix B.2.6 has the signature given there`() throws {
        let input =
            #"("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473"#
            + #";keyid="test-key-ed25519""#
        let base = SignatureBase(
            lines: [
                (#""date""#, "Tue, 20 Apr 2021 02:07:55 GMT"), (#""@method""#, "POST"), (#""@path""#, "/foo"),
                (#""@authority""#, "example.com"), (#""content-type""#, "application/json"),
                (#""content-length""#, "18"),
            ], parameters: input)
        let seed = try #require(Data(base64Encoded: "n4Ni+HpISpVObnQMW0wOhCKROaIKqKtW/2ZYb2p9KcU="))
        let expected = "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="
        let key = try Curve25519.Signing.PrivateKey(rawRepresentation: seed)
        #expect(key.publicKey.rawRepresentation.base64EncodedString() == "JrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=")
        #expect(try key.signature(for: base.bytes).base64EncodedString() == expected)
    }
}

extension HTTPSignatureVectorTests.Key {
    func privateKey() throws -> Curve25519.Signing.PrivateKey {
        let key = try Curve25519.Signing.PrivateKey(rawRepresentation: seed.hexBytes)
        try #require(Array(key.publicKey.rawRepresentation) == publicKey.hexBytes)
        return key
    }
}

extension HTTPSignatureVectorTests.Signed {
    var parts: HTTPMessageParts {
        if let status { return .response(status: status, headers: headers.pairs, body: body.hexBytes) }
        return .request(
            method: method ?? "", path: path ?? "", query: query ?? "", headers: headers.pairs, body: body.hexBytes)
    }

    func parameters(_ key: HTTPSignatureVectorTests.Key) -> SignatureParameters {
        SignatureParameters(created: created, nonce: nonce, keyID: key.keyID)
    }
}

extension [[String]] {
    fileprivate var pairs: [(name: String, value: String)] { map { ($0[0], $0[1]) } }
}

extension String {
    fileprivate var hexBytes: [UInt8] {
        let digits = Array(utf8)
        return stride(from: 0, to: digits.count - 1, by: 2).compactMap {
            UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)
        }
    }
}
