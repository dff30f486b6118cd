public import Hummingbird
public import Replica
public import HTTPTypes
import NIOCore

extension Response {
    /// A JSON answer.
    public init(_ json: JSON, status: HTTPResponse.Status = .ok) {
        self.init(
            status: status,
            headers: [.contentType: "application/json; charset=utf-8", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(string: json.serialised() + "\n")))
    }

    /// A command's refusal: what is wrong, what is safe, what to do.
    public init(_ error: CommandError) {
        let status: HTTPResponse.Status =
            switch (error.kind, error.code) {
            case (_, "absent"), (_, "unknown-table"): .notFound
            case (_, "stale"), (_, "exists"), (_, "resolved"), (_, "ambiguous"): .conflict
            case (_, "not-allowed"): .forbidden
            case (_, "too-large"): .contentTooLarge
            case (_, "busy"): .serviceUnavailable
            case (_, "full"): .init(code: 507, reasonPhrase: "Insufficient Storage")
            case (_, "damaged"), (_, "failed"): .internalServerError
            case (.usage, _): .badRequest
            case (.unreachable, _): .serviceUnavailable
            case (.refused, _): .unprocessableContent
            }
        self.init(error: error, status: status)
    }

    /// A refusal under a status that its code alone does not tell.
    public init(error: CommandError, status: HTTPResponse.Status) { self.init(error.json, status: status) }

    /// Bytes of a type.
    public init(bytes: [UInt8], type: String, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) {
        var fields = headers
        fields[.contentType] = type
        fields[.cacheControl] = "no-store"
        self.init(status: status, headers: fields, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
