import Foundation
import Testing

@Suite struct RepositoryTests {
    // MARK: Layers

    @Test func `imports follow the layer table`() throws {
        let sources = try Repository.files().filter { $0.hasPrefix("Sources/") && $0.hasSuffix(".swift") }
        #expect(sources.count > 100, "the sources were not found")
        for file in sources {
            let target = String(file.split(separator: "/")[1])
            for line in Layers.imports(of: try Repository.text(file), file: file, target: target) {
                if let fault = Layers.fault(line) { Issue.record("\(fault)") }
            }
        }
    }

    @Test(arguments: [
        ("CRDT", "import Foundation"), ("CRDT", "public import Wire"), ("Wire", "import GRDB"),
        ("Sync", "import Store"),
        ("Sync", "import Foundation"), ("Store", "import Hub"), ("Hub", "import Node"), ("Nowhere", "import CRDT"),
    ])
    func `the layer table refuses a wrong import`(target: String, line: String) {
        let imports = Layers.imports(of: "// a canary\n\(line)\n", file: "canary.swift", target: target)
        #expect(imports.count == 1)
        #expect(imports.allSatisfy { Layers.fault($0) != nil })
    }

    @Test func `the layer table is acyclic`() {
        var settled = Layers.libraries
        for _ in Layers.ours {
            settled.formUnion(Layers.ours.filter { $0.value.isSubset(of: settled) }.map(\.key))
        }
        #expect(settled.isSuperset(of: Layers.ours.keys))
    }

    // MARK: Top level

    private func isAllowedAtTop(_ name: String) -> Bool {
        ["Package.swift", "Sources", "Tests", "Deploy", "Protocol", "README.md", "LICENSE"].contains(name)
            || name.hasPrefix(".")
    }

    @Test func `the top level holds what the card names and nothing else`() throws {
        let names = Set(try Repository.files().compactMap { $0.split(separator: "/").first.map(String.init) })
        #expect(names.contains("Package.swift"))
        for name in names.sorted() where !isAllowedAtTop(name) {
            Issue.record("\(name) stands at the top level; move it into Sources, Tests, Deploy or Protocol")
        }
    }

    @Test func `a stray folder at the top would be noticed`() {
        #expect(!isAllowedAtTop("Scripts"))
        #expect(!isAllowedAtTop("Package.resolved"))
    }

    // MARK: Words

    private static let banned = ["TO" + "DO", "FIX" + "ME", "X" + "XX", "fatal" + "Error("]

    private func bannedWords(in text: String) -> [String] { Self.banned.filter { text.contains($0) } }

    @Test func `no unfinished marks stand in the sources`() throws {
        for file in try Repository.files()
        where file.hasPrefix("Sources/") && file.hasSuffix(".swift") && !file.hasSuffix(".pb.swift") {
            for word in bannedWords(in: try Repository.text(file)) {
                Issue.record("\(file) says \(word): finish it or take it out")
            }
        }
    }

    @Test func `an unfinished mark would be noticed`() {
        #expect(bannedWords(in: "// TO" + "DO later") == ["TO" + "DO"])
    }

    @Test func `nothing names a path of a developer's machine`() throws {
        let paths = ["/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/"]
        for file in try Repository.files() where !file.hasSuffix(".png") {
            let text = (try? Repository.text(file)) ?? ""
            for path in paths where text.contains(path) {
                Issue.record("\(file) names \(path)…; use a path from the checkout")
            }
        }
    }

    // MARK: Build files

    @Test func `built things and resolved versions stay out of git`() throws {
        let ignored = try Repository.text(".gitignore")
        for name in [".build/", "Package.resolved"] { #expect(ignored.contains(name)) }
    }
}
