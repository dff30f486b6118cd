/// Every bound of the protocol by name. Bytes unless the name says otherwise.
///
/// Each is checked before the memory that it bounds is spent. Writers stay below the same bounds.
public enum Limits {
    /// The version of the protocol that this program speaks.
    public static let version: UInt32 = 1

    /// One section before compression.
    public static let sectionRawSize = 8 << 20
    /// How many times larger a section may be than its zstd frame.
    public static let sectionRatio = 400
    /// All sections of one segment, compressed.
    public static let segmentSize = 8 << 20
    public static let headerSize = 16 << 10
    public static let sections = 64
    /// As many as rows: in the worst case no two rows write the same columns.
    public static let batches = 20_000
    public static let columns = 256
    /// Cells in one section, absent ones not counted: rows times columns, summed over its batches.
    public static let cells = 1 << 20
    public static let owners = 256
    public static let replicas = 4096
    /// Rows of one section; a writer keeps it for a whole segment.
    public static let rows = 20_000
    /// Rows that one transaction changes.
    public static let transactionRows = 10_000
    /// Values of one transaction, as its outbox entry holds them.
    public static let transactionSize = 4 << 20
    public static let transactions = 10_000
    /// Text or bytes of one cell.
    public static let cellSize = 64 << 10

    /// The body of an exchange request or answer.
    public static let messageSize = 32 << 20
    public static let segmentsInRequest = 256
    public static let entriesInPage = 4096
    /// What a node asks for in one page, and the most that a hub gives beyond the first entry.
    public static let pageSize = 4 << 20
    public static let strikes = 10_000
    public static let offences = 50_000
    public static let digests = 512
    public static let alarms = 16
    public static let awaited = 16
    public static let nameSize = 256
    public static let snapshotParts = 65_536
    public static let manifestSize = 16 << 20
    public static let heads = 65_536
    /// Waypoints of an answer.
    public static let waypoints = 64
    /// Returned segments of one replica that wait to be journaled again, and the bytes of them.
    public static let waitingSegments = 4096
    public static let waitingSize = 64 << 20
    /// Replica ids that one node registers in a day.
    public static let replicasOfDay = 16
    /// A bundle's file.
    public static let bundleSize = 64 << 20
    /// What a writer puts into one bundle: segments, entries or parts of a snapshot, beyond the first of them.
    public static let bundleShare = 8 << 20

    /// The body of a repair request.
    public static let repairRequestSize = 1 << 20
    /// Ranges of a repair request or answer.
    public static let repairRanges = 4096
    /// Rows that one repair request asks for.
    public static let repairRows = 256
    /// Rows that an answer names in one range: more than a writer ever has in one that it can't divide.
    public static let repairRangeRows = 20_000
    /// Stamps of one row: its presence and cells.
    public static let repairStamps = 257
}
