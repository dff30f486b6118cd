import Accounts
import Alliance
import HTTPTypes
import Replica
import Serving

extension Console {
    /// The page on which one signs in.
    /// - Parameter to: where that leads to; only addresses of this console.
    func signIn(
        _ visit: Visit, to: String, _ problem: Phrase? = nil, status: HTTPResponse.Status = .ok, name: String = ""
    ) -> Reply {
        let note: HTML? = problem.map { Note(.bad, $0).html }
        let form = Form(
            "/sign-in", token: visit.token,
            fields: [
                Field("name", Texts.signInName, value: name, isRequired: true, autocomplete: "username"),
                Field(
                    "password", Texts.password, .password(new: false), isRequired: true,
                    autocomplete: "current-password"),
            ], hidden: [("to", Self.local(to))], submit: Texts.signIn, note: note ?? "")
        return .gate(
            Texts.signIn,
            "<h1>\(Texts.signIn)</h1>\(form.html)<p class=\"muted small\">\(Texts.forgotten)</p>\(certificateLink)",
            status: status)
    }

    /// An address of this console; the start for any other.
    static func local(_ address: String) -> String {
        address.hasPrefix("/") && !address.hasPrefix("//") && !address.contains("\\")
            && !address.unicodeScalars.contains { $0.value < 0x21 } ? address : "/"
    }

    @Sendable func enter(_ visit: Visit) async throws -> Reply {
        let (name, password) = (visit.form["name"], visit.form["password"])
        do {
            let (secret, _) = try await passwords.run { [accounts] in
                try accounts.signIn(name: name, password: password, program: visit.program)
            }
            let cookie = Cookies.field(sessionCookie, secret.text, age: nil, secure: isSecure)
            return .seeOther(Self.local(visit.form["to"]), cookies: [cookie])
        } catch let error as CommandError {
            return signIn(visit, to: visit.form["to"], error.phrase, status: .unprocessableContent, name: name)
        }
    }

    @Sendable func leave(_ visit: Visit) throws -> Reply {
        try accounts.end(visit.secret)
        return .seeOther("/sign-in", cookies: [Cookies.field(sessionCookie, "", age: 0, secure: isSecure)])
    }

    @Sendable func prefer(_ visit: Visit) throws -> Reply {
        var cookies: [String] = []
        let year = 365 * 86_400
        if let language = Language(rawValue: visit.form["language"]) {
            cookies.append(Cookies.field(Self.languageCookie, language.rawValue, age: year, secure: isSecure))
        }
        if visit.form["theme"] == "next" {
            cookies.append(Cookies.field(Self.themeCookie, visit.theme.next.rawValue, age: year, secure: isSecure))
        }
        return .seeOther(Self.local(visit.form["to"].isEmpty ? visit.referrer : visit.form["to"]), cookies: cookies)
    }

    // MARK: One-time links

    func link(_ visit: Visit, _ problem: Phrase? = nil, status: HTTPResponse.Status = .ok) throws -> Reply {
        let purpose = try accounts.purpose(of: visit.parameters["link"] ?? "")
        var fields: [Field] = []
        let title: Phrase
        var username: String?
        switch purpose {
        case .make(let role):
            title = Texts.makeAccount(role.title)
            fields = [
                Field(
                    "name", Texts.signInName, value: visit.form["name"], isRequired: true, hint: Texts.signInNameHint,
                    autocomplete: "username"),
                Field("display", Texts.displayName, value: visit.form["display"], autocomplete: "name"),
            ]
        case .reset(let account):
            title = Texts.newPasswordFor(account.display)
            username = account.name
        }
        fields.append(
            Field(
                "password", Texts.password, .password(new: true), isRequired: true, hint: Texts.passwordHint,
                autocomplete: "new-password"))
        fields.append(
            Field("again", Texts.passwordAgain, .password(new: true), isRequired: true, autocomplete: "new-password"))
        let note: HTML? = problem.map { Note(.bad, $0).html }
        let form = Form(
            visit.path, token: visit.token, fields: fields, submit: Texts.save, note: note ?? "",
            username: username)
        return .gate(title, "<h1>\(title)</h1>\(form.html)", status: status)
    }

    @Sendable func useLink(_ visit: Visit) async throws -> Reply {
        let (link, form) = (visit.parameters["link"] ?? "", visit.form)
        do {
            guard form["password"] == form["again"] else {
                throw CommandError(.refused, "again", Texts.passwordsDiffer)
            }
            let secret = try await passwords.run { [accounts] in
                let account = try accounts.use(
                    link, name: form["name"], display: form["display"], password: form["password"])
                return try accounts.signIn(name: account.name, password: form["password"], program: visit.program).0
            }
            let cookie = Cookies.field(sessionCookie, secret.text, age: nil, secure: isSecure)
            return .seeOther("/", cookies: [cookie])
        } catch let error as CommandError where error.code != "link" {
            return try self.link(visit, error.phrase, status: .unprocessableContent)
        }
    }
}
