/// Who is at the other end of a connection, as its certificate says. Made once per connection.
public struct PeerIdentity: Sendable, Hashable {
    /// The subject's organization (O).
    public var agency: String
    /// The subject's common name (CN); empty when the certificate is the agency's own, with CN equal to O.
    public var officer: String
    /// SHA-256 of the certificate, 32 bytes.
    public var fingerprint: [UInt8]
    /// The URIs among the subject's alternative names, in their order.
    public var uris: [String]

    public init(agency: String, officer: String, fingerprint: [UInt8], uris: [String]) {
        self.agency = agency
        self.officer = officer
        self.fingerprint = fingerprint
        self.uris = uris
    }
}

/// The PEM files one side of a connection needs. They are read when a server or a client starts.
public struct TLSFiles: Sendable, Hashable {
    /// The own certificate, followed by those that lead to the peer's roots.
    public var certificateChain: String
    /// The private key of the own certificate, not encrypted.
    public var privateKey: String
    /// The authorities whose certificates are believed.
    public var trustRoots: String

    public init(certificateChain: String, privateKey: String, trustRoots: String) {
        self.certificateChain = certificateChain
        self.privateKey = privateKey
        self.trustRoots = trustRoots
    }
}
