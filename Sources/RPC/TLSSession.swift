import COpenSSL
import NIOCore

// The only file that calls OpenSSL for connections. OpenSSL keeps an error queue per thread, so each call whose
// failure is looked into starts with an empty queue and takes everything out of it.

/// What the certificates and keys of one side come to; immutable once made.
///
/// `@unchecked Sendable` is safe: the object is not changed after `init`, and OpenSSL counts references to it and locks
/// what it caches in it (SSL_CTX_new(3), "thread safe").
final class TLSContext: @unchecked Sendable {
    fileprivate let pointer: OpaquePointer
    fileprivate let isServer: Bool

    /// Asks every client for a certificate of the trusted authorities.
    static func server(_ files: TLSFiles) throws(RPCStatus) -> TLSContext {
        let context = try TLSContext(isServer: true, trustRoots: files.trustRoots)
        try context.use(certificateChain: files.certificateChain, privateKey: files.privateKey)
        try context.requireClientCertificates(trustRoots: files.trustRoots)
        return context
    }

    static func client(_ files: TLSFiles) throws(RPCStatus) -> TLSContext {
        let context = try TLSContext(isServer: false, trustRoots: files.trustRoots)
        try context.use(certificateChain: files.certificateChain, privateKey: files.privateKey)
        return context
    }

    /// A client that has no certificate to show.
    static func anonymousClient(trustRoots: String) throws(RPCStatus) -> TLSContext {
        try TLSContext(isServer: false, trustRoots: trustRoots)
    }

    private init(isServer: Bool, trustRoots: String) throws(RPCStatus) {
        ERR_clear_error()
        guard let pointer = SSL_CTX_new(isServer ? TLS_server_method() : TLS_client_method()) else {
            throw .tls("OpenSSL cannot make a TLS context: \(OpenSSLErrors.take().text)")
        }
        self.pointer = pointer
        self.isServer = isServer
        guard casework_tls_only_13(pointer) == 1 else {
            throw .tls("this OpenSSL has no TLS 1.3: install OpenSSL 3")
        }
        casework_tls_set_modes(pointer)
        guard SSL_CTX_load_verify_file(pointer, trustRoots) == 1 else {
            throw .file(trustRoots, "trusted certificates", OpenSSLErrors.take())
        }
        SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER, nil)
    }

    deinit {
        SSL_CTX_free(pointer)
    }

    private func use(certificateChain: String, privateKey: String) throws(RPCStatus) {
        ERR_clear_error()
        guard SSL_CTX_use_certificate_chain_file(pointer, certificateChain) == 1 else {
            throw .file(certificateChain, "a certificate", OpenSSLErrors.take())
        }
        guard SSL_CTX_use_PrivateKey_file(pointer, privateKey, SSL_FILETYPE_PEM) == 1 else {
            throw .file(privateKey, "the private key of \(certificateChain)", OpenSSLErrors.take())
        }
        guard SSL_CTX_check_private_key(pointer) == 1 else {
            throw .file(privateKey, "the private key of \(certificateChain)", OpenSSLErrors.take())
        }
    }

    private func requireClientCertificates(trustRoots: String) throws(RPCStatus) {
        ERR_clear_error()
        guard let names = SSL_load_client_CA_file(trustRoots) else {
            throw .file(trustRoots, "trusted certificates", OpenSSLErrors.take())
        }
        SSL_CTX_set_client_CA_list(pointer, names)
        // A session may be resumed only where the same certificates are asked for.
        let purpose: [UInt8] = Array("casework".utf8)
        guard SSL_CTX_set_session_id_context(pointer, purpose, UInt32(purpose.count)) == 1 else {
            throw .tls("OpenSSL cannot set the session context: \(OpenSSLErrors.take().text)")
        }
        SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT) { isTrusted, store in
            guard isTrusted == 1, X509_STORE_CTX_get_error_depth(store) == 0 else { return isTrusted }
            guard let leaf = X509_STORE_CTX_get_current_cert(store), PeerIdentity(certificate: leaf) != nil else {
                X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION)
                return 0
            }
            return 1
        }
        SSL_CTX_set_alpn_select_cb(
            pointer,
            { _, selected, selectedLength, offered, offeredLength, _ in
                let offer = UnsafeBufferPointer(start: offered, count: Int(offeredLength))
                guard let choice = ApplicationProtocol.choose(among: offer) else { return SSL_TLSEXT_ERR_ALERT_FATAL }
                selected?.pointee = offered?.advanced(by: choice.lowerBound)
                selectedLength?.pointee = UInt8(choice.count)
                return SSL_TLSEXT_ERR_OK
            }, nil)
    }
}

