import Board
import Sync
import Wire

extension HubService {
    /// A request as it came.
    struct Incoming: Sendable {
        let method: String
        let path: String
        let query: String
        let headers: [(name: String, value: String)]
        let body: [UInt8]
        /// The address from where it came; `nil` for this machine.
        let origin: String?

        var parts: HTTPMessageParts {
            .request(method: method, path: path, query: query, headers: headers, body: body)
        }
    }

    /// An answer before it is signed.
    struct Answer: Sendable {
        var status: Int
        var type = "application/x-protobuf"
        var body: [UInt8]
        var retryAfter: UInt64?
        /// Transactions that were taken in and given out.
        var items = Traffic.none
        var refusal: Refusal?

        init(_ bytes: [UInt8], type: String = "application/x-protobuf") {
            status = 200
            self.type = type
            body = bytes
        }

        init(_ refusal: Refusal) {
            status = refusal.status
            body = refusal.bytes
            retryAfter = refusal.retryAfter
            self.refusal = refusal
        }
    }
}
