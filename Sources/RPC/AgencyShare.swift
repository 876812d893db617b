import Synchronization

/// What all connections of one agency have under way.
final class AgencyShare: Sendable {
    private let calls = Atomic(0)
    private let bytes = Atomic(0)

    /// Takes a call of `size` bytes in; false, and nothing changed, when that would pass a limit.
    func admit(_ size: Int, limits: RPCLimits) -> Bool {
        let newCalls = calls.add(1, ordering: .relaxed).newValue
        let newBytes = bytes.add(size, ordering: .relaxed).newValue
        if newCalls <= limits.callsPerAgency, newBytes <= limits.bytesPerAgency { return true }
        release(size)
        return false
    }

    func release(_ size: Int) {
        calls.subtract(1, ordering: .relaxed)
        bytes.subtract(size, ordering: .relaxed)
    }
}

/// The shares of all agencies that have connected; as many as the authority has issued certificates for.
final class AgencyShares: Sendable {
    private let shares = Mutex<[String: AgencyShare]>([:])

    func share(of agency: String) -> AgencyShare {
        shares.withLock { shares in
            if let share = shares[agency] { return share }
            let share = AgencyShare()
            shares[agency] = share
            return share
        }
    }
}
