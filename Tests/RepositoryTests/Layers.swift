/// Which target may import which. SwiftPM lets an undeclared import of a sibling through, so this table is the law.
///
/// From the bottom to the top; a target may import those that stand before it, where it names them here.
enum Layers {
    static let ours: [String: Set<String>] = [
        "CRDT": [],
        "Alliance": ["CRDT"],
        "Wire": ["CRDT", "Alliance", "CZstd"],
        "Sync": ["CRDT", "Alliance", "Wire"],
        "Transport": ["CCurl"],
        "Store": ["CRDT", "Alliance", "Wire", "Sync"],
        "Sheets": ["CRDT", "Alliance", "CZlib", "CExpat", "CXlsxWriter"],
        "Replica": ["CRDT", "Alliance", "Wire", "Sync", "Store", "Sheets"],
        "Serving": ["Alliance", "Replica"],
        "Accounts": ["Alliance", "Replica"],
        "Web": ["CRDT", "Alliance", "Replica", "Serving", "Accounts", "CAssets", "CZlib"],
        "Board": ["CRDT", "Alliance", "Wire", "Sync", "Store", "Replica"],
        "Hub": ["CRDT", "Alliance", "Wire", "Sync", "Store", "Replica", "Serving", "Accounts", "Web", "Board"],
        "Node": ["CRDT", "Alliance", "Wire", "Sync", "Store", "Replica", "Serving", "Accounts", "Web", "Transport"],
        "Bench": ["CRDT", "Alliance", "Wire", "Sync", "Store", "Replica", "Transport"],
        "Simulation": ["CRDT", "Alliance", "Wire", "Sync", "Store"],
        "jilian": [
            "Bench", "Simulation", "CRDT", "Alliance", "Wire", "Sync", "Store", "Replica", "Serving", "Accounts",
            "Board", "Hub", "Node", "Transport",
        ],
    ]

    /// Libraries of the system, and what is no Swift.
    static let libraries: Set<String> = ["CCurl", "CZstd", "CZlib", "CExpat", "CXlsxWriter", "CAssets"]

    /// Modules from elsewhere that the lower layers may import. Those above may import any dependency.
    static let foreign: [String: Set<String>] = [
        "CRDT": [],
        "Alliance": ["Crypto", "Glibc"],
        "Wire": ["Crypto", "Foundation", "FoundationEssentials", "SwiftProtobuf", "RawStructuredFieldValues"],
        "Sync": ["Crypto"],
        "Transport": ["Glibc", "Synchronization"],
    ]

    struct Import: Hashable {
        let target: String
        let file: String
        let module: String
    }

    /// The imports of one source file.
    static func imports(of text: String, file: String, target: String) -> [Import] {
        text.split(separator: "\n").compactMap { line in
            var words = line.split(separator: " ").map(String.init)
            while let first = words.first, first.hasPrefix("@") || ["public", "internal", "package"].contains(first) {
                words.removeFirst()
            }
            guard words.first == "import", words.count >= 2 else { return nil }
            let name = words[1] == "struct" || words[1] == "func" || words[1] == "class" ? words[2] : words[1]
            return Import(target: target, file: file, module: String(name.prefix { $0 != "." }))
        }
    }

    /// What an import breaks, with the remedy; `nil` if it is allowed.
    static func fault(_ line: Import) -> String? {
        guard let allowed = ours[line.target] else {
            return "\(line.file): target \(line.target) has no row in the layer table; give it one"
        }
        if ours[line.module] != nil || libraries.contains(line.module) {
            guard !allowed.contains(line.module) else { return nil }
            return
                "\(line.file) imports \(line.module), which is not below \(line.target); move the code, or pass a value down"
        }
        guard let foreign = foreign[line.target], !foreign.contains(line.module) else { return nil }
        return "\(line.file) imports \(line.module); \(line.target) does no I/O and takes such things as arguments"
    }
}
