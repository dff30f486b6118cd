import HTTPTypes
import Testing
@testable import Web

/// What forms send, and what comes with it.
@Suite struct FormTests {
    @Test func `fields come back as they were typed`() throws {
        let form = try #require(FormBody(encoded: "name=%E7%94%B2+%E4%B9%99&x=1&x=2&empty=&%3D=%26"))
        #expect(form["name"] == "甲 乙" && form.all("x") == ["1", "2"] && form["empty"].isEmpty && form["="] == "&")
        #expect(form["absent"].isEmpty)
    }

    @Test(arguments: ["a=%", "a=%4", "a=%zz", "a=%FF", String(repeating: "a=1&", count: 501)])
    func `what is no form is refused`(text: String) {
        #expect(FormBody(encoded: text) == nil)
    }

    @Test func `files come with their bytes`() throws {
        let bytes: [UInt8] = [0, 13, 10, 45, 45, 0xFF]
        let head =
            "--xyz\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n字\r\n--xyz\r\n"
            + "Content-Disposition: form-data; name=\"file\"; filename=\"a b.csv\"\r\nContent-Type: text/csv\r\n\r\n"
        let body = Array(head.utf8) + bytes + Array("\r\n--xyz--\r\n".utf8)
        let form = try #require(FormBody(multipart: body, type: "multipart/form-data; boundary=xyz"))
        #expect(form["csrf"] == "字")
        #expect(form.files["file"]?.bytes == bytes && form.files["file"]?.name == "a b.csv")
        #expect(FormBody(multipart: body.dropLast(6), type: "multipart/form-data; boundary=xyz") == nil)
        #expect(FormBody(multipart: body, type: "multipart/form-data; boundary=other") == nil)
        #expect(FormBody(multipart: body, type: "multipart/form-data") == nil)
    }

    @Test func `cookies are read one by one`() {
        let cookies = Cookies([.cookie: "a=1; b=2=3;c=; d"])
        #expect(cookies["a"] == "1" && cookies["b"] == "2=3" && cookies["c"] == nil && cookies["d"] == nil)
        #expect(Cookies.field("s", "x", age: nil, secure: true) == "s=x; Path=/; HttpOnly; SameSite=Lax; Secure")
    }

    @Test(arguments: ["//evil.example", "http://evil.example", "/\\evil.example", "/a\nb", "", "javascript:1"])
    func `signing in leads nowhere else`(address: String) {
        #expect(Console.local(address) == "/")
        #expect(Console.local("/tables?q=1") == "/tables?q=1")
    }

    @Test func `each file of the kit has bytes, a type and a tag of its own`() {
        let assets = Assets.all
        #expect(assets.names.contains("style.css") && assets.names.contains("app.js") && assets.names.count >= 9)
        #expect(Set(assets.names.compactMap { assets[$0]?.tag }).count == assets.names.count)
        for name in assets.names { #expect(assets[name].map { !$0.bytes.isEmpty } == true, "\(name)") }
        #expect(assets.address("app.js") == "/assets/\(assets.version)/app.js")
    }
}
