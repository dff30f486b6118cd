public import CRDT

extension Column {
    /// Writes a value for people and CSV files, so that `value(from:names:)` reads it back.
    ///
    /// Choices by their Chinese title, booleans 是 and 否, instants as `2026-11-22 08:30:05` of Asia/Shanghai, members
    /// and references by name (several members joined with ；, none of them 无), bytes as `0x0aff`. A name that leads
    /// elsewhere, or to several rows, has its UUID behind it: `00123〔018f3c2a-…〕`. `.null` is empty.
    ///
    /// A value that the column does not take (of a later schema, or a faulty peer) is written as what it is.
    public func text(of value: Value, names: Names) -> String {
        switch (type, value) {
        case (_, .null): ""
        case (.boolean, .integer(1)): "是"
        case (.boolean, .integer(0)): "否"
        case (.instant, .integer(let milliseconds)): ChinaTime.text(milliseconds: milliseconds)
        case (.choice(let choices), .text(let code)): choices.first { $0.code == code }?.title.zh ?? code
        case (.reference(let table), .bytes(let bytes)):
            RowID(bytes: bytes).map { names.text(of: $0, in: table, title: title) } ?? Self.hexadecimal(bytes)
        case (.member, .bytes(let bytes)):
            MemberID(bytes: bytes).map { names.text(of: $0) } ?? Self.hexadecimal(bytes)
        case (.members, .bytes(let bytes)):
            MemberID.list(bytes: bytes).map { names.text(of: $0) } ?? Self.hexadecimal(bytes)
        case (_, .integer(let number)): String(number)
        case (_, .text(let text)): text
        case (_, .bytes(let bytes)): Self.hexadecimal(bytes)
        }
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.reduce(into: "0x") { text, byte in
            text += (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
    }
}
