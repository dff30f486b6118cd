import Testing

@testable import Wire

/// What a decoder threw; a failure if it took the bytes.
func fault<Value>(
    _ sourceLocation: SourceLocation = #_sourceLocation, _ read: () throws(WireError) -> Value
) -> WireError? {
    do {
        _ = try read()
        Issue.record("taken, but should be refused", sourceLocation: sourceLocation)
        return nil
    } catch {
        return error
    }
}

/// Expects that reading fails with a code, and that the error says what it is about.
func expect<Value>(
    _ code: WireError.Code, _ part: String, sourceLocation: SourceLocation = #_sourceLocation,
    _ read: () throws(WireError) -> Value
) {
    guard let error = fault(sourceLocation, read) else { return }
    #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
    #expect(error.description.contains(part), "\(error)", sourceLocation: sourceLocation)
}
