public import HTTPTypes

/// The cookies of a request.
public struct Cookies: Sendable {
    private let values: [String: String]

    public init(_ fields: HTTPFields) {
        var values: [String: String] = [:]
        for field in fields[values: .cookie] {
            for part in field.split(separator: ";") {
                let pair = part.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
                if pair.count == 2 { values[String(pair[0])] = String(pair[1]) }
            }
        }
        self.values = values
    }

    public subscript(name: String) -> String? { values[name] }

    /// A cookie that scripts can't read and other sites' forms don't send.
    /// - Parameter age: seconds; `nil` for as long as the browser runs, 0 to take it away.
    public static func field(_ name: String, _ value: String, age: Int?, secure: Bool) -> String {
        var text = "\(name)=\(value); Path=/; HttpOnly; SameSite=Lax"
        if let age { text += "; Max-Age=\(age)" }
        return secure ? text + "; Secure" : text
    }
}
