import Alliance
import Replica
import Serving

extension Console {
    /// The server's own authority: what it is, how to compare it, how to install it. For who can't sign in yet, too.
    func certificatePage(_ visit: Visit) throws -> Reply {
        guard let authority = try certificate?.authority() else {
            return .gate(
                Texts.certificate,
                "<h1>\(Texts.certificate)</h1><p>\(isSecure ? Texts.certificateOfOthers : Texts.certificateNone)</p>")
        }
        let ways = Texts.certificateWays.map { way -> HTML in
            "<dt>\(way.system)</dt><dd>\(way.steps)</dd>"
        }
        // Pairs in groups of eight, so that two people can read them to each other.
        let pairs = authority.fingerprint.split(separator: ":")
        let lines = stride(from: 0, to: pairs.count, by: 8).map { start -> HTML in
            "<span>\(pairs[start..<min(start + 8, pairs.count)].joined(separator: ":"))</span> "
        }
        let content: HTML = """
            <h1>\(Texts.certificate)</h1><p>\(Texts.certificateText)</p>\
            <h2>\(Texts.fingerprint)</h2><p class="print"><code>\(lines)</code></p><p class="muted small">\(Texts.fingerprintHint)</p>\
            \(Parts.button(to: "/certificate/ca.crt", .download, Texts.certificateFile, style: "pri"))\
            <h2>\(Texts.certificateHow)</h2><dl class="ways">\(ways)</dl>
            """
        return .gate(Texts.certificate, content)
    }

    func authorityFile() throws -> Reply {
        guard let authority = try certificate?.authority() else {
            throw CommandError(
                .refused, "certificate", isSecure ? Texts.certificateOfOthers : Texts.certificateNone)
        }
        return .file(Array(authority.pem.utf8), type: "application/x-x509-ca-cert", name: "jilian-ca.crt")
    }

    /// Below the form by which one signs in, for whom the browser has just warned.
    var certificateLink: HTML? {
        certificate.map { _ in "<p class=\"small\">\(Parts.link("/certificate", Texts.certificateWarned))</p>" }
    }
}
