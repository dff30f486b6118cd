public import CRDT

/// Points as the bytes of a column: lane (u16), first and last (i64, the last is not one of them), big-endian; a piece has
/// the grant's 16 bytes behind them. Spans ascend and share no points.
public enum PointBytes {
    /// Bytes that a column of points holds at most.
    public static let sizeMax = 1 << 16
    /// Points that one span of a use holds at most: so whoever looks what overlaps a moment need not look further back than this.
    /// A day of milliseconds; what is longer is written as several spans.
    public static let lengthMax: Int64 = 86_400_000

    private static let spanSize = 18
    private static let pieceSize = 34
    private static let occupationSize = 50

    /// Uses that one grant can carry.
    public static let carriesMax = sizeMax / occupationSize
    /// Spans that one grant can name.
    public static let spansMax = sizeMax / spanSize

    public static func bytes(_ spans: [Span]) -> [UInt8] { spans.flatMap(bytes) }
    public static func bytes(_ pieces: [Piece]) -> [UInt8] { pieces.flatMap { bytes($0.span) + $0.grant.bytes } }

    /// A use's id, then its piece: 50 bytes each.
    public static func bytes(_ occupations: [Occupation]) -> [UInt8] {
        occupations.flatMap { $0.use.bytes + bytes([$0.piece]) }
    }

    /// - Returns: `nil` unless the bytes are whole occupations.
    public static func occupations(_ bytes: [UInt8]) -> [Occupation]? {
        guard bytes.count % occupationSize == 0 else { return nil }
        var all: [Occupation] = []
        for offset in stride(from: 0, to: bytes.count, by: occupationSize) {
            guard let use = RowID(bytes: bytes[offset..<offset + 16]),
                let piece = pieces([UInt8](bytes[offset + 16..<offset + occupationSize]))?.first
            else { return nil }
            all.append(Occupation(use: use, piece: piece))
        }
        return all
    }

    private static func bytes(_ span: Span) -> [UInt8] {
        withUnsafeBytes(of: span.lane.bigEndian) { [UInt8]($0) }
            + withUnsafeBytes(of: span.from.bigEndian) { [UInt8]($0) }
            + withUnsafeBytes(of: span.to.bigEndian) { [UInt8]($0) }
    }

    /// - Returns: `nil` unless the bytes are whole spans that ascend and share no points, at least one.
    public static func spans(_ bytes: [UInt8]) -> [Span]? {
        read(bytes, size: spanSize) {
            span(bytes[$0..<$0 + spanSize])
        } span: {
            $0
        }
    }

    /// - Returns: `nil` unless the bytes are whole pieces that ascend and share no points.
    public static func pieces(_ bytes: [UInt8]) -> [Piece]? {
        read(bytes, size: pieceSize) { offset in
            guard let span = span(bytes[offset..<offset + spanSize]),
                let grant = RowID(bytes: bytes[offset + spanSize..<offset + pieceSize])
            else { return nil }
            return Piece(span, under: grant)
        } span: {
            $0.span
        }
    }

    private static func read<Item>(
        _ bytes: [UInt8], size: Int, item: (Int) -> Item?, span: (Item) -> Span
    ) -> [Item]? {
        guard !bytes.isEmpty, bytes.count % size == 0 else { return nil }
        var items: [Item] = []
        items.reserveCapacity(bytes.count / size)
        for offset in stride(from: 0, to: bytes.count, by: size) {
            guard let next = item(offset) else { return nil }
            if let last = items.last.map(span) {
                let follows = last.lane < span(next).lane || last.lane == span(next).lane && last.to <= span(next).from
                guard follows else { return nil }
            }
            items.append(next)
        }
        return items
    }

    private static func span(_ bytes: ArraySlice<UInt8>) -> Span? {
        let lane = bytes.prefix(2).reduce(0) { $0 << 8 | UInt16($1) }
        func number(_ bytes: ArraySlice<UInt8>) -> Int64 {
            Int64(bitPattern: bytes.reduce(0) { $0 << 8 | UInt64($1) })
        }
        let (from, to) = (number(bytes.dropFirst(2).prefix(8)), number(bytes.dropFirst(10).prefix(8)))
        // Differences of points are computed with: none may overflow.
        guard points.contains(from), points.contains(to) else { return nil }
        return Span(lane: lane, from: from, to: to)
    }

    /// No point lies beyond: 2^53 is the year 287,396 in milliseconds.
    public static let points: ClosedRange<Int64> = -(1 << 53)...(1 << 53)

    /// A span as spans of at most `lengthMax` points.
    public static func cut(_ piece: Piece) -> [Piece] {
        stride(from: piece.span.from, to: piece.span.to, by: Int(lengthMax)).compactMap { from in
            Span(lane: piece.span.lane, from: from, to: min(from + lengthMax, piece.span.to))
                .map { Piece($0, under: piece.grant) }
        }
    }
}
