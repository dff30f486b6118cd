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
            case (_, "stale"), (_, "exists"): .conflict
            case (_, "not-allowed"): .forbidden
            case (.usage, _): .badRequest
            case (.unreachable, _): .serviceUnavailable
            case (.refused, _): .unprocessableContent
            }
        self.init(error.json, status: status)
    }

    /// Bytes of a type.
    public init(bytes: [UInt8], type: String, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) {
        var fields = headers
        fields[.contentType] = type
        fields[.cacheControl] = "no-store"
        self.init(status: status, headers: fields, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
