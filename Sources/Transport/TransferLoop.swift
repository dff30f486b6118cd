internal import CCurl
internal import Glibc

/// The thread that owns the multi handle and everything curl touches.
///
/// Turns: take the inbox → act on it → let curl work → hand out what is finished → sleep until curl or the inbox wakes.
final class TransferLoop {
    private let inbox: Inbox
    private let multi: UnsafeMutableRawPointer
    private var transfers: [UInt64: Transfer] = [:]
    private var idle: [EasyHandle] = []

    private init(reading inbox: Inbox, with multi: UnsafeMutableRawPointer) {
        self.inbox = inbox
        self.multi = multi
    }

    /// libcurl's global state, made once for the process.
    private static let isCurlReady = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK

    /// Starts a loop on a thread of its own, which ends when `inbox` is closed; closes it itself if it can't start.
    static func start(reading inbox: Inbox, connectionCountLimit: Int) {
        guard isCurlReady, let multi = curl_multi_init() else { return inbox.close(.failed) }
        ccurl_multi_set_long(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, connectionCountLimit)
        // By default curl keeps four for each transfer under way, and so closes most when a crowd of them ends.
        ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, connectionCountLimit)
        inbox.attach(MultiHandle(raw: multi))
        let loop = Unmanaged.passRetained(TransferLoop(reading: inbox, with: multi))
        var thread = pthread_t()
        let status = pthread_create(&thread, nil, { TransferLoop.main($0) }, loop.toOpaque())
        guard status != 0 else { return }
        inbox.close(.failed)
        loop.takeRetainedValue().tearDown()
    }

    /// The thread's body. The pointer carries the only reference to the loop over to the thread.
    private static func main(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let context else { preconditionFailure("a thread started without its loop") }
        pthread_detach(pthread_self())
        // With NOSIGNAL curl leaves SIGPIPE to us; blocked here, a write to a dead TLS connection is an error only.
        var all = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, nil)
        let loop = Unmanaged<TransferLoop>.fromOpaque(context).takeRetainedValue()
        loop.run()
        loop.tearDown()
        return nil
    }

    private func run() {
        while true {
            let (commands, closing) = inbox.take()
            commands.forEach(obey)
            if let closing {
                transfers.keys.forEach { abandon($0, because: closing) }
                return
            }
            var count: Int32 = 0
            curl_multi_perform(multi, &count)
            finishDone()
            curl_multi_poll(multi, nil, 0, Limits.pollMilliseconds, nil)
        }
    }

    private func tearDown() {
        inbox.detach()
        idle = []
        curl_multi_cleanup(multi)
    }

    private func obey(_ command: Inbox.Command) {
        switch command {
        case .start(let job): start(job)
        case .cancel(let id): abandon(id, because: .cancelled)
        case .resume(let id):
            guard let transfer = transfers[id] else { return }
            // Delivers what curl kept meanwhile, and may pause again in the same call.
            curl_easy_pause(transfer.easy.raw, CURLPAUSE_CONT)
        }
    }

    private func start(_ job: TransferJob) {
        guard let easy = idle.popLast() ?? EasyHandle() else { return job.fail(job.error(.failed)) }
        let transfer = Transfer(job, on: easy)
        do {
            try transfer.configure()
        } catch {
            return transfer.finish(error.result)
        }
        guard curl_multi_add_handle(multi, easy.raw) == CURLM_OK else { return transfer.finish(CURLE_FAILED_INIT) }
        transfers[job.id] = transfer
    }

    /// Hands out every transfer that curl says is over.
    private func finishDone() {
        var result = CURLE_OK
        while let raw = ccurl_multi_next_done(multi, &result) {
            let transfer = Transfer.at(ccurl_get_context(raw))
            release(transfer)
            transfer.finish(result)
            keep(transfer.easy)
        }
    }

    /// Ends a transfer that curl is still at; does nothing when it is already over.
    private func abandon(_ id: UInt64, because code: TransportError.Code) {
        guard let transfer = transfers[id] else { return }
        release(transfer)
        transfer.job.fail(transfer.job.error(code))
        keep(transfer.easy)
    }

    private func release(_ transfer: Transfer) {
        curl_multi_remove_handle(multi, transfer.easy.raw)
        transfers[transfer.job.id] = nil
    }

    /// Puts a handle back for another transfer, without the pointers to the one that is over.
    private func keep(_ easy: EasyHandle) {
        easy.reset()
        if idle.count < Limits.idleHandleCount { idle.append(easy) }
    }
}
