/// What plain HTTP at a TLS port is told: where the same page is under HTTPS.
struct PlainHTTPAnswer {
    /// A request's head is read as far as this, bytes.
    static let headMax = 16 << 10

    /// The whole answer, after which the connection ends.
    let text: String

    /// - Parameter bytes: what came so far.
    /// - Returns: `nil` while the head of the request is not whole.
    init?(to bytes: some Collection<UInt8>) {
        let head = String(decoding: bytes.prefix(Self.headMax), as: UTF8.self)
        guard head.contains("\r\n\r\n") || head.contains("\n\n") || bytes.count >= Self.headMax else { return nil }
        text = Self.answer(Self.address(head))
    }

    /// The address under HTTPS of a page that was asked for; `nil` where the head does not say it, or asks for more.
    private static func address(_ head: String) -> String? {
        let lines = head.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        let request = lines[0].split(separator: " ")
        guard request.count == 3, request[0] == "GET", request[2].hasPrefix("HTTP/1"), request[1].hasPrefix("/"),
            request[1].utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return nil }
        let fields = lines.dropFirst().prefix { !$0.isEmpty }.map { $0.split(separator: ":", maxSplits: 1) }
        let hosts = fields.filter { $0.count == 2 && $0[0].lowercased() == "host" }.map { $0[1].drop { $0 == " " } }
        guard hosts.count == 1, (1...255).contains(hosts[0].utf8.count), hosts[0].utf8.allSatisfy(isOfHost) else {
            return nil
        }
        return "https://\(hosts[0])\(request[1])"
    }

    /// Letters, digits, and what stands in IPv6 addresses and before a port.
    private static func isOfHost(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-.:[]".utf8.contains(byte)
        }
    }

    private static func answer(_ address: String?) -> String {
        let link = address.map { address in
            let plain = address.replacing("&", with: "&amp;").replacing("\"", with: "&quot;")
                .replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            return "<p><a href=\"\(plain)\">\(plain)</a></p>"
        }
        let page = """
            <!DOCTYPE html><html lang="zh-Hans"><meta charset="utf-8"><title>技联</title>\
            <p>本站只接受加密连接：请在地址前写 https:// 。未作任何处理。</p>\
            <p lang="en">Only encrypted connections are taken here: begin the address with https://. Nothing was done.</p>\
            \(link ?? "")</html>

            """
        // A browser that kept the redirect would follow it also after the operator has changed the port's use.
        let fields = [
            address == nil ? "HTTP/1.1 400 Bad Request" : "HTTP/1.1 301 Moved Permanently",
            "Content-Type: text/html; charset=utf-8", "Content-Length: \(page.utf8.count)", "Cache-Control: no-store",
            "Connection: close",
        ]
        let location = address.map { ["Location: \($0)"] } ?? []
        return (fields + location).joined(separator: "\r\n") + "\r\n\r\n" + page
    }
}
