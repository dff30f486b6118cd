import Alliance
import Testing
@testable import Web

/// Markup that is safe by its type.
@Suite struct HTMLTests {
    @Test func `values are escaped, in text and in attributes`() {
        let name = "<script>alert('1')</script>&\"x"
        let html: HTML = "<b title=\"\(name)\">\(name)</b>"
        #expect(
            html.rendered(in: .chinese)
                == "<b title=\"&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;&quot;x\">&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;&quot;x</b>"
        )
    }

    @Test func `phrases wait for the language and are escaped`() {
        let html: HTML = "<p>\(Phrase("甲<", "A<"))</p>"
        #expect(html.rendered(in: .chinese) == "<p>甲&lt;</p>")
        #expect(html.rendered(in: .english) == "<p>A&lt;</p>")
    }

    @Test func `markup goes in as it is`() {
        let inner: HTML = "<i>\(1)</i>"
        #expect(
            ("<p>\([inner, inner])\(inner, if: false)\(nil as HTML?)</p>" as HTML).rendered(in: .english)
                == "<p><i>1</i><i>1</i></p>")
    }

    @Test(
        arguments: [
            (nil, nil, Language.chinese), ("en", "zh-CN,zh;q=0.9", .english),
            (nil, "en-US,en;q=0.9,zh;q=0.8", .english),
            (nil, "fr, zh-CN;q=0.5, en;q=0.4", .chinese), (nil, "en;q=0", .chinese), ("xx", "en", .english),
            (nil, "en;q=0.5,zh;q=0.5", .english),
        ] as [(String?, String?, Language)])
    func `the language is what was chosen, else what the browser asks for`(
        chosen: String?, accepted: String?, language: Language
    ) {
        #expect(Language(chosen: chosen, accepted: accepted) == language)
    }
}
