internal import CCurl
internal import Synchronization

/// A pointer to curl's multi handle.
///
/// `@unchecked Sendable`: the loop's thread alone drives the handle. Other threads reach it only through `Inbox`, which
/// calls nothing but `curl_multi_wakeup`, the one call curl allows from any thread; it does so under its lock, under
/// which the loop also takes the pointer back before it frees the handle.
struct MultiHandle: @unchecked Sendable {
    let raw: UnsafeMutableRawPointer
}

/// What the loop's thread is told by all others: the one place where threads meet.
final class Inbox: Sendable {
    enum Command: Sendable {
        case start(TransferJob)
        case cancel(UInt64)
        case resume(UInt64)
    }

    private struct State {
        var commands: [Command] = []
        /// Why no more is accepted; nil while open.
        var closing: TransportError.Code?
        /// The handle to wake; nil before the loop runs and after.
        var multi: MultiHandle?

        /// The loop takes everything at once, so only the first message since has to wake it.
        func wake() {
            if let multi { curl_multi_wakeup(multi.raw) }
        }
    }

    private let state = Mutex(State())

    /// Leaves a message for the loop; returns why not, when the inbox is closed.
    func post(_ command: Command) -> TransportError.Code? {
        state.withLock { state in
            guard state.closing == nil else { return state.closing }
            state.commands.append(command)
            if state.commands.count == 1 { state.wake() }
            return nil
        }
    }

    /// Accepts no more and has the loop end; the first reason given stays.
    func close(_ reason: TransportError.Code) {
        state.withLock { state in
            guard state.closing == nil else { return }
            state.closing = reason
            state.wake()
        }
    }

    /// Names the handle to wake. Called by the loop, before its first `take`.
    func attach(_ multi: MultiHandle) { state.withLock { $0.multi = multi } }

    /// Forgets the handle, so that it can be freed. Called by the loop, last.
    func detach() { state.withLock { $0.multi = nil } }

    /// Empties the inbox; with the reason to end, when there is one.
    func take() -> (commands: [Command], closing: TransportError.Code?) {
        state.withLock { state in
            defer { state.commands = [] }
            return (state.commands, state.closing)
        }
    }
}
