public import Alliance

/// Why a replica's file can't be used, for a person.
public struct StoreError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// There is no replica in the folder.
        case absent
        /// There is one already.
        case exists
        /// The file is not a replica's.
        case foreign
        /// A newer program made it.
        case newer
        /// The disk is full; nothing of the transaction was written.
        case full
        /// Another process holds the file for longer than this one waits.
        case busy
        /// The file is damaged, or can't be read or written.
        case damaged
    }

    public let code: Code
    public let path: String
    /// The cause in the words of the system or of SQLite.
    public let cause: String

    public init(_ code: Code, path: String, cause: String = "") {
        self.code = code
        self.path = path
        self.cause = cause
    }

    public var phrase: Phrase {
        switch code {
        case .absent:
            Phrase(
                "\(path) 中没有技联数据；请先运行 hub init 或 node join。",
                "There is no replica in \(path); run hub init or node join first.")
        case .exists:
            Phrase(
                "\(path) 中已有技联数据，未作改动；请换一个文件夹。",
                "There is a replica in \(path) already, left untouched; choose another folder.")
        case .foreign:
            Phrase("\(path) 不是技联的数据文件，未作改动。", "\(path) is not a file of this program; it was left untouched.")
        case .newer:
            Phrase(
                "\(path) 由更新版本的程序建立（\(cause)）；请升级程序，数据未作改动。",
                "\(path) was made by a newer program (\(cause)); upgrade; the data were left untouched.")
        case .full:
            Phrase(
                "磁盘已满，\(path) 无法写入，这次操作没有进行；此前的数据完好，请腾出空间后重试。",
                "The disk is full: \(path) can't be written and nothing of this was done; what was there is whole; make room and try again."
            )
        case .busy:
            Phrase("数据文件正被另一程序占用；请稍后重试。", "Another program holds the file; try again in a moment.")
        case .damaged:
            Phrase(
                "无法读写数据文件（\(cause)）；请勿删除它，并从备份恢复或联系秘书处。",
                "The file can't be read or written (\(cause)); keep it, and restore a backup or ask the secretariat.")
        }
    }

    public var description: String { "\(code.rawValue): \(path): \(cause)" }
}
