public import Alliance

/// The parts that pages are made of.
public enum Parts {
    /// A heading with what may be done beside it.
    public static func head(_ title: HTML, under: HTML = "", actions: HTML = "") -> HTML {
        let line: HTML = under.isEmpty ? "" : "<p class=\"muted\">\(under)</p>"
        return "<section class=\"head\"><div class=\"ttl\"><h1>\(title)</h1>\(line)</div>\(actions)</section>"
    }

    /// - Parameter id: names the card, for its heading and for what is swapped or live.
    public static func card(
        _ id: String, _ title: Phrase, beside: HTML = "", live: String? = nil, actions: HTML = "", _ content: HTML
    ) -> HTML {
        let attribute: HTML? = live.map { " data-live=\"\($0)\"" }
        return """
            <section class="card" id="\(id)"\(attribute) aria-labelledby="\(id)-h"><header><h2 id="\(id)-h">\(title)</h2>\
            \(beside)<span class="sp"></span>\(actions)</header>\(content)</section>
            """
    }

    /// What stands where there is nothing to show, and what to do about it.
    public static func empty(_ icon: Icon, _ title: Phrase, _ text: Phrase, actions: HTML = "") -> HTML {
        "<div class=\"empty\"><span class=\"ai\">\(icon.html)</span><b>\(title)</b><p>\(text)</p>\(actions)</div>"
    }

    public static func link(_ address: String, _ text: Phrase) -> HTML {
        "<a class=\"lnk small\" href=\"\(address)\">\(text)</a>"
    }

    /// A link that looks like a button.
    /// - Parameters:
    ///   - style: `pri`, `sm`, `ghost`, `danger`, or several.
    ///   - dialog: whether the form that it leads to opens above this page.
    public static func button(
        to address: String, _ icon: Icon? = nil, _ text: Phrase, style: String = "", dialog: Bool = false
    ) -> HTML {
        let mark: HTML = dialog ? " data-dialog" : ""
        return "<a class=\"btn \(style)\" href=\"\(address)\"\(mark)>\(icon?.html)\(text)</a>"
    }

    public static func submit(_ icon: Icon? = nil, _ text: Phrase, style: String = "pri") -> HTML {
        "<button class=\"btn \(style)\">\(icon?.html)\(text)</button>"
    }

    /// A time, shown as China's clocks show it; `relative` turns it into “3 minutes ago” where there is script.
    /// - Parameter milliseconds: Unix milliseconds; 0 is said to be never.
    public static func time(_ milliseconds: Int64, relative: Bool = false) -> HTML {
        guard milliseconds > 0 else { return HTML(Texts.never) }
        let text = ChinaTime.text(milliseconds: milliseconds)
        let stamp = text.replacing(" ", with: "T").prefix(19) + "+08:00"
        let mark: HTML = relative ? " data-relative" : ""
        return "<time datetime=\"\(String(stamp))\"\(mark)>\(String(text.prefix(16)))</time>"
    }

    /// The time of day alone.
    public static func clock(_ milliseconds: Int64) -> HTML {
        let text = ChinaTime.text(milliseconds: milliseconds)
        return
            "<time datetime=\"\(String(text.replacing(" ", with: "T").prefix(19)) + "+08:00")\">\(String(text.dropFirst(11).prefix(5)))</time>"
    }

    /// A bar that is filled to a part of its width.
    public static func bar(_ part: Int, of whole: Int, use: Bool = false) -> HTML {
        let width = whole <= 0 ? 0 : min(100, max(0, part * 100 / whole))
        let name: HTML = use ? " use" : ""
        return """
            <svg class="bar\(name)" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">\
            <rect width="\(width)" height="8"/></svg>
            """
    }

    /// A half circle that is filled as far as something is used, with what is left in it.
    public static func gauge(used: Int, of total: Int, title: String, under: HTML) -> HTML {
        let arc: HTML = "M8 62A52 52 0 0 1 112 62"
        let length = total <= 0 ? 0 : min(1634, used * 1634 / total)
        let dash = "\(length / 10).\(length % 10) 999"
        let left = max(0, total - used)
        let name: HTML = total > 0 && left == 0 ? "g full" : "g"
        return """
            <figure class="\(name)"><svg viewBox="0 0 120 72" role="img" aria-label="\(Texts.usedOf(title, used, total))">\
            <path class="t" d="\(arc)"/><path class="u" d="\(arc)" stroke-dasharray="\(dash)"/>\
            <text x="60" y="52" text-anchor="middle" class="gv">\(left)</text>\
            <text x="60" y="67" text-anchor="middle" class="gl">\(Texts.left)</text></svg>\
            <figcaption><b>\(title)</b>\(under)</figcaption></figure>
            """
    }

    /// A line of figures, scaled to its own largest; nothing for fewer than two.
    public static func spark(_ values: [Double], _ tone: Tone = .plain, label: Phrase) -> HTML {
        guard values.count > 1, let most = values.max() else { return "" }
        let scale = most > 0 ? most : 1
        let points = values.enumerated().map { index, value in
            let x = Int(Double(index) * 840 / Double(values.count - 1))
            let y = 300 - Int(value / scale * 280)
            return "\(x / 10).\(x % 10),\(y / 10).\(y % 10)"
        }
        let line = points.joined(separator: " ")
        return """
            <svg class="spark \(tone.rawValue)" viewBox="0 0 84 32" preserveAspectRatio="none" role="img" aria-label="\(label)">\
            <polygon class="a" points="0,32 \(line) 84,32"/><polyline class="l" points="\(line)"/></svg>
            """
    }

    /// A chosen one of a few pages: addresses, texts, and which is this.
    public static func segments(_ items: [(address: String, text: Phrase, isCurrent: Bool)], label: Phrase) -> HTML {
        let links = items.map { item -> HTML in
            "<a href=\"\(item.address)\"\(" aria-current=\"page\"" as HTML, if: item.isCurrent)>\(item.text)</a>"
        }
        return "<nav class=\"seg\" aria-label=\"\(label)\">\(links)</nav>"
    }
}
