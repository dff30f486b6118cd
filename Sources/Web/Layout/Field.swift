public import Alliance

/// A field of a form: its label, what stands in it, and what is wrong with that.
public struct Field: Sendable {
    public enum Kind: Sendable {
        case text
        case password(new: Bool)
        case number
        case date
        case long
        case file(accept: String)
        case choice([(value: String, text: HTML)])
        /// Suggestions, of which others may be typed.
        case suggested([String])
        /// A box that is ticked for `1`.
        case check
    }

    public let name: String
    public let label: Phrase
    public let kind: Kind
    public var value: String
    public var isRequired: Bool
    public var hint: Phrase?
    /// What is wrong.
    public var problem: Phrase?
    public var isWide: Bool
    /// As browsers know it: `username`, `current-password`, `new-password`.
    public var autocomplete: String?

    public init(
        _ name: String, _ label: Phrase, _ kind: Kind = .text, value: String = "", isRequired: Bool = false,
        hint: Phrase? = nil, problem: Phrase? = nil, isWide: Bool = false, autocomplete: String? = nil
    ) {
        self.name = name
        self.label = label
        self.kind = kind
        self.value = value
        self.isRequired = isRequired
        self.hint = hint
        self.problem = problem
        self.isWide = isWide
        self.autocomplete = autocomplete
    }

    public var html: HTML {
        let wide: HTML = isWide ? " full" : ""
        let wrong: HTML = problem == nil ? "" : " wrong"
        let hintText: HTML? = hint.map { "<p class=\"hint\" id=\"\(name)-hint\">\($0)</p>" }
        let error: HTML? = problem.map {
            "<p class=\"err\" id=\"\(name)-err\">\(Icon.warning.html)<span>\($0)</span></p>"
        }
        if case .check = kind {
            return """
                <div class="field\(wide)\(wrong)"><label class="check"><input type="checkbox" name="\(name)" value="1"\
                \(" checked" as HTML, if: value == "1")\(described)><span>\(label)</span></label>\(hintText)\(error)</div>
                """
        }
        let mark: HTML = isRequired ? "<span class=\"req\" aria-hidden=\"true\">*</span>" : ""
        return """
            <div class="field\(wide)\(wrong)"><label for="f-\(name)">\(label)\(mark)</label>\(control)\(hintText)\(error)</div>
            """
    }

    private var described: HTML {
        let ids = [hint == nil ? nil : "\(name)-hint", problem == nil ? nil : "\(name)-err"].compactMap { $0 }
        guard !ids.isEmpty else { return "" }
        let invalid: HTML = problem == nil ? "" : " aria-invalid=\"true\""
        return " aria-describedby=\"\(ids.joined(separator: " "))\"\(invalid)"
    }

    private var attributes: HTML {
        let complete: HTML? = autocomplete.map { " autocomplete=\"\($0)\"" }
        return "id=\"f-\(name)\" name=\"\(name)\"\(" required" as HTML, if: isRequired)\(complete)\(described)"
    }

    private var control: HTML {
        switch kind {
        case .text: return "<input \(attributes) value=\"\(value)\">"
        case .number: return "<input inputmode=\"numeric\" \(attributes) value=\"\(value)\">"
        case .date: return "<input type=\"date\" \(attributes) value=\"\(value)\">"
        case .password: return "<input type=\"password\" \(attributes)>"
        case .long: return "<textarea rows=\"3\" \(attributes)>\(value)</textarea>"
        case .file(let accept): return "<input type=\"file\" accept=\"\(accept)\" \(attributes)>"
        case .check: return ""
        case .suggested(let items):
            let options = items.map { item -> HTML in "<option value=\"\(item)\"></option>" }
            return """
                <input list="l-\(name)" \(attributes) value="\(value)"><datalist id="l-\(name)">\(options)</datalist>
                """
        case .choice(let items):
            let options = items.map { item -> HTML in
                "<option value=\"\(item.value)\"\(" selected" as HTML, if: item.value == value)>\(item.text)</option>"
            }
            return "<select \(attributes)>\(options)</select>"
        }
    }
}

/// A form that is sent by POST, with the token that shows that one of our pages sent it.
public struct Form: Sendable {
    public let action: String
    public let token: String
    public var fields: [Field]
    public var hidden: [(name: String, value: String)]
    public var submit: Phrase
    /// What stands above the fields.
    public var note: HTML
    /// Where giving up leads to.
    public var back: String?
    public var columns: Int
    public var hasFile: Bool
    /// The element that the answer is put in the place of; `nil` for a page of its own.
    public var swaps: String?
    /// Whose password it asks for, where no field says so: for programs that keep passwords.
    public var username: String?

    public init(
        _ action: String, token: String, fields: [Field], hidden: [(name: String, value: String)] = [], submit: Phrase,
        note: HTML = "", back: String? = nil, columns: Int = 1, hasFile: Bool = false, swaps: String? = nil,
        username: String? = nil
    ) {
        self.action = action
        self.token = token
        self.fields = fields
        self.hidden = hidden
        self.submit = submit
        self.note = note
        self.back = back
        self.columns = columns
        self.hasFile = hasFile
        self.swaps = swaps
        self.username = username
    }

    public var html: HTML {
        let inputs = hidden.map { item -> HTML in
            "<input type=\"hidden\" name=\"\(item.name)\" value=\"\(item.value)\">"
        }
        let user: HTML? = username.map {
            "<input type=\"text\" name=\"username\" autocomplete=\"username\" value=\"\($0)\" hidden>"
        }
        let giveUp: HTML? = back.map { "<a class=\"btn ghost\" href=\"\($0)\">\(Texts.cancel)</a>" }
        let width: HTML = columns == 2 ? "form cols" : "form"
        let encoding: HTML = hasFile ? " enctype=\"multipart/form-data\"" : ""
        let swap: HTML? = swaps.map { " data-swap=\"\($0)\"" }
        return """
            <form method="post" action="\(action)" class="\(width)" data-dialog-form\(swap)\(encoding)>\
            <input type="hidden" name="csrf" value="\(token)">\(inputs)\(user)\(note)\(fields.map(\.html))\
            <div class="acts full"><button class="btn pri">\(submit)</button>\(giveUp)</div></form>
            """
    }

    /// A form of one button.
    public static func button(
        _ action: String, token: String, hidden: [(name: String, value: String)] = [], _ icon: Icon? = nil,
        _ text: Phrase,
        style: String = "sm", swaps: String? = "content"
    ) -> HTML {
        let inputs = hidden.map { item -> HTML in
            "<input type=\"hidden\" name=\"\(item.name)\" value=\"\(item.value)\">"
        }
        let swap: HTML? = swaps.map { " data-swap=\"\($0)\"" }
        return """
            <form method="post" action="\(action)" class="inline"\(swap)><input type="hidden" name="csrf" value="\(token)">\
            \(inputs)<button class="btn \(style)">\(icon?.html)\(text)</button></form>
            """
    }
}
