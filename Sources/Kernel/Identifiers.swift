/// A moment in UTC, as milliseconds since 1970-01-01T00:00:00Z. The kernel reads no clock: instants are given to it.
public struct Instant: Hashable, Comparable, Sendable {
    public var milliseconds: Int64

    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    public static func < (a: Instant, b: Instant) -> Bool { a.milliseconds < b.milliseconds }

    public func advanced(milliseconds: Int64) -> Instant {
        Instant(milliseconds: self.milliseconds + milliseconds)
    }
}

/// The identity of a case in its store: 42 bits of milliseconds since 2020-01-01T00:00:00Z, 10 bits of node, 12 bits of
/// count. It is the row id, so cases opened together lie together. It is not a secret and not the public case number.
public struct CaseID: Hashable, Comparable, Sendable {
    public var rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }

    public static func < (a: CaseID, b: CaseID) -> Bool { a.rawValue < b.rawValue }
}

/// A caller's 16-byte key for one command (UUIDv7: its first 48 bits are milliseconds since 1970), unique per agency.
public struct IdempotencyKey: Hashable, Comparable, Sendable {
    public var high: UInt64
    public var low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads 16 bytes, big endian; nil for any other length.
    // With every call: compiled apart from its caller it would look up what kind of collection it is given.
    @inlinable public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        var words: (UInt64, UInt64) = (0, 0)
        for byte in bytes { words = (words.0 << 8 | words.1 >> 56, words.1 << 8 | UInt64(byte)) }
        self.init(high: words.0, low: words.1)
    }

    public var bytes: [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(16)
        for word in [high, low] {
            for shift in stride(from: 56, through: 0, by: -8) {
                result.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
            }
        }
        return result
    }

    /// In the order of their bytes, which is that of their times.
    public static func < (a: IdempotencyKey, b: IdempotencyKey) -> Bool { (a.high, a.low) < (b.high, b.low) }

    /// The time written in the key.
    public var instant: Instant { Instant(milliseconds: Int64(high >> 16)) }
}

/// A SHA-256 digest made outside the kernel: of a chart, a policy, a plugin, a command's content.
public struct Digest: Hashable, Sendable {
    public var bytes: [UInt8]

    /// - Precondition: 32 bytes.
    public init(bytes: [UInt8]) {
        precondition(bytes.count == 32, "a digest has 32 bytes")
        self.bytes = bytes
    }
}

/// A position in the history of one store: 1, 2, 3 … without gaps, in commit order.
public typealias Position = UInt64