/// The TLS of one connection: bytes in, bytes out, no I/O. Belongs to one event loop.
final class TLSSession {
    enum Step {
        case done
        case needsInput
        case closed
        case failed(RPCStatus)
    }

    private let ssl: OpaquePointer
    private let input: OpaquePointer
    private let output: OpaquePointer
    private let isServer: Bool

    /// - Parameter serverName: for a client, the DNS name or IP address that the server's certificate must carry.
    init(_ context: TLSContext, serverName: String?) throws(RPCStatus) {
        ERR_clear_error()
        guard let ssl = SSL_new(context.pointer) else {
            throw .tls("OpenSSL cannot make a connection: \(OpenSSLErrors.take().text)")
        }
        guard let input = BIO_new(BIO_s_mem()), let output = BIO_new(BIO_s_mem()) else {
            SSL_free(ssl)
            throw .tls("OpenSSL cannot make a buffer: \(OpenSSLErrors.take().text)")
        }
        casework_tls_empty_is_retry(input)
        casework_tls_empty_is_retry(output)
        SSL_set_bio(ssl, input, output)
        (self.ssl, self.input, self.output, isServer) = (ssl, input, output, context.isServer)
        if isServer {
            SSL_set_accept_state(ssl)
        } else {
            SSL_set_connect_state(ssl)
            try offerProtocol()
            if let serverName { try expect(serverName) }
        }
    }

    deinit {
        SSL_free(ssl)
    }

    private func offerProtocol() throws(RPCStatus) {
        let offer = ApplicationProtocol.offer
        guard SSL_set_alpn_protos(ssl, offer, UInt32(offer.count)) == 0 else {
            throw .tls("OpenSSL cannot offer a protocol: \(OpenSSLErrors.take().text)")
        }
    }

