public import Alliance
import SwiftProtobuf

/// Why the hub did not do what was asked, for the program and for a person.
public struct Refusal: Error, Hashable, Sendable {
    public let code: Code
    public let phrase: Phrase
    /// When to try again, milliseconds; `nil`: not without somebody doing something.
    public let retryAfter: UInt64?
    /// The hub's clock, Unix milliseconds, so that a peer whose clock is wrong can sign anew.
    public let hubTime: UInt64

    public init(_ code: Code, _ phrase: Phrase, retryAfter: UInt64? = nil, hubTime: UInt64) {
        self.code = code
        self.phrase = phrase
        self.retryAfter = retryAfter
        self.hubTime = hubTime
    }

    /// Each has one HTTP status; the specification lists them with their remedies.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// The message can't be read, or exceeds a limit.
        case malformed
        case version
        /// The signature of the request is missing or wrong, or its key unknown.
        case signature
        /// The request was signed outside the hub's window of time: sign anew by `hubTime`.
        case clock
        /// The same signed request came before.
        case replayed
        case revoked
        /// No earlier node of its member has confirmed the node yet.
        case unconfirmed
        /// The one-time code is wrong, used or too old.
        case code
        /// A segment does not continue its replica's chain.
        case chain
        /// Two copies write under one replica id.
        case fork
        /// The replica was rolled back, or may go on after a fork: it ends, and its node goes on under a new id.
        case ended
        /// The journal that the node merged is not this hub's.
        case journal
        /// Too many at once.
        case busy
        /// The schema is newer than the hub's.
        case schema
        /// The hub's disk or clock needs its operator.
        case unwell
        case notFound
    }

    public var status: Int {
        switch code {
        case .malformed, .version: 400
        case .signature, .clock, .replayed: 401
        case .revoked, .unconfirmed, .code: 403
        case .notFound: 404
        case .chain, .fork, .ended, .journal: 409
        case .schema: 425
        case .busy, .unwell: 503
        }
    }

    public var bytes: [UInt8] { message.serialisedBytes }

    public init(bytes: [UInt8]) throws(WireError) {
        guard bytes.count <= 16 * Limits.nameSize else { throw .limit("refusal", "\(bytes.count) bytes") }
        let message = try PBRefusal(checked: bytes, "refusal")
        try self.init(message)
    }

    var message: PBRefusal {
        var message = PBRefusal()
        message.code = code.rawValue
        message.zh = phrase.zh
        message.en = phrase.en
        message.retryAfter = retryAfter ?? 0
        message.hubTime = hubTime
        return message
    }

    init(_ message: PBRefusal) throws(WireError) {
        // A newer hub may refuse for reasons that this program does not know; its words are shown as they are.
        guard !message.code.isEmpty else { throw .malformed("refusal", "code") }
        let code = Code(rawValue: message.code) ?? .unwell
        self.init(
            code, Phrase(message.zh, message.en),
            retryAfter: message.retryAfter == 0 ? nil : try message.retryAfter.checkedTime("refusal", "retry after"),
            hubTime: try message.hubTime.checkedTime("refusal", "hub time"))
    }
}
