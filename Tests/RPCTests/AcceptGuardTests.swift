import Glibc
import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import RPC

/// What a listening socket does when the process has no descriptor left, and when an accepted connection fails.
@Suite("Accepting") struct AcceptGuardTests {
    /// Stands where the acceptor stands.
    private final class Acceptor: ChannelInboundHandler {
        typealias InboundIn = any Channel
        let accepted = Mutex<[ObjectIdentifier]>([])

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            accepted.withLock { $0.append(ObjectIdentifier(Self.unwrapInboundIn(data))) }
        }
    }

    private final class Reports: Sendable {
        let all = Mutex<[RPCServerEvent]>([])
        var reasons: [String] { all.withLock { $0.map(\.reason) } }
    }

    private let reports = Reports()

    private func listener(_ acceptor: Acceptor) throws -> EmbeddedChannel {
        let channel = EmbeddedChannel()
        let guardian = try AcceptGuard { [reports] event in reports.all.withLock { $0.append(event) } }
        try channel.pipeline.syncOperations.addHandlers(guardian, acceptor)
        return channel
    }

    private func fail(_ channel: EmbeddedChannel, _ code: Int32) {
        channel.pipeline.fireErrorCaught(IOError(errnoCode: code, reason: "accept"))
    }

    @Test("the connection that waits is closed and told, the next one is served")
    func oneIsTurnedAway() throws {
        let acceptor = Acceptor()
        let channel = try listener(acceptor)
        fail(channel, EMFILE)
        let (waiting, next) = (EmbeddedChannel(), EmbeddedChannel())
        channel.pipeline.fireChannelRead(waiting)
        for loop in [waiting.embeddedEventLoop, channel.embeddedEventLoop] { loop.run() }
        #expect(!waiting.isActive && acceptor.accepted.withLock { $0.isEmpty })
        #expect(reports.reasons == ["DESCRIPTORS_EXHAUSTED"])
        channel.pipeline.fireChannelRead(next)
        #expect(acceptor.accepted.withLock { $0 } == [ObjectIdentifier(next)])
        #expect(reports.all.withLock { $0.allSatisfy { $0.side == .server } })
    }

    @Test("where nothing can be closed either, nothing is asked for until a moment has passed", arguments: [
        EMFILE, ENFILE, ENOBUFS, ENOMEM,
    ])
    func rests(code: Int32) throws {
        let acceptor = Acceptor()
        let channel = try listener(acceptor)
        #expect(isAsked(channel))
        for shortage in 1...2 {
            for _ in 0..<100 { fail(channel, code) }
            #expect(reports.reasons.count == shortage, "once, however often it fails")
            #expect(!isAsked(channel))
            channel.embeddedEventLoop.advanceTime(by: .milliseconds(99))
            #expect(!isAsked(channel))
            channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
            #expect(isAsked(channel))
        }
        #expect(Set(reports.reasons) == ["DESCRIPTORS_EXHAUSTED"])
        let next = EmbeddedChannel()
        channel.pipeline.fireChannelRead(next)
        #expect(acceptor.accepted.withLock { $0.count } == 1)
    }

    @Test("a shortage that passes with nobody waiting turns nobody away afterwards")
    func passes() throws {
        let acceptor = Acceptor()
        let channel = try listener(acceptor)
        fail(channel, EMFILE)
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(100))
        let next = EmbeddedChannel()
        channel.pipeline.fireChannelRead(next)
        #expect(acceptor.accepted.withLock { $0 } == [ObjectIdentifier(next)])
        #expect(reports.reasons.isEmpty)
    }

    /// Whether the listener asks the system for connections.
    private func isAsked(_ channel: EmbeddedChannel) -> Bool {
        let last = channel.options.last { $0.option is ChannelOptions.Types.AutoReadOption }
        return last?.value as? Bool ?? true
    }

    @Test("another error goes on to whoever watches")
    func others() throws {
        let channel = try listener(Acceptor())
        fail(channel, ECONNABORTED)
        #expect(throws: IOError.self) { try channel.throwIfErrorCaught() }
        #expect(reports.reasons.isEmpty)
    }

    @Test("a connection that cannot be set up is told, one that was turned away has been")
    func setup() throws {
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandler(
            SetupWatch { [reports] event in reports.all.withLock { $0.append(event) } })
        channel.pipeline.fireErrorCaught(ConnectionTurnedAway())
        #expect(reports.reasons.isEmpty)
        fail(channel, EACCES)
        #expect(reports.reasons == ["CONNECTION_NOT_SET_UP"])
        #expect(reports.all.withLock { $0.first?.message.contains("Permission denied") } == true)
    }
}
