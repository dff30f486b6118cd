import Hummingbird
import HTTPTypes
import NIOCore
import Serving
import Synchronization
import Wire

/// Reads the bodies of requests within a budget and a time: whoever sends too slowly is hung up on.
struct BodyReader: Sendable {
    enum Fault: Error {
        /// Larger than it may be, or cut off.
        case unreadable
        /// No room for what has come.
        case full
    }

    let budget: BodyBudget
    /// How often a body that has not ended must have brought `progress` more, and how long it may take in all. A line
    /// of 8 kbit/s does that, and sends the 8 MiB of a full request within the hour at 32 kbit/s.
    var interval = Duration.seconds(30)
    var progress = 16 << 10
    var total = Duration.seconds(3600)

    /// Reads a body and runs what is to be done with it; until then it counts against the budget.
    /// - Parameter origin: the address from where it comes; `nil` for one that has no share.
    func withBody<Result: Sendable>(
        of request: Request, limit: Int, from origin: String?, on channel: any Channel,
        _ run: ([UInt8]) async -> Result
    ) async throws -> Result {
        let announced = request.headers[.contentLength].flatMap(Int.init) ?? .max
        guard announced <= limit || announced == .max else { throw Fault.unreadable }
        let isSmall = min(announced, limit) <= BodyBudget.smallMax
        var body: [UInt8] = []
        var taken = 0
        defer { budget.give(taken, isSmall: isSmall, from: origin) }
        let come = Count()
        let watch = Task { [self] in await hangUp(channel, unless: come) }
        defer { watch.cancel() }
        do {
            for try await chunk in request.body {
                guard chunk.readableBytes <= limit - body.count else { throw Fault.unreadable }
                guard budget.take(chunk.readableBytes, isSmall: isSmall, from: origin) else { throw Fault.full }
                taken += chunk.readableBytes
                body.append(contentsOf: chunk.readableBytesView)
                come.value.withLock { $0 = body.count }
            }
        } catch let fault as Fault { throw fault } catch { throw Fault.unreadable }
        watch.cancel()
        return await run(body)
    }

    private final class Count: Sendable {
        let value = Mutex(0)
    }

    /// Closes the connection when the body stops coming.
    private func hangUp(_ channel: any Channel, unless come: Count) async {
        let end = ContinuousClock.now + total
        var before = 0
        while true {
            do { try await Task.sleep(for: interval) } catch { return }
            let now = come.value.withLock { $0 }
            guard now - before >= progress, ContinuousClock.now < end else { return channel.close(promise: nil) }
            before = now
        }
    }
}
