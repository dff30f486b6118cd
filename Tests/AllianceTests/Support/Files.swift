import CRDT

@testable import Alliance

extension ImportPlan {
    /// Reads a text as a file, with names that nobody bears unless given.
    static func read(
        _ text: String, into name: String, encoding: TextEncoding? = nil, names: Names = .none
    ) throws(ImportError) -> ImportPlan {
        try read([UInt8](text.utf8), into: Schema.current[name]!, encoding: encoding, names: names)
    }

    /// The text of a column in each row.
    func texts(_ path: String) -> [String] {
        rows.map { row in
            let column = column(path)
            return column.text(of: row.values[column.id] ?? .null, names: .none)
        }
    }
}

func importError(_ body: () throws(ImportError) -> ImportPlan) -> ImportError? {
    do {
        _ = try body()
        return nil
    } catch {
        return error
    }
}
