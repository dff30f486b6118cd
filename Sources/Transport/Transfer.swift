internal import CCurl

/// What a caller hands to the loop: the request, its limits and where the answer goes.
struct TransferJob: Sendable {
    let id: UInt64
    let request: CheckedRequest
    let configuration: HTTPClient.Configuration
    let sink: Sink

    /// Where the answer goes.
    enum Sink: Sendable {
        /// All at once, when it is whole.
        case whole(CheckedContinuation<Result<HTTPResponse, TransportError>, Never>)
        /// Piece by piece.
        case stream(StreamBuffer)
    }

    /// Ends the job without an answer. Called once, by whoever took the job out of the loop's hands.
    func fail(_ error: TransportError) {
        switch sink {
        case .whole(let continuation): continuation.resume(returning: .failure(error))
        case .stream(let buffer): buffer.end(error)
        }
    }

    /// The error `code` about this job's host.
    func error(_ code: TransportError.Code) -> TransportError { TransportError(code, at: request.endpoint.place) }
}

/// One job on one easy handle. Belongs to the loop's thread, where curl calls it back.
final class Transfer {
    let job: TransferJob
    let easy: EasyHandle
    var headerList: UnsafeMutablePointer<curl_slist>?
    private var head = ResponseHead()
    private var body: [UInt8] = []
    private var bytesSent = 0
    /// Why this side broke the transfer off, when it did.
    private var refusal: TransportError.Code?

    init(_ job: TransferJob, on easy: EasyHandle) {
        self.job = job
        self.easy = easy
    }

    deinit { curl_slist_free_all(headerList) }

    /// Takes a header line; false breaks the transfer off.
    func takeHeaderLine(_ line: UnsafeRawBufferPointer) -> Bool {
        switch head.take(line) {
        case .more: break
        case .tooLarge:
            refusal = .tooLarge
            return false
        case .blockEnded:
            let status = easy.status
            guard status >= 200 else { break }
            head.complete()
            if case .stream(let buffer) = job.sink { buffer.offerHead(status: status, headers: head.headers) }
        }
        return true
    }

    /// What became of bytes of the body.
    enum Taking {
        case taken
        case paused
        case refused
    }

    /// Takes decoded bytes of the body, or none of them.
    func takeBody(_ bytes: UnsafeRawBufferPointer) -> Taking {
        if case .stream(let buffer) = job.sink { return buffer.offer(bytes) ? .taken : .paused }
        guard body.count + bytes.count <= job.configuration.bodySizeLimit else {
            refusal = .tooLarge
            return .refused
        }
        if body.isEmpty { body.reserveCapacity(min(easy.announcedSize, job.configuration.bodySizeLimit)) }
        body.append(contentsOf: bytes)
        return .taken
    }

    /// Copies the next bytes of the request's body to where curl sends them from, the only copy made.
    func giveBody(to room: UnsafeMutableRawBufferPointer) -> Int {
        let rest = job.request.body[bytesSent...].prefix(room.count)
        room.copyBytes(from: rest)
        bytesSent += rest.count
        return rest.count
    }

    /// Goes back to send again, when a kept connection turned out to be dead; false when `offset` is outside.
    func rewind(to offset: Int) -> Bool {
        guard (0...job.request.body.count).contains(offset) else { return false }
        bytesSent = offset
        return true
    }

    /// Hands the outcome to the caller, when curl is done with the transfer.
    func finish(_ result: CURLcode) {
        guard result == CURLE_OK else { return job.fail(failure(result)) }
        switch job.sink {
        case .whole(let continuation):
            let response = HTTPResponse(status: easy.status, headers: head.headers, body: body)
            continuation.resume(returning: .success(response))
        case .stream(let buffer): buffer.end(nil)
        }
    }

    private func failure(_ result: CURLcode) -> TransportError {
        if let refusal { return job.error(refusal) }
        return TransportError(
            curl: result, text: easy.lastErrorText, progress: easy.progress, at: job.request.endpoint.place)
    }
}
