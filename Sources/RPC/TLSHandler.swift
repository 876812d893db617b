import NIOCore

/// Told upwards when the handshake is over.
struct TLSEstablished: Sendable {
    /// The client, on a server; nil on a client.
    var peer: PeerIdentity?
}

/// Carries a connection over TLS: whole buffers of plaintext above, records below.
///
/// A write becomes records at once, so whoever writes should write once a turn. A failed handshake is told with
/// `errorCaught` and an `RPCStatus` that says what to do.
final class TLSHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        case handshaking(timeout: Scheduled<Void>?)
        case open
        /// Our side has ended. What still comes is dropped: closing at once would make the system reset the connection,
        /// and the peer would lose the alert or reply it has not read yet.
        case lingering(timeout: Scheduled<Void>)
        case closed
    }

    private let session: TLSSession
    private let handshakeTimeout: TimeAmount
    private let lingerTimeout: TimeAmount
    private var state = State.handshaking(timeout: nil)

    init(session: TLSSession, handshakeTimeout: TimeAmount, lingerTimeout: TimeAmount) {
        self.session = session
        self.handshakeTimeout = handshakeTimeout
        self.lingerTimeout = lingerTimeout
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { start(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        start(context)
        context.fireChannelActive()
    }

    private func start(_ context: ChannelHandlerContext) {
        guard case .handshaking(nil) = state else { return }
        let timeout = context.eventLoop.assumeIsolated().scheduleTask(in: handshakeTimeout) {
            self.handshakeTimedOut(context)
        }
        state = .handshaking(timeout: timeout)
        shakeHands(context)
    }

    private func handshakeTimedOut(_ context: ChannelHandlerContext) {
        guard case .handshaking = state else { return }
        let seconds = handshakeTimeout.nanoseconds / 1_000_000_000
        fail(context, .handshakeTimedOut(after: seconds))
    }

    func channelInactive(context: ChannelHandlerContext) {
        switch state {
        case .handshaking(let timeout):
            timeout?.cancel()
            context.fireErrorCaught(RPCStatus.handshakeAbandoned)
        case .lingering(let timeout): timeout.cancel()
        case .open, .closed: break
        }
        state = .closed
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .lingering = state { return }
        guard session.receive(Self.unwrapInboundIn(data)) else {
            return fail(context, .tls("OpenSSL takes no more input"))
        }
        if case .handshaking = state { shakeHands(context) }
        if case .open = state { readRecords(context) }
    }

    private func shakeHands(_ context: ChannelHandlerContext) {
        let step = session.handshake()
        if case .failed(let status) = step { return fail(context, status) }
        sendOutput(context)
        guard case .done = step, case .handshaking(let timeout) = state else { return }
        timeout?.cancel()
        state = .open
        context.fireUserInboundEventTriggered(TLSEstablished(peer: session.peer))
    }

    private func readRecords(_ context: ChannelHandlerContext) {
        var plaintext = context.channel.allocator.buffer(capacity: 0)
        let step = session.decrypt(into: &plaintext)
        if plaintext.readableBytes > 0 { context.fireChannelRead(Self.wrapInboundOut(plaintext)) }
        switch step {
        case .failed(let status): fail(context, status)
        case .closed: end(context)
        case .done, .needsInput: sendOutput(context)  // a key update may want an answer
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .open = state else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        let plaintext = Self.unwrapOutboundIn(data)
        // A record adds 22 bytes to at most 16384.
        let size = plaintext.readableBytes
        var records = context.channel.allocator.buffer(capacity: size + (size / 16384 + 1) * 22)
        if case .failed(let status) = session.encrypt(plaintext, into: &records) {
            promise?.fail(status)
            return fail(context, status)
        }
        context.write(Self.wrapOutboundOut(records), promise: promise)
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .all, case .open = state else {
            context.close(mode: mode, promise: promise)
            return
        }
        if let promise { context.channel.closeFuture.cascade(to: promise) }
        end(context)
    }

    private func fail(_ context: ChannelHandlerContext, _ status: RPCStatus) {
        sendOutput(context)
        linger(context)
        context.fireErrorCaught(status)
    }

    private func end(_ context: ChannelHandlerContext) {
        session.sayGoodbye()
        sendOutput(context)
        linger(context)
    }

    private func linger(_ context: ChannelHandlerContext) {
        switch state {
        case .handshaking(let timeout): timeout?.cancel()
        case .open: break
        case .lingering, .closed: return
        }
        let timeout = context.eventLoop.assumeIsolated().scheduleTask(in: lingerTimeout) {
            context.close(promise: nil)
        }
        state = .lingering(timeout: timeout)
        context.close(mode: .output, promise: nil)
        // Reading must go on so that the end of the peer's side is seen.
        context.read()
    }

    private func sendOutput(_ context: ChannelHandlerContext) {
        var output = context.channel.allocator.buffer(capacity: 0)
        session.takeOutput(into: &output)
        if output.readableBytes > 0 { context.writeAndFlush(Self.wrapOutboundOut(output), promise: nil) }
    }
}
