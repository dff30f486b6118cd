internal import CCurl

extension Transfer {
    /// Sets every option of the transfer on its easy handle.
    ///
    /// curl keeps an unowned pointer to this object: the loop holds it until the handle has left the multi handle.
    func configure() throws(EasyHandle.OptionRefused) {
        try easy.collectErrorText()
        try setAddress()
        try setTrust()
        try setTimes()
        try setRequest()
        try setCallbacks()
    }

    private func setAddress() throws(EasyHandle.OptionRefused) {
        try easy.set(CURLOPT_URL, to: job.request.endpoint.url)
        try easy.set(CURLOPT_PROTOCOLS_STR, to: "http,https")
        try easy.set(CURLOPT_NOSIGNAL, to: 1)
        // Without it, ending a transfer waits for getaddrinfo, and every other transfer with it (curl issue 8515).
        try easy.set(CURLOPT_QUICK_EXIT, to: 1)
        try easy.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, to: 1)
        try easy.set(CURLOPT_TCP_KEEPALIVE, to: 1)
        switch job.sink {
        case .whole:
            try easy.set(CURLOPT_HTTP_VERSION, to: Int(CURL_HTTP_VERSION_2TLS))
            // Wait for a connection in the making that may carry many, rather than open another.
            try easy.set(CURLOPT_PIPEWAIT, to: job.request.endpoint.isSecure ? 1 : 0)
        case .stream:
            // A paused HTTP/2 stream holds up its whole connection in curl 7.88; a connection of its own does not.
            try easy.set(CURLOPT_HTTP_VERSION, to: Int(CURL_HTTP_VERSION_1_1))
        }
    }

    private func setTrust() throws(EasyHandle.OptionRefused) {
        if let file = job.configuration.caFile {
            try easy.set(CURLOPT_CAINFO, to: file)
            // Debian's curl would go on trusting the certificates in /etc/ssl/certs beside the file.
            try easy.set(CURLOPT_CAPATH, to: String?.none)
        }
        if let pin = job.configuration.pinnedPublicKey { try easy.set(CURLOPT_PINNEDPUBLICKEY, to: pin) }
    }

    private func setTimes() throws(EasyHandle.OptionRefused) {
        let configuration = job.configuration
        try easy.set(CURLOPT_CONNECTTIMEOUT_MS, to: configuration.connectTimeout.curlMilliseconds)
        let stall: HTTPClient.StallLimit?
        switch job.sink {
        case .whole:
            stall = configuration.stall
            if let total = configuration.totalTimeout { try easy.set(CURLOPT_TIMEOUT_MS, to: total.curlMilliseconds) }
        case .stream:
            stall = configuration.streamStall
        }
        guard let stall else { return }
        try easy.set(CURLOPT_LOW_SPEED_LIMIT, to: stall.bytesPerSecond)
        try easy.set(CURLOPT_LOW_SPEED_TIME, to: stall.seconds)
    }

    private func setRequest() throws(EasyHandle.OptionRefused) {
        let request = job.request
        if request.hasBody {
            try easy.set(CURLOPT_POST, to: 1)
            try easy.set(CURLOPT_POSTFIELDSIZE_LARGE, offset: request.body.count)
        } else if request.method == "HEAD" {
            try easy.set(CURLOPT_NOBODY, to: 1)
        }
        try easy.set(CURLOPT_CUSTOMREQUEST, to: request.method)
        try easy.set(CURLOPT_ACCEPT_ENCODING, to: "")
        if let agent = job.configuration.userAgent { try easy.set(CURLOPT_USERAGENT, to: agent) }
        for line in request.headerLines {
            guard let longer = curl_slist_append(headerList, line) else {
                throw EasyHandle.OptionRefused(result: CURLE_OUT_OF_MEMORY)
            }
            headerList = longer
        }
        try easy.set(CURLOPT_HTTPHEADER, to: headerList)
    }

    private func setCallbacks() throws(EasyHandle.OptionRefused) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        try easy.set(CURLOPT_PRIVATE, to: context)
        try easy.set(CURLOPT_HEADERDATA, to: context)
        try easy.set(CURLOPT_WRITEDATA, to: context)
        try easy.set(CURLOPT_READDATA, to: context)
        try easy.set(CURLOPT_SEEKDATA, to: context)
        try easy.set(CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
            return Transfer.at(context).takeHeaderLine(line) ? line.count : Int(CURL_WRITEFUNC_ERROR)
        }
        try easy.set(CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            let chunk = UnsafeRawBufferPointer(start: bytes, count: size * count)
            return switch Transfer.at(context).takeBody(chunk) {
            case .taken: chunk.count
            case .paused: Int(CURL_WRITEFUNC_PAUSE)
            case .refused: Int(CURL_WRITEFUNC_ERROR)
            }
        }
        try easy.set(CURLOPT_READFUNCTION) { bytes, size, count, context in
            let room = UnsafeMutableRawBufferPointer(start: bytes, count: size * count)
            return Transfer.at(context).giveBody(to: room)
        }
        try easy.setSeek { context, offset, origin in
            // curl asks for absolute positions only (SEEK_SET).
            origin == 0 && Transfer.at(context).rewind(to: offset) ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL
        }
    }

    /// The transfer behind a pointer given to curl in `configure()`.
    static func at(_ context: UnsafeMutableRawPointer?) -> Transfer {
        guard let context else { preconditionFailure("curl called back without the context it was given") }
        return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    }
}

extension Duration {
    /// Whole milliseconds for curl: at least 1, as 0 means "no limit" there, and at most what its `long` and its
    /// internal arithmetic hold.
    fileprivate var curlMilliseconds: Int {
        let (seconds, attoseconds) = components
        let milliseconds = min(seconds, Int64(Int32.max) / 1000 - 1) * 1000 + attoseconds / 1_000_000_000_000_000
        return max(1, Int(milliseconds))
    }
}
