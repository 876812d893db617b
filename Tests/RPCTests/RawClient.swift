import NIOCore
import NIOPosix

@testable import RPC

/// A client that sends whatever bytes it is told to, over TLS or without.
final class RawClient: Sendable {
    enum Event: Equatable, Sendable {
        /// With the reason of a status, and what it says is to be done.
        case frame(stream: UInt32, code: Int32, reason: String = "", advice: String = "")
        case failed(String)
        case closed

        /// Nothing happened for 5 s.
        static let silence = Event.failed("nothing for 30 s")
    }

    private let channel: any Channel
    private let events: AsyncStream<Event>

    private init(channel: any Channel, events: AsyncStream<Event>) {
        self.channel = channel
        self.events = events
    }

    /// - Parameters:
    ///   - context: nil speaks without TLS.
    ///   - greeting: sent as soon as there is a connection, whatever else the machine is busy with.
    ///   - hangsUp: closes when that has been sent.
    static func connect(
        port: Int, context: TLSContext?, greeting: [UInt8] = [], hangsUp: Bool = false
    ) async throws -> RawClient {
        let (events, sink) = AsyncStream.makeStream(of: Event.self)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let context {
                        let session = try TLSSession(context, serverName: "localhost")
                        try channel.pipeline.syncOperations.addHandler(
                            TLSHandler(session: session, handshakeTimeout: .seconds(5), lingerTimeout: .zero))
                    }
                    try channel.pipeline.syncOperations.addHandler(
                        EventTeller(
                            sink: sink, isSecure: context != nil, greeting: greeting, hangsUp: hangsUp))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        return RawClient(channel: channel, events: events)
    }

    func send(_ bytes: [UInt8]) {
        channel.pipeline.fireUserInboundEventTriggered(BytesToSend(bytes: ByteBuffer(bytes: bytes)))
    }

    func close() async {
        channel.close(promise: nil)
        await withCheckedContinuation { continuation in
            channel.closeFuture.whenComplete { _ in continuation.resume() }
        }
    }

    /// What happens next, or `failed` when nothing does for 30 s.
    func next() async -> Event {
        let timer = channel.eventLoop.scheduleTask(in: .seconds(30)) { [channel] in
            channel.pipeline.fireErrorCaught(RPCStatus(code: 4, message: "nothing for 30 s"))
        }
        defer { timer.cancel() }
        for await event in events { return event }
        return .closed
    }

    /// Everything until the connection is closed.
    func untilClosed() async -> [Event] {
        var all: [Event] = []
        while case let event = await next(), event != .closed {
            all.append(event)
            if event == .silence { break }
        }
        return all
    }
}

private struct BytesToSend: Sendable {
    var bytes: ByteBuffer
}

/// Sends once the connection is secure; tells of each frame, error and the end.
private final class EventTeller: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let sink: AsyncStream<RawClient.Event>.Continuation
    private var isReady: Bool
    private var waiting: ByteBuffer
    private let hangsUp: Bool
    private var reader = FrameReader()

    init(sink: AsyncStream<RawClient.Event>.Continuation, isSecure: Bool, greeting: [UInt8], hangsUp: Bool) {
        self.sink = sink
        self.hangsUp = hangsUp
        isReady = !isSecure
        waiting = ByteBuffer(bytes: greeting)
    }

    func channelActive(context: ChannelHandlerContext) { send(context) }

    private func send(_ context: ChannelHandlerContext) {
        guard isReady, waiting.readableBytes > 0 else { return }
        context.writeAndFlush(Self.wrapOutboundOut(waiting), promise: nil)
        waiting = ByteBuffer()
        if hangsUp { context.close(promise: nil) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? BytesToSend { waiting.writeImmutableBuffer(event.bytes) }
        if event is TLSEstablished { isReady = true }
        send(context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        reader.append(Self.unwrapInboundIn(data))
        while case .frame(let header, let body)? = reader.next() {
            let event: RawClient.Event =
                switch ResponseEnvelope.decode(body) {
                case .success?: .frame(stream: header.stream, code: 0)
                case .failure(let status)?:
                    .frame(
                        stream: header.stream, code: status.code, reason: status.reason, advice: status.message.advice)
                case nil: .failed("no response")
                }
            sink.yield(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let status = error as? RPCStatus { sink.yield(.failed(status.message)) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        sink.yield(.closed)
        sink.finish()
    }
}

extension String {
    /// What follows the colon in `what happened: what to do`.
    var advice: String {
        guard let colon = lastIndex(of: ":") else { return "" }
        return String(self[index(after: colon)...].drop { $0 == " " })
    }
}
