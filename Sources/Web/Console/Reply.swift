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
    case seeOther(String, cookies: [String] = [])
    case file([UInt8], type: String, name: String)

    /// Goes on, and says there what was done.
    /// - Parameter code: of the console's `done` texts.
    public static func done(_ address: String, _ code: String) -> Reply {
        .seeOther(address + (address.contains("?") ? "&" : "?") + "done=\(code)")
    }
}

extension CommandError {
    /// The HTTP status that the API gives it too.
    public var status: HTTPResponse.Status { Response(self).status }
}
