import NIOCore

/// A client's end of a ttrpc connection, above TLS.
final class ClientConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let calls: PendingCalls
    private let established: EventLoopPromise<Void>
    private var reader = FrameReader()
    private var deadline: (time: NIODeadline, timer: Scheduled<Void>)?
    private var isEstablished = false

    /// - Parameter established: succeeds when the handshake is over, fails with an `RPCStatus`.
    init(calls: PendingCalls, established: EventLoopPromise<Void>) {
        self.calls = calls
        self.established = established
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is TLSEstablished:
            isEstablished = true
            established.succeed()
        case is RequestsWaiting: flush(context)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        calls.stayAwake()
        reader.append(Self.unwrapInboundIn(data))
        while let event = reader.next() {
            switch event {
            case .frame(let header, let body): take(header, body)
            case .oversized(let header): calls.complete(header.stream, .failure(.answerTooLong(header.length)))
            case .violation: stop(context, .notTtrpc)
            }
        }
    }

    private func take(_ header: FrameHeader, _ body: ByteBuffer) {
        guard header.type == FrameType.response else { return }
        calls.complete(header.stream, ResponseEnvelope.decode(body) ?? .failure(.notAResponse))
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        flush(context)
        context.fireChannelReadComplete()
    }

    private func flush(_ context: ChannelHandlerContext) {
        let (requests, earliestDeadline) = calls.sleep()
        if requests.readableBytes > 0, isEstablished {
            context.writeAndFlush(Self.wrapOutboundOut(requests), promise: nil)
        }
        watchDeadline(context, earliestDeadline)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        stop(context, error as? RPCStatus ?? .connectionLost("\(error)"))
    }

    func channelInactive(context: ChannelHandlerContext) {
        stop(context, .connectionLost("the server closed it"))
        context.fireChannelInactive()
    }

    /// Also for the addresses of a host that were tried in vain.
    func handlerRemoved(context: ChannelHandlerContext) {
        established.fail(ChannelError.ioOnClosedChannel)
    }

    private func stop(_ context: ChannelHandlerContext, _ status: RPCStatus) {
        isEstablished = false
        deadline?.timer.cancel()
        deadline = nil
        established.fail(status)
        calls.end(status)
        context.close(promise: nil)
    }

    private func watchDeadline(_ context: ChannelHandlerContext, _ time: NIODeadline) {
        if time == .distantFuture { return }
        if let deadline {
            if deadline.time <= time { return }
            deadline.timer.cancel()
        }
        let timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: time) { self.expire(context) }
        deadline = (time, timer)
    }

    private func expire(_ context: ChannelHandlerContext) {
        deadline = nil
        calls.expire(now: .now())
        flush(context)
    }
}

extension RPCStatus {
    static func connectionLost(_ why: String) -> RPCStatus {
        RPCStatus(
            code: Code.unavailable,
            message: "the connection was lost (\(why)): connect again and repeat the call with the same key")
    }

    fileprivate static let notTtrpc = RPCStatus(
        code: Code.unavailable, message: "the server does not speak ttrpc: check the address and port")

    fileprivate static let notAResponse = RPCStatus(
        code: Code.internal, message: "the server's answer cannot be read: check that client and server fit together")

    fileprivate static func answerTooLong(_ length: UInt32) -> RPCStatus {
        RPCStatus(
            code: Code.resourceExhausted,
            message: "the answer has \(length) bytes, more than \(FrameHeader.maximumLength): ask for a smaller page")
    }
}
