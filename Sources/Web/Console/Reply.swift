public import Alliance
public import HTTPTypes
public import Replica
import Serving
import Hummingbird

/// What a console answers.
public enum Reply: Sendable {
    case page(Page, status: HTTPResponse.Status = .ok)
    /// A page for who has not signed in.
    case gate(Phrase, HTML, status: HTTPResponse.Status = .ok)
    /// Go on there, by GET: after everything that was done.
    ///
    /// `about`: what the act was on, for the audit list, where the address does not say it; no personal data.
    case seeOther(String, cookies: [String] = [], about: String = "")
    case file([UInt8], type: String, name: String)

    /// Goes on, and says there what was done.
    /// - Parameter code: of the console's `done` texts.
    public static func done(_ address: String, _ code: String, about: String = "") -> Reply {
        .seeOther(address + (address.contains("?") ? "&" : "?") + "done=\(code)", about: about)
    }
}

extension CommandError {
    /// The HTTP status that the API gives it too.
    public var status: HTTPResponse.Status { Response(self).status }
}
