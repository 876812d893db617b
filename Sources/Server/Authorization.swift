public import Kernel
public import RPC

/// Who may do what. Nothing is allowed that is not written here.
///
/// An agency is granted methods, case types and divisions; its officers are granted roles. What an officer may do to a
/// case follows from the chart, which names the roles for each event.
public struct Authorization: Equatable, Sendable {
    public struct Agency: Equatable, Sendable {
        /// `Cases.Open`, `Cases.*` or `*`.
        public var methods: [String] = []
        /// Case types, or `*`.
        public var types: [String] = []
        /// Prefixes of division codes (GB/T 2260), or `*`.
        public var divisions: [String] = []
        /// Of the agency's own certificate, which proves no officer.
        public var roles: [String] = []
        public var officers: [String: Officer] = [:]

        public init() {}
    }

    public struct Officer: Equatable, Sendable {
        public var roles: [String] = []
        /// Narrower than the agency's; empty: the agency's.
        public var divisions: [String] = []

        public init() {}
    }

    public var agencies: [String: Agency]

    public init(agencies: [String: Agency] = [:]) { self.agencies = agencies }

    /// What the holder of a certificate may do; nil when neither the agency nor, for an officer's certificate, the
    /// officer is written here.
    public func grant(to peer: PeerIdentity) -> Grant? { grant(agency: peer.agency, officer: peer.officer) }

    /// - Parameter officer: empty for the agency's own certificate.
    public func grant(agency name: String, officer: String) -> Grant? {
        guard let agency = agencies[name] else { return nil }
        guard !officer.isEmpty else {
            let principal = Principal(agency: name, officer: "", roles: agency.roles)
            return Grant(
                principal: principal, methods: agency.methods, types: agency.types, divisions: [agency.divisions])
        }
        guard let known = agency.officers[officer] else { return nil }
        return Grant(
            principal: Principal(agency: name, officer: officer, roles: known.roles), methods: agency.methods,
            types: agency.types, divisions: [agency.divisions] + (known.divisions.isEmpty ? [] : [known.divisions]))
    }
}

/// What one certificate may do.
public struct Grant: Equatable, Sendable {
    public var principal: Principal
    var methods: [String]
    var types: [String]
    /// A county must lie in one division of each list.
    var divisions: [[String]]

    /// - Parameters:
    ///   - service: full name, `casework.v1.Cases`; its last part counts.
    ///   - method: `Open`.
    public func allows(service: String, method: String) -> Bool {
        // Byte by byte, because it is asked with every call.
        let dot = UInt8(ascii: ".")
        let bytes = service.utf8
        let name = bytes[(bytes.lastIndex(of: dot).map(bytes.index(after:)) ?? bytes.startIndex)...]
        return methods.contains { entry in
            guard entry != "*" else { return true }
            let rest = entry.utf8.dropFirst(name.count)
            guard entry.utf8.starts(with: name), rest.first == dot else { return false }
            return rest.dropFirst().elementsEqual("*".utf8) || rest.dropFirst().elementsEqual(method.utf8)
        }
    }

    public func allows(type: String) -> Bool { types.contains { $0 == "*" || $0 == type } }

    public func allows(county: String) -> Bool {
        divisions.allSatisfy { list in list.contains { $0 == "*" || county.hasPrefix($0) } }
    }

    public func allows(type: String, county: String) -> Bool { allows(type: type) && allows(county: county) }

    public func has(role: String) -> Bool { principal.roles.contains(role) }
}
