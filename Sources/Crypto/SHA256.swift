import COpenSSL

/// SHA-256 (FIPS 180-4), in one call or piece by piece. A value used again after `finish` starts anew.
public struct SHA256: ~Copyable {
    public static let byteCount = 32

    private let context: OpaquePointer

    public init() {
        guard let context = EVP_MD_CTX_new() else { unavailable("memory for SHA-256") }
        self.context = context
        start()
    }

    deinit { EVP_MD_CTX_free(context) }

    private func start() {
        require(EVP_DigestInit_ex(context, Algorithms.fetched.sha256, nil), "SHA-256")
    }

    public mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard !bytes.isEmpty else { return }
        require(EVP_DigestUpdate(context, bytes.baseAddress, bytes.count), "SHA-256")
    }

    /// The digest of everything since the start, 32 bytes.
    public mutating func finish() -> [UInt8] {
        let digest = [UInt8](unsafeUninitializedCapacity: Self.byteCount) { buffer, count in
            var length: UInt32 = 0
            require(EVP_DigestFinal_ex(context, buffer.baseAddress, &length), "SHA-256")
            count = Int(length)
        }
        start()
        return digest
    }

    /// The digest of `bytes`, 32 bytes.
    public static func hash(_ bytes: [UInt8]) -> [UInt8] {
        var hasher = SHA256()
        hasher.update(bytes)
        return hasher.finish()
    }
}

/// HMAC-SHA256 (RFC 2104) under one key, which is worked into the hash once.
///
/// `@unchecked Sendable`: the two contexts are only read, as sources of copies, once they are made.
public final class HMACSHA256: @unchecked Sendable {
    private static let blockSize = 64

    private let inner: OpaquePointer
    private let outer: OpaquePointer

    /// - Parameter key: of any length; keys here have 32 bytes.
    public init(key: [UInt8]) {
        let short = key.count > Self.blockSize ? SHA256.hash(key) : key
        let block = short + [UInt8](repeating: 0, count: Self.blockSize - short.count)
        inner = Self.context(begunWith: block.map { $0 ^ 0x36 })
        outer = Self.context(begunWith: block.map { $0 ^ 0x5c })
    }

    deinit {
        EVP_MD_CTX_free(inner)
        EVP_MD_CTX_free(outer)
    }

    /// The code of `bytes`, 32 bytes.
    public func authenticate(_ bytes: [UInt8]) -> [UInt8] {
        guard let context = EVP_MD_CTX_new() else { unavailable("memory for HMAC-SHA256") }
        defer { EVP_MD_CTX_free(context) }
        return [UInt8](unsafeUninitializedCapacity: SHA256.byteCount) { buffer, count in
            var length: UInt32 = 0
            require(EVP_MD_CTX_copy_ex(context, inner), "HMAC-SHA256")
            require(EVP_DigestUpdate(context, bytes, bytes.count), "HMAC-SHA256")
            require(EVP_DigestFinal_ex(context, buffer.baseAddress, &length), "HMAC-SHA256")
            require(EVP_MD_CTX_copy_ex(context, outer), "HMAC-SHA256")
            require(EVP_DigestUpdate(context, buffer.baseAddress, Int(length)), "HMAC-SHA256")
            require(EVP_DigestFinal_ex(context, buffer.baseAddress, &length), "HMAC-SHA256")
            count = Int(length)
        }
    }

    private static func context(begunWith block: [UInt8]) -> OpaquePointer {
        guard let context = EVP_MD_CTX_new() else { unavailable("memory for HMAC-SHA256") }
        require(EVP_DigestInit_ex(context, Algorithms.fetched.sha256, nil), "HMAC-SHA256")
        require(EVP_DigestUpdate(context, block, block.count), "HMAC-SHA256")
        return context
    }
}
