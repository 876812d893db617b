import COpenSSL

/// The algorithms of the system's OpenSSL, looked up once: a lookup by name on every call costs more than sealing a
/// row.
///
/// `@unchecked Sendable`: OpenSSL's fetched algorithms are immutable and counted atomically; any thread may use them.
struct Algorithms: @unchecked Sendable {
    let sha256: OpaquePointer
    let aes256gcm: OpaquePointer

    static let fetched = Algorithms()

    private init() {
        guard let sha256 = EVP_MD_fetch(nil, "SHA2-256", nil),
            let aes256gcm = EVP_CIPHER_fetch(nil, "AES-256-GCM", nil)
        else { unavailable("SHA-256 or AES-256-GCM") }
        self.sha256 = sha256
        self.aes256gcm = aes256gcm
    }
}

/// Ends the process: without its cryptography the program must not go on, and no caller could do better. It happens
/// when memory is exhausted or the installed OpenSSL lacks an algorithm.
func unavailable(_ what: String) -> Never {
    fatalError("OpenSSL cannot provide \(what): \(lastOpenSSLError())")
}

/// Traps unless an OpenSSL call answered 1.
@inline(__always)
func require(_ result: Int32, _ what: @autoclosure () -> String) {
    if result != 1 { unavailable(what()) }
}

private func lastOpenSSLError() -> String {
    let code = ERR_get_error()
    guard code != 0 else { return "no reason given" }
    var text = [CChar](repeating: 0, count: 256)
    ERR_error_string_n(code, &text, text.count)
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
