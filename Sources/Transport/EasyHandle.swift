internal import CCurl

/// One of curl's easy handles with its error text; reset and used again for many transfers.
///
/// Belongs to the loop's thread. Must not be in a multi handle when it is let go.
final class EasyHandle {
    let raw: UnsafeMutableRawPointer
    private let errorText: UnsafeMutablePointer<CChar>

    /// Nil when memory ran out.
    init?() {
        guard let raw = curl_easy_init() else { return nil }
        self.raw = raw
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        curl_easy_cleanup(raw)
        errorText.deallocate()
    }

    /// Forgets every option; connections, names and TLS sessions live in the multi handle and stay.
    func reset() {
        curl_easy_reset(raw)
        errorText.update(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    /// Has curl keep its words on failures in `lastErrorText`.
    func collectErrorText() throws(OptionRefused) {
        try set(CURLOPT_ERRORBUFFER, to: UnsafeMutableRawPointer(errorText))
    }

    /// curl's words on the last failure; empty when it had none.
    var lastErrorText: String { String(cString: errorText) }

    /// An option this libcurl refuses, or has no memory for.
    struct OptionRefused: Error {
        var result: CURLcode
    }

    func set(_ option: CURLoption, to value: Int) throws(OptionRefused) {
        try Self.check(ccurl_set_long(raw, option, value))
    }

    func set(_ option: CURLoption, offset value: Int) throws(OptionRefused) {
        try Self.check(ccurl_set_offset(raw, option, value))
    }

    func set(_ option: CURLoption, to value: String?) throws(OptionRefused) {
        try Self.check(ccurl_set_text(raw, option, value))
    }

    func set(_ option: CURLoption, to value: UnsafeMutableRawPointer) throws(OptionRefused) {
        try Self.check(ccurl_set_pointer(raw, option, value))
    }

    func set(_ option: CURLoption, to list: UnsafeMutablePointer<curl_slist>?) throws(OptionRefused) {
        try Self.check(ccurl_set_list(raw, option, list))
    }

    func set(_ option: CURLoption, call function: @escaping ccurl_data_fn) throws(OptionRefused) {
        try Self.check(ccurl_set_data_function(raw, option, function))
    }

    func setSeek(call function: @escaping ccurl_seek_fn) throws(OptionRefused) {
        try Self.check(ccurl_set_seek_function(raw, function))
    }

    private static func check(_ result: CURLcode) throws(OptionRefused) {
        guard result == CURLE_OK else { throw OptionRefused(result: result) }
    }

    /// The status of the last head; 0 before one.
    var status: Int {
        var status = 0
        ccurl_get_long(raw, CURLINFO_RESPONSE_CODE, &status)
        return status
    }

    /// The size of the body on the wire as the server announced it, in bytes; 0 when it did not.
    var announcedSize: Int { max(0, number(CURLINFO_CONTENT_LENGTH_DOWNLOAD_T)) }

    /// How far the transfer came, read from curl's own stopwatch.
    var progress: TransportError.Progress {
        if number(CURLINFO_PRETRANSFER_TIME_T) > 0 { return .exchanging }
        return number(CURLINFO_NAMELOOKUP_TIME_T) > 0 ? .connecting : .resolving
    }

    private func number(_ info: CURLINFO) -> Int {
        var number = 0
        ccurl_get_offset(raw, info, &number)
        return number
    }
}
