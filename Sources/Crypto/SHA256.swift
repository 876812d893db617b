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

/// HMAC-SHA256 (RFC 2104).
public enum HMACSHA256 {
    /// The code of `bytes` under `key`, 32 bytes. A key of any length is taken; keys here have 32 bytes.
    public static func authenticate(_ bytes: [UInt8], key: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: SHA256.byteCount) { buffer, count in
            var length: UInt32 = 0
            let code = HMAC(
                EVP_sha256(), key, Int32(key.count), bytes, bytes.count, buffer.baseAddress, &length)
            if code == nil { unavailable("HMAC-SHA256") }
            count = Int(length)
        }
    }
}
