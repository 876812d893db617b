import COpenSSL

/// `count` bytes from OpenSSL's generator, fit for keys and nonces.
public func randomBytes(_ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
        require(RAND_bytes(buffer.baseAddress, Int32(count)), "random bytes")
        initialized = count
    }
}

/// Random bytes in pieces of one length, drawn many at a time: one call of the generator costs as much as sealing a
/// kilobyte.
public struct RandomSupply: Sendable {
    private let pieces: Int
    private let length: Int
    private var bytes: [UInt8] = []
    private var position = 0

    /// - Parameters:
    ///   - pieces: drawn at a time, > 0.
    ///   - length: of a piece in bytes, > 0.
    public init(pieces: Int = 256, of length: Int) {
        (self.pieces, self.length) = (pieces, length)
    }

    public mutating func next() -> [UInt8] { Array(take()) }

    mutating func take() -> ArraySlice<UInt8> {
        if position == bytes.count {
            bytes = randomBytes(pieces * length)
            position = 0
        }
        defer { position += length }
        return bytes[position..<position + length]
    }
}

/// Compares secrets in a time that depends on their length only.
public func constantTimeEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    a.count == b.count && CRYPTO_memcmp(a, b, a.count) == 0
}
