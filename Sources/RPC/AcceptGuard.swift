import Glibc
import NIOCore

/// Stands before the acceptor of a listening socket, for the hour in which the process has no descriptor left.
///
/// The system then goes on announcing connections that it cannot hand out: whoever only tries again spins, and whoever
/// only waits lets clients hang. So one descriptor is kept in reserve. It is let go, the connection that waits is taken
/// with it and closed, which its client sees at once, and the descriptor is kept again. Where even that fails,
/// nothing is accepted for a moment.
final class AcceptGuard: ChannelInboundHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel

    private enum State {
        case accepting(ReservedDescriptor)
        /// The reserve is let go: the next connection is closed, not served.
        case refusing
        case resting
    }

    private static let rest = TimeAmount.milliseconds(100)

    private let report: @Sendable (RPCServerEvent) -> Void
    private var state: State
    /// In this shortage somebody has been told already.
    private var isTold = false

    /// - Throws: `IOError` when not even one descriptor is left to begin with.
    init(report: @escaping @Sendable (RPCServerEvent) -> Void) throws {
        self.report = report
        guard let reserve = ReservedDescriptor() else { throw IOError(errnoCode: EMFILE, reason: "open") }
        state = .accepting(reserve)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .refusing = state else { return context.fireChannelRead(data) }
        let channel = Self.unwrapInboundIn(data)
        isTold = true
        report(RPCServerEvent(.noDescriptorLeft, from: channel.remoteAddress, side: .server))
        // It may live on another event loop. Until its descriptor is free, others that come are closed too.
        channel.closeFuture.hop(to: context.eventLoop).assumeIsolated().whenComplete { _ in self.reserve() }
        channel.close(promise: nil)
    }

    private func reserve() {
        guard case .refusing = state, let reserve = ReservedDescriptor() else { return }
        (state, isTold) = (.accepting(reserve), false)
    }

    /// The shortage may pass with nobody waiting: what was let go is taken again as soon as it can be.
    private func reserveLater(_ context: ChannelHandlerContext) {
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.rest) {
            self.reserve()
            if case .refusing = self.state { self.reserveLater(context) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let code = (error as? IOError)?.errnoCode, Self.shortages.contains(code) else {
            return context.fireErrorCaught(error)
        }
        switch state {
        case .accepting:
            state = .refusing
            reserveLater(context)
        case .refusing: rest(context)
        case .resting: break
        }
    }

    private static let shortages: Set = [EMFILE, ENFILE, ENOBUFS, ENOMEM]

    /// The system reports the waiting connection as long as it is asked, so it must not be asked. Of a whole shortage
    /// one is told: nobody knows how many wait.
    private func rest(_ context: ChannelHandlerContext) {
        state = .resting
        if !isTold { report(RPCServerEvent(.noDescriptorLeft, from: nil, side: .server)) }
        isTold = true
        setAccepting(false, context)
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.rest) {
            self.state = .refusing
            self.reserve()
            if case .refusing = self.state { self.reserveLater(context) }
            self.setAccepting(true, context)
        }
    }

    private func setAccepting(_ isAccepting: Bool, _ context: ChannelHandlerContext) {
        // It fails only for a listener that is closed, which accepts nothing anyway.
        _ = context.channel.setOption(.autoRead, value: isAccepting)
    }
}

/// A descriptor that stands for nothing but itself.
private final class ReservedDescriptor {
    private let number: Int32

    init?() {
        number = open("/dev/null", O_RDONLY | O_CLOEXEC)
        if number < 0 { return nil }
    }

    deinit { close(number) }
}

/// Stands behind the acceptor: what goes wrong while an accepted connection is set up ends here, and would end in
/// silence.
final class SetupWatch: ChannelInboundHandler {
    typealias InboundIn = any Channel

    private let report: @Sendable (RPCServerEvent) -> Void

    init(report: @escaping @Sendable (RPCServerEvent) -> Void) { self.report = report }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Those have been told, by name.
        if error is ConnectionTurnedAway { return }
        report(RPCServerEvent(.notSetUp(error), from: nil, side: .server))
    }
}

/// A connection that is closed on purpose before anything is said on it.
struct ConnectionTurnedAway: Error {}
