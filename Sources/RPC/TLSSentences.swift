import COpenSSL

// What went wrong with TLS, in sentences for those who can mend it.

extension RPCStatus {
    static func tls(_ message: String) -> RPCStatus {
        RPCStatus(code: Code.failedPrecondition, message: message)
    }

    static func file(_ path: String, _ content: String, _ errors: OpenSSLErrors) -> RPCStatus {
        tls(
            "\(path) does not hold \(content) that can be read as PEM (\(errors.text)): check the path and its contents"
        )
    }
}

extension OpenSSLErrors {
    /// - Parameter verdict: what is wrong with the peer's certificate, if that is it.
    func seenByServer(verdict: String?) -> RPCStatus {
        if reasons.contains(SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE) {
            return .untrusted(
                "CERTIFICATE_MISSING", "the client showed no certificate: it must use one issued to its agency")
        }
        if reasons.contains(SSL_R_CERTIFICATE_VERIFY_FAILED), let verdict {
            return .untrusted(
                "CERTIFICATE_REFUSED",
                "the client's certificate is not accepted (\(verdict)): it must be in force, for client use, of this "
                    + "server's authority, and name one agency (O) and one officer (CN)")
        }
        if reasons.contains(SSL_R_NO_APPLICATION_PROTOCOL) {
            return .untrusted(
                "PROTOCOL_UNKNOWN", "the client offers only unknown protocols: it must offer ttrpc, or none")
        }
        if reasons.contains(SSL_R_HTTP_REQUEST) || reasons.contains(SSL_R_HTTPS_PROXY_REQUEST) {
            return .untrusted(
                "HTTP_WITHOUT_TLS", "the client speaks HTTP without TLS: this port takes ttrpc over TLS 1.3")
        }
        if reasons.contains(SSL_R_UNSUPPORTED_PROTOCOL) {
            return .untrusted("TLS_TOO_OLD", "the client's TLS is too old: it must speak TLS 1.3")
        }
        return .untrusted(
            "NOT_TLS", "the client does not speak TLS 1.3 (\(text)): this port takes ttrpc over TLS 1.3")
    }

    func seenByClient(verdict: String?) -> RPCStatus {
        if reasons.contains(SSL_R_CERTIFICATE_VERIFY_FAILED), let verdict {
            return .untrusted(
                "SERVER_REFUSED",
                "the server's certificate is not accepted (\(verdict)): check the address and the trusted "
                    + "authorities")
        }
        if let sentence = reasons.lazy.compactMap(Self.alertSentence).first {
            return .untrusted("CLIENT_REFUSED", sentence)
        }
        if reasons.contains(SSL_R_WRONG_VERSION_NUMBER) {
            return .untrusted("NOT_TLS", "the server does not speak TLS: check the address and port")
        }
        return .untrusted(
            "TLS_FAILED", "the secure connection failed (\(text)): check the address, port and certificates")
    }

    /// The server's alert. In TLS 1.3 a client sees the verdict on its certificate only when it first reads.
    private static func alertSentence(_ reason: Int32) -> String? {
        switch reason {
        case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
            "the server asks for a client certificate: give the certificate and key issued to your agency"
        case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
            "the server does not know the issuer of the client certificate: use one issued by its authority"
        case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
            "the client certificate is outside its period of validity: renew it"
        case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
            "the client certificate is revoked: ask its issuer for another"
        case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE, SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN,
            SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE, SSL_R_TLSV1_ALERT_ACCESS_DENIED,
            SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
            "the server does not accept the client certificate: it must be for client use and name one agency (O) "
                + "and one officer (CN)"
        case SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL:
            "the server does not speak ttrpc: check the address and port"
        case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
            "the server has no TLS 1.3: check the address and port"
        default: nil
        }
    }
}

extension RPCStatus {
    fileprivate static func untrusted(_ reason: String, _ message: String) -> RPCStatus {
        RPCStatus(code: Code.unauthenticated, reason: reason, message: message)
    }

    static func handshakeTimedOut(after seconds: Int64) -> RPCStatus {
        RPCStatus(
            code: Code.unavailable, reason: "HANDSHAKE_TIMED_OUT",
            message: "no TLS handshake within \(seconds) s: check that both sides speak TLS 1.3, and the network")
    }

    static let handshakeAbandoned = RPCStatus(
        code: Code.unavailable, reason: "HANDSHAKE_ABANDONED",
        message: "the peer closed the connection during the TLS handshake: check address, port and certificates")
}
