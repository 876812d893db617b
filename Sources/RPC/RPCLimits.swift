public import NIOCore

/// What a server grants its clients. Everything that can grow has its bound here.
public struct RPCLimits: Sendable {
    /// Open connections; further ones are closed when they arrive.
    public var connections = 1024
    /// Calls taken and not yet answered, of one connection.
    public var callsPerConnection = 1024
    /// Bytes of requests not yet answered, of one connection.
    public var bytesPerConnection = 32 << 20
    /// Calls taken and not yet answered, of all connections of one agency.
    public var callsPerAgency = 4096
    /// Bytes of requests not yet answered, of all connections of one agency.
    public var bytesPerAgency = 128 << 20
    /// Bytes of replies that wait because the client does not read. Beyond, no more is read from it, and a reply longer
    /// than 64 KiB is refused with RESOURCE_EXHAUSTED.
    public var unreadReplyBytes = 16 << 20
    /// The delay that a refusal for load advises, in milliseconds.
    public var retryAfterMilliseconds: Int64 = 200
    /// From the connection to the end of the TLS handshake.
    public var handshake: TimeAmount = .seconds(10)
    /// For one frame to come in whole, and for a client to take the replies that wait for it, up to 1 MiB of them.
    public var stall: TimeAmount = .seconds(60)
    /// Without a call, before the connection is closed.
    public var idle: TimeAmount = .hours(1)

    public init() {}
}
