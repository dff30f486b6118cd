import HummingbirdCore
import Logging
import NIOCore

/// Stands before TLS: lets TLS pass, and leads who speaks plain HTTP on to HTTPS.
///
/// The first byte tells them apart: a TLS connection begins with a handshake record, 0x16, plain HTTP with a letter.
final class PlainHTTPHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let handshake: UInt8 = 0x16

    /// What came of a plain request.
    private var held = ByteBuffer()
    private var isAnswered = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        if held.readableBytes == 0, buffer.getInteger(at: buffer.readerIndex) == Self.handshake {
            context.fireChannelRead(data)
            context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
            return
        }
        guard !isAnswered else { return }
        held.writeBuffer(&buffer)
        guard let answer = PlainHTTPAnswer(to: held.readableBytesView) else { return }
        isAnswered = true
        let door = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer.text)))
            .whenComplete { _ in door.value.close(promise: nil) }
    }
}

/// A connection of a server that speaks TLS, and that leads plain HTTP on.
struct LeadingChannel<Base: ServerChildChannel>: ServerChildChannel {
    let base: Base

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Base.Value> {
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(PlainHTTPHandler())
        }.flatMap { base.setup(channel: channel, logger: logger) }
    }

    func handle(value: Base.Value, logger: Logger) async { await base.handle(value: value, logger: logger) }
}