    private func expect(_ name: String) throws(RPCStatus) {
        if X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name) == 1 { return }
        ERR_clear_error()
        guard SSL_set1_host(ssl, name) == 1, casework_tls_set_server_name(ssl, name) == 1 else {
            throw .tls("\(name) is not a host name")
        }
    }

    /// Takes bytes from the network.
    func receive(_ bytes: ByteBuffer) -> Bool {
        bytes.withUnsafeReadableBytes { bytes in
            bytes.isEmpty || BIO_write(input, bytes.baseAddress, Int32(clamping: bytes.count)) == bytes.count
        }
    }

    func handshake() -> Step {
        ERR_clear_error()
        let result = SSL_do_handshake(ssl)
        return result == 1 ? .done : step(for: result)
    }

    /// Appends what can be decrypted now; answers `needsInput` when that is all.
    func decrypt(into plaintext: inout ByteBuffer) -> Step {
        plaintext.reserveCapacity(minimumWritableBytes: Int(BIO_ctrl_pending(input)))
        while true {
            ERR_clear_error()
            var result: Int32 = 0
            plaintext.writeWithUnsafeMutableBytes(minimumWritableBytes: 256) { space in
                result = SSL_read(ssl, space.baseAddress, Int32(clamping: space.count))
                return max(0, Int(result))
            }
            if result <= 0 { return step(for: result) }
        }
    }

    /// Appends `plaintext`, as records, to `records`.
    func encrypt(_ plaintext: ByteBuffer, into records: inout ByteBuffer) -> Step {
        plaintext.withUnsafeReadableBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                ERR_clear_error()
                let chunk = UnsafeRawBufferPointer(rebasing: rest)
                let result = SSL_write(ssl, chunk.baseAddress, Int32(clamping: chunk.count))
                if result <= 0 { return step(for: result) }
                rest = rest.dropFirst(Int(result))
                takeOutput(into: &records)
            }
            return .done
        }
    }

    /// Appends what must go to the network: handshake messages, alerts, records.
    func takeOutput(into bytes: inout ByteBuffer) {
        let pending = Int(BIO_ctrl_pending(output))
        if pending == 0 { return }
        bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: pending) { space in
            max(0, Int(BIO_read(output, space.baseAddress, Int32(clamping: space.count))))
        }
    }

    /// Makes the alert that says that nothing more will be sent.
    func sayGoodbye() {
        ERR_clear_error()
        // 0: the alert is made and the peer's not seen yet; below 0: the connection is past saying goodbye.
        if SSL_shutdown(ssl) < 0 { ERR_clear_error() }
    }

    /// Nil before the end of the handshake, and on a client.
    var peer: PeerIdentity? {
        SSL_get0_peer_certificate(ssl).flatMap(PeerIdentity.init(certificate:))
    }

    private func step(for result: Int32) -> Step {
        switch SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ: return .needsInput
        case SSL_ERROR_ZERO_RETURN: return .closed
        default:
            let errors = OpenSSLErrors.take()
            let verification = SSL_get_verify_result(ssl)
            let verdict = verification == X509_V_OK ? nil : String(cString: X509_verify_cert_error_string(verification))
            return .failed(isServer ? errors.seenByServer(verdict: verdict) : errors.seenByClient(verdict: verdict))
        }
    }
}

extension PeerIdentity {
    /// Nil when the subject does not name exactly one agency (O) and one officer (CN).
    fileprivate init?(certificate: OpaquePointer) {
        guard let agency = Self.subjectText(certificate, NID_organizationName),
            let name = Self.subjectText(certificate, NID_commonName)
        else { return nil }
        var fingerprint = [UInt8](repeating: 0, count: 32)
        var count: UInt32 = 0
        guard X509_digest(certificate, EVP_sha256(), &fingerprint, &count) == 1, count == 32 else { return nil }
        let officer = name == agency ? "" : name
        self.init(agency: agency, officer: officer, fingerprint: fingerprint, uris: Self.uris(of: certificate))
    }

    private static func subjectText(_ certificate: OpaquePointer, _ kind: Int32) -> String? {
        var text: UnsafeMutablePointer<UInt8>?
        let count = casework_tls_subject_text(certificate, kind, &text)
        guard count >= 0, let text else { return nil }
        defer { casework_tls_free_text(text) }
        let bytes = UnsafeBufferPointer(start: text, count: Int(count))
        // Control characters would let one name look like another in a list.
        guard !bytes.isEmpty, bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func uris(of certificate: OpaquePointer) -> [String] {
        guard let names = casework_tls_names(certificate) else { return [] }
        defer { casework_tls_free_names(names) }
        var uris: [String] = []
        var count = 0
        while let bytes = casework_tls_uri(names, Int32(uris.count), &count) {
            uris.append(String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self))
        }
        return uris
    }
}

/// What was in the thread's error queue after a failed call.
struct OpenSSLErrors {
    /// Reasons given by the TLS library itself, `SSL_R_…`.
    private(set) var reasons: [Int32] = []
    private(set) var text = "no reason given"

    static func take() -> OpenSSLErrors {
        var errors = OpenSSLErrors()
        var line = [CChar](repeating: 0, count: 256)
        while case let code = ERR_get_error(), code != 0 {
            if ERR_GET_LIB(code) == ERR_LIB_SSL { errors.reasons.append(ERR_GET_REASON(code)) }
            ERR_error_string_n(code, &line, line.count)
            errors.text = line.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? errors.text }
        }
        return errors
    }
}
