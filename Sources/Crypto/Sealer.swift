import COpenSSL

/// The bytes could not be opened: another key, other associated data, or they were altered.
public struct SealBroken: Error, Equatable, Sendable {
    public init() {}
}

/// AES-256-GCM (NIST SP 800-38D) with a random nonce for each seal.
///
/// A sealed value is `algorithm (1 byte: 1) | nonce (12) | ciphertext | tag (16)`. One value is for one thread; it
/// keeps its cipher context, so that sealing a row costs no allocation but the result.
///
/// At most 2^32 seals under one key (the limit of random nonces): a case's key seals its own rows only, the wrapping
/// key one key per case.
public struct Sealer: ~Copyable {
    /// How many bytes a seal adds.
    public static let overhead = 1 + nonceLength + tagLength
    /// The first byte of everything sealed with AES-256-GCM as described here.
    public static let algorithm: UInt8 = 1

    static let nonceLength = 12
    static let tagLength = 16
    private static let header = 1 + nonceLength

    private let context: OpaquePointer
    private var nonces = RandomSupply(of: nonceLength)

    public init() {
        guard let context = EVP_CIPHER_CTX_new() else { unavailable("memory for AES-256-GCM") }
        self.context = context
        require(EVP_CipherInit_ex(context, Algorithms.fetched.aes256gcm, nil, nil, nil, 1), "AES-256-GCM")
    }

    deinit { EVP_CIPHER_CTX_free(context) }

    /// Seals `plaintext` under `key` (32 bytes), bound to `associated`, which is needed again to open it.
    public mutating func seal(_ plaintext: [UInt8], key: [UInt8], associated: [UInt8]) -> [UInt8] {
        let total = plaintext.count + Self.overhead
        return [UInt8](unsafeUninitializedCapacity: total) { buffer, count in
            buffer[0] = Self.algorithm
            _ = UnsafeMutableBufferPointer(rebasing: buffer[1..<Self.header]).update(fromContentsOf: nonces.take())
            start(key: key, nonce: UnsafeBufferPointer(rebasing: buffer[1..<Self.header]), sealing: true)
            take(associated)
            let body = UnsafeMutableBufferPointer(rebasing: buffer[Self.header..<total])
            var length: Int32 = 0
            require(
                EVP_CipherUpdate(context, body.baseAddress, &length, plaintext, Int32(plaintext.count)), "AES-256-GCM")
            precondition(Int(length) == plaintext.count, "AES-256-GCM keeps the length")
            let tag = body.baseAddress?.advanced(by: plaintext.count)
            require(EVP_CipherFinal_ex(context, tag, &length), "AES-256-GCM")
            require(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(Self.tagLength), tag), "AES-256-GCM")
            count = total
        }
    }

    /// Opens what `seal` made. Throws `SealBroken` unless key, associated data and every byte are the same.
    public mutating func open(
        _ sealed: [UInt8], key: [UInt8], associated: [UInt8]
    ) throws(SealBroken) -> [UInt8] {
        guard sealed.count >= Self.overhead, sealed[0] == Self.algorithm else { throw SealBroken() }
        let length = sealed.count - Self.overhead
        var authentic = false
        let plaintext = [UInt8](unsafeUninitializedCapacity: length + 1) { buffer, count in
            sealed.withUnsafeBufferPointer { sealed in
                start(key: key, nonce: UnsafeBufferPointer(rebasing: sealed[1..<Self.header]), sealing: false)
                take(associated)
                authentic = decrypt(sealed, length: length, into: buffer)
            }
            count = authentic ? length : 0
        }
        guard authentic else { throw SealBroken() }
        return plaintext
    }

    private func start(key: [UInt8], nonce: UnsafeBufferPointer<UInt8>, sealing: Bool) {
        precondition(key.count == 32, "an AES-256 key has 32 bytes")
        require(EVP_CipherInit_ex(context, nil, nil, key, nonce.baseAddress, sealing ? 1 : 0), "AES-256-GCM")
    }

    private func take(_ associated: [UInt8]) {
        guard !associated.isEmpty else { return }
        var length: Int32 = 0
        require(EVP_CipherUpdate(context, nil, &length, associated, Int32(associated.count)), "AES-256-GCM")
    }

    private func decrypt(
        _ sealed: UnsafeBufferPointer<UInt8>, length: Int, into buffer: UnsafeMutableBufferPointer<UInt8>
    ) -> Bool {
        guard let start = sealed.baseAddress else { return false }
        var written: Int32 = 0
        require(
            EVP_CipherUpdate(
                context, buffer.baseAddress, &written, start.advanced(by: Self.header), Int32(length)), "AES-256-GCM")
        // OpenSSL copies the tag; its parameter lacks the const.
        let tag = UnsafeMutableRawPointer(mutating: start.advanced(by: Self.header + length))
        require(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(Self.tagLength), tag), "AES-256-GCM")
        // The one answer that is data: 1 when the tag fits.
        return EVP_CipherFinal_ex(context, buffer.baseAddress?.advanced(by: length), &written) == 1
    }
}
