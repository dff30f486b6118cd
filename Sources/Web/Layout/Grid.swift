public import Alliance

/// A table of rows: with script it is filtered and sorted in the page, and on a small screen it becomes a list.
public struct Grid: Sendable {
    public struct Heading: Sendable {
        public let text: HTML
        /// The same in words, for the list of a small screen; `nil` for a column without a heading.
        public let phrase: Phrase?
        public let isNumber: Bool
        /// Where the server sorts: the address, and how it is sorted now.
        public let sort: (address: String, order: Order?)?

        public init(_ phrase: Phrase?, isNumber: Bool = false, sort: (address: String, order: Order?)? = nil) {
            self.phrase = phrase
            text = phrase.map { HTML($0) } ?? ""
            self.isNumber = isNumber
            self.sort = sort
        }
    }

    public enum Order: String, Sendable { case ascending, descending }

    public struct Line: Sendable {
        public let tone: Tone
        /// The first is the line's name.
        public let cells: [HTML]

        public init(_ cells: [HTML], tone: Tone = .plain) {
            self.cells = cells
            self.tone = tone
        }
    }

    public let id: String
    public let label: Phrase
    public let headings: [Heading]
    public let lines: [Line]
    /// Whether the page holds all rows, so that it can sort them itself.
    public let isWhole: Bool

    public init(_ id: String, label: Phrase, headings: [Heading], lines: [Line], isWhole: Bool = true) {
        self.id = id
        self.label = label
        self.headings = headings
        self.lines = lines
        self.isWhole = isWhole
    }

    public var html: HTML {
        let sortable: HTML = isWhole ? " data-sortable" : ""
        return """
            <div class="scroll stack" tabindex="0" role="group" aria-label="\(label)"><table id="\(id)"\(sortable)>\
            <thead><tr>\(headings.map(heading))</tr></thead><tbody>\(lines.map(line))</tbody></table></div>
            """
    }

    private func heading(_ heading: Heading) -> HTML {
        let number: HTML = heading.isNumber ? " class=\"r\"" : ""
        guard heading.phrase != nil else {
            return "<th scope=\"col\" data-plain><span class=\"vh\">\(Texts.actions)</span></th>"
        }
        guard let sort = heading.sort else { return "<th scope=\"col\"\(number)>\(heading.text)</th>" }
        let order: HTML? = sort.order.map { " aria-sort=\"\($0.rawValue)\"" }
        return "<th scope=\"col\"\(number)\(order)><a href=\"\(sort.address)\">\(heading.text)</a></th>"
    }

    private func line(_ line: Line) -> HTML {
        let cells = line.cells.enumerated().map { index, cell -> HTML in
            guard index > 0 else { return "<th scope=\"row\">\(cell)</th>" }
            let heading = headings.indices.contains(index) ? headings[index] : Heading(nil)
            guard let phrase = heading.phrase else { return "<td class=\"act\">\(cell)</td>" }
            return "<td data-l=\"\(phrase)\"\(" class=\"r\"" as HTML, if: heading.isNumber)>\(cell)</td>"
        }
        return "<tr\(" class=\"\(line.tone.rawValue)\"" as HTML, if: line.tone != .plain)>\(cells)</tr>"
    }

    /// The field by which the rows of a table in the page are filtered.
    public static func filter(for id: String, _ label: Phrase) -> HTML {
        """
        <label class="find">\(Icon.search.html)<span class="vh">\(label)</span>\
        <input type="search" data-filter="\(id)" placeholder="\(label)"></label>
        """
    }
}
