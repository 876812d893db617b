import COpenSSL

/// `count` bytes from OpenSSL's generator, fit for keys and nonces.
public func randomBytes(_ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
        require(RAND_bytes(buffer.baseAddress, Int32(count)), "random bytes")
        initialized = count
    }
}

/// Compares secrets in a time that depends on their length only.
public func constantTimeEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    a.count == b.count && CRYPTO_memcmp(a, b, a.count) == 0
}
