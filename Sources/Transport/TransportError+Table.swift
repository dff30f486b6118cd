internal import CCurl

extension TransportError {
    /// One sentence or two for each code: what failed, where, what is safe, what to do.
    static func sentence(for code: Code, at place: String) -> String {
        switch code {
        case .invalidRequest:
            "The request for \(place) is not valid HTTP. Nothing was sent; correct the request."
        case .resolve:
            "No address was found for \(place) or its proxy. Nothing was sent; check the name and the network."
        case .unreachable:
            "No connection to \(place) came about. Nothing was sent; check address, network and proxy, then try again."
        case .tls:
            "No trusted TLS connection to \(place) came about. Nothing was sent; check certificate, CA file and clock."
        case .pinMismatch:
            "The key of \(place) is not the pinned one. Nothing was sent; someone may be in between: check the key first."
        case .timeout:
            "\(place) did not finish in the time allowed. It may have acted; repeat what is safe to repeat."
        case .stalled:
            "The transfer with \(place) stalled. The server may have acted; repeat what is safe to repeat."
        case .interrupted:
            "The connection to \(place) broke. The server may have acted; repeat what is safe to repeat."
        case .tooLarge:
            "The answer of \(place) is larger than the limit. It was dropped; ask for less or raise the limit."
        case .malformed:
            "The answer of \(place) is not readable HTTP. It was dropped; check that the address is the right server's."
        case .cancelled:
            "The request to \(place) was cancelled. The server may have acted; repeat what is safe to repeat."
        case .closed:
            "The client was closed before \(place) answered. The server may have acted; repeat with an open client."
        case .failed:
            "The request to \(place) failed inside libcurl. The server may have acted; look at the cause."
        }
    }

    /// How far a transfer came, as far as its failure's meaning depends on it.
    enum Progress {
        /// The name is not resolved yet.
        case resolving
        /// There is no connection ready for the request yet.
        case connecting
        /// The request is on its way, or the answer.
        case exchanging
    }

    /// Reads curl's verdict on a transfer that failed by itself.
    init(curl result: CURLcode, text: String, progress: Progress, at place: String) {
        let words = text.isEmpty ? String(cString: curl_easy_strerror(result)) : text
        let cause = Cause(code: Int(result.rawValue), text: words)
        self.init(Self.code(for: result, text: words, progress: progress), at: place, cause: cause)
    }

    private static func code(for result: CURLcode, text: String, progress: Progress) -> Code {
        switch result {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .resolve
        case CURLE_COULDNT_CONNECT, CURLE_PROXY, CURLE_INTERFACE_FAILED: .unreachable
        case CURLE_OPERATION_TIMEDOUT: timeout(text: text, progress: progress)
        case CURLE_SSL_PINNEDPUBKEYNOTMATCH: .pinMismatch
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE,
            CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CRL_BADFILE,
            CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CLIENTCERT, CURLE_SSL_ENGINE_INITFAILED, CURLE_USE_SSL_FAILED:
            .tls
        case CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_SEND_FAIL_REWIND,
            CURLE_SSL_SHUTDOWN_FAILED:
            // CONNECT refused by a proxy ends as RECV_ERROR too: then the server itself never saw the request.
            progress == .exchanging ? .interrupted : .unreachable
        case CURLE_HTTP2, CURLE_HTTP2_STREAM: .interrupted
        case CURLE_BAD_CONTENT_ENCODING, CURLE_WRITE_ERROR, CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL,
            CURLE_HTTP_RETURNED_ERROR:
            .malformed
        case CURLE_FILESIZE_EXCEEDED: .tooLarge
        case CURLE_URL_MALFORMAT: .invalidRequest
        // curl 7.88 reports a broken chunk trailer so.
        case CURLE_BAD_FUNCTION_ARGUMENT: progress == .exchanging ? .malformed : .failed
        default: .failed
        }
    }

    /// curl has one number for three limits; only its words and the progress tell them apart.
    private static func timeout(text: String, progress: Progress) -> Code {
        switch progress {
        case .resolving: .resolve
        case .connecting: .unreachable
        case .exchanging: text.hasPrefix("Operation too slow") ? .stalled : .timeout
        }
    }
}
