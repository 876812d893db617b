import NIOCore

/// Told to a connection when the server is about to stop.
struct ServerDraining: Sendable {}

/// One client's ttrpc connection, above TLS: frames in, calls out to handlers, replies back, one write a turn.
final class ServerConnection: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let methods: MethodTable
    private let limits: RPCLimits
    private let shares: AgencyShares
    private let report: @Sendable (RPCServerEvent) -> Void

    /// Kept, for a connection that has been closed does not know it any more.
    private var address: SocketAddress?
    private var calls: RunningCalls?
    private var reader = FrameReader()
    private var isDraining = false
    private var isEnding = false
    /// A read that was asked for while the client left its replies unread.
    private var isReadHeld = false
    private var deadline: (time: NIODeadline, timer: Scheduled<Void>)?
    private var watch: Scheduled<Void>?
    private var lastCall = NIODeadline.uptimeNanoseconds(0)
    /// When the frame began whose end has not come yet.
    private var frameBegan: NIODeadline?
    private var blockedSince: NIODeadline?

    init(
        methods: MethodTable, limits: RPCLimits, shares: AgencyShares,
        report: @escaping @Sendable (RPCServerEvent) -> Void
    ) {
        self.methods = methods
        self.limits = limits
        self.shares = shares
        self.report = report
    }

    // MARK: Life

    func channelActive(context: ChannelHandlerContext) {
        address = context.remoteAddress
        context.fireChannelActive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let established as TLSEstablished: begin(context, established)
        case is RepliesWaiting: flush(context)
        case is ServerDraining: drain(context)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    private func begin(_ context: ChannelHandlerContext, _ established: TLSEstablished) {
        guard let peer = established.peer else {
            return errorCaught(context: context, error: RPCStatus.tls("the client's certificate cannot be read"))
        }
        calls = RunningCalls(
            peer: peer, share: shares.share(of: peer.agency), limits: limits, channel: context.channel)
        lastCall = context.eventLoop.now
        scheduleWatch(context)
        if isDraining { end(context) }
    }

    private func drain(_ context: ChannelHandlerContext) {
        isDraining = true
        flush(context)
    }

    /// Closes after what has been written; what still comes is not looked at.
    private func end(_ context: ChannelHandlerContext) {
        if isEnding { return }
        isEnding = true
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        isEnding = true
        calls?.close()
        calls = nil
        deadline?.timer.cancel()
        deadline = nil
        watch?.cancel()
        watch = nil
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // What its own end brings about has been told already, by its cause.
        guard !isEnding else { return }
        if let status = error as? RPCStatus {
            tell(context, status)
        } else if calls == nil {
            tell(context, .handshakeBroken(error))
        }
        end(context)
    }

    private func tell(_ context: ChannelHandlerContext, _ status: RPCStatus) {
        report(
            RPCServerEvent(
                status, from: context.remoteAddress ?? address, agency: calls?.peer.agency, side: .client))
    }

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isEnding, let calls else { return }
        calls.stayAwake()
        reader.append(Self.unwrapInboundIn(data))
        _ = process(context, calls)
        if !reader.isInsideFrame {
            frameBegan = nil
        } else if frameBegan == nil {
            frameBegan = context.eventLoop.now
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        work(context)
        context.fireChannelReadComplete()
    }

    /// Takes frames and hands out replies until nothing is left or the client must read first.
    private func work(_ context: ChannelHandlerContext) {
        guard let calls else { return }
        var isDone = false
        while !isEnding, !isDone, context.channel.isWritable {
            calls.stayAwake()
            isDone = process(context, calls)
            flush(context)
        }
    }

    /// Takes the frames that have come; false when it stopped because too many replies wait.
    private func process(_ context: ChannelHandlerContext, _ calls: RunningCalls) -> Bool {
        let now = context.eventLoop.now
        while !isEnding {
            if calls.unwrittenBytes > limits.unreadReplyBytes { return false }
            let event = reader.next()
            if event != nil { frameBegan = nil }
            switch event {
            case .frame(let header, let body)?: take(context, calls, header, body, now)
            case .oversized(let header)?: refuseOversized(calls, header)
            case .violation(let bytes)?: violation(context, bytes)
            case nil: return true
            }
        }
        return true
    }

    private func violation(_ context: ChannelHandlerContext, _ bytes: [UInt8]) {
        tell(context, .notTtrpc(bytes))
        flush(context)
        end(context)
    }

    private func refuseOversized(_ calls: RunningCalls, _ header: FrameHeader) {
        guard header.type == FrameType.request else { return }
        let isOdd = header.stream % 2 == 1
        calls.refuse(stream: header.stream, isOdd ? .requestTooLong(header.length) : .evenStream(header.stream))
    }

    /// Data belongs to streams, which are not offered, and other types are not negotiated: both are dropped, since an
    /// answer would be taken for that of a running call.
    private func take(
        _ context: ChannelHandlerContext, _ calls: RunningCalls, _ header: FrameHeader, _ body: ByteBuffer,
        _ now: NIODeadline
    ) {
        guard header.type == FrameType.request else { return }
        lastCall = now
        do throws(RPCStatus) {
            guard header.stream % 2 == 1 else { throw .evenStream(header.stream) }
            guard header.flags & FrameFlags.remoteOpen == 0 else { throw .streamsNotOffered }
            guard !isDraining else { throw .draining }
            try call(context, calls, header.stream, body, now)
        } catch {
            calls.refuse(stream: header.stream, error)
        }
    }

    private func call(
        _ context: ChannelHandlerContext, _ calls: RunningCalls, _ stream: UInt32, _ body: ByteBuffer,
        _ now: NIODeadline
    ) throws(RPCStatus) {
        let request = try body.withUnsafeReadableBytes { (bytes) throws(RPCStatus) in try resolve(bytes) }
        guard request.timeoutNano >= 0 else { throw .deadlineExceeded }
        let deadline = request.timeoutNano == 0 ? nil : now + .nanoseconds(request.timeoutNano)
        let start = body.readerIndex + request.payload.lowerBound
        let payload = body.getSlice(at: start, length: request.payload.count) ?? ByteBuffer()
        switch calls.admit(stream: stream, size: payload.readableBytes, deadline: deadline) {
        case .admitted(let sequence):
            if let deadline { watchDeadline(context, deadline) }
            request.handler(
                RPCCall(stream: stream, sequence: sequence, payload: payload, deadline: deadline, calls: calls))
        case .streamInUse:
            throw .streamInUse(stream)
        case .exhausted(let why):
            throw .exhausted(
                "\(why): wait and try again", reason: "TOO_MANY_CALLS",
                retryAfterMilliseconds: limits.retryAfterMilliseconds)
        }
    }

    private struct Resolved {
        var handler: @Sendable (RPCCall) -> Void
        var payload: Range<Int>
        var timeoutNano: Int64
    }

    private func resolve(_ bytes: UnsafeRawBufferPointer) throws(RPCStatus) -> Resolved {
        guard let envelope = RequestEnvelope(scanning: bytes) else { throw .notARequest }
        let (service, method) = (bytes[envelope.service], bytes[envelope.method])
        switch methods.find(service: service, method: method) {
        case .found(let handler):
            return Resolved(handler: handler, payload: envelope.payload, timeoutNano: envelope.timeoutNano)
        case .unknownService: throw .unknownService(service)
        case .unknownMethod: throw .unknownMethod(method, of: service)
        }
    }

    // MARK: Writing and back-pressure

    /// Hands out all replies in one write; the last step of every turn.
    private func flush(_ context: ChannelHandlerContext) {
        guard !isEnding, let calls else { return }
        let replies = calls.sleep(isWritable: context.channel.isWritable)
        if replies.readableBytes > 0 {
            context.writeAndFlush(Self.wrapOutboundOut(replies), promise: nil)
        }
        if isDraining, calls.isQuiet { end(context) }
    }

    func read(context: ChannelHandlerContext) {
        if calls != nil, !isEnding, !context.channel.isWritable {
            isReadHeld = true
        } else {
            context.read()
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            blockedSince = nil
            resume(context)
        } else {
            blockedSince = context.eventLoop.now
        }
        context.fireChannelWritabilityChanged()
    }

    private func resume(_ context: ChannelHandlerContext) {
        flush(context)
        work(context)
        if isReadHeld, context.channel.isWritable {
            isReadHeld = false
            context.read()
        }
    }

    // MARK: Time

    private func watchDeadline(_ context: ChannelHandlerContext, _ time: NIODeadline) {
        if let deadline {
            if deadline.time <= time { return }
            deadline.timer.cancel()
        }
        let timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: time) { self.expire(context) }
        deadline = (time, timer)
    }

    private func expire(_ context: ChannelHandlerContext) {
        deadline = nil
        guard let calls, !isEnding else { return }
        let now = context.eventLoop.now
        let next = calls.expire(now: now)
        // Looking at most every 5 ms bounds the work when thousands of deadlines lie close together.
        if next != .distantFuture { watchDeadline(context, max(next, now + .milliseconds(5))) }
        flush(context)
    }

    private func scheduleWatch(_ context: ChannelHandlerContext) {
        let interval = TimeAmount.nanoseconds(max(1_000_000, min(limits.stall, limits.idle).nanoseconds / 4))
        watch = context.eventLoop.assumeIsolated().scheduleTask(in: interval) { self.look(context) }
    }

    /// Ends a connection that holds resources without using them.
    private func look(_ context: ChannelHandlerContext) {
        guard let calls, !isEnding else { return }
        let now = context.eventLoop.now
        if let frameBegan, now - frameBegan > limits.stall {
            tell(context, .unfinished)
            end(context)
        } else if let blockedSince, now - blockedSince > limits.stall {
            tell(context, .unread)
            end(context)
        } else if calls.isQuiet, now - lastCall > limits.idle {
            end(context)
        } else {
            scheduleWatch(context)
        }
    }
}
