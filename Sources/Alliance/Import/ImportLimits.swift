/// What an import reads at most.
public enum ImportLimits {
    /// Bytes of a file: 32 MiB.
    public static let fileSizeMax = 32 << 20
    /// Bytes of one cell, as UTF-8: 32 KiB.
    public static let cellSizeMax = 32 << 10
    /// Headings of a file.
    public static let columnsMax = 256
    /// Rows of a file, apart from the heading line and empty lines.
    public static let rowsMax = 200_000
    /// Problems that are reported in full; further ones are only counted.
    public static let problemsMax = 1_000
    /// Lines before the headings that may hold a title.
    static let titleLinesMax = 10
}
