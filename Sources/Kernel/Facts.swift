import Wire

/// Everything a decision may depend on besides the record and the payload; written as `casework.plugin.v1.Facts`.
struct Facts {
    struct PoolFact {
        var fund: String
        var available: Int64
        var held: Int64
    }

    var now: Instant
    var caseID: CaseID
    var county: String
    /// Nil for timers and other internal events.
    var caller: Principal?
    var policy: PinnedPolicy?
    var pools: [PoolFact]
    var conflicts: [String]
    /// 16 bytes.
    var seed: [UInt8]
    var caseNumber: String
    var development: Bool

    func encoded() -> [UInt8] {
        var writer = WireWriter(capacity: 512)
        writer.signed(1, now.milliseconds)
        writer.signed(2, Int64(LocalDate(now).days))
        writer.unsigned(3, caseID.rawValue)
        writer.string(4, county)
        if let caller { writer.message(5) { $0.write(caller) } }
        if let policy { writer.append(policy.facts) }
        for pool in pools {
            writer.message(7) {
                $0.string(1, pool.fund)
                $0.signed(2, pool.available)
                $0.signed(3, pool.held)
            }
        }
        for scope in conflicts { writer.member(8, scope) }
        writer.data(9, seed)
        writer.string(10, caseNumber)
        if let policy { writer.string(11, policy.hexDigest) }
        writer.bool(12, development)
        return writer.bytes
    }
}

extension WireWriter {
    fileprivate mutating func write(_ caller: Principal) {
        string(1, caller.agency)
        string(2, caller.officer)
        for role in caller.roles { member(3, role) }
    }

    /// The `oneof` of integer 2, text 3 and flag 4 that facts, attributes and stored policies share; a member of a
    /// `oneof` is written even when it is zero.
    mutating func write(_ value: PolicyValue) {
        switch value {
        case .integer(let number): present(2, UInt64(bitPattern: number))
        case .text(let text): member(3, text)
        case .flag(let flag): present(4, flag ? 1 : 0)
        }
    }
}

extension Digest {
    /// Sixty-four lower-case hexadecimal digits.
    public var hex: String {
        String(unsafeUninitializedCapacity: 2 * bytes.count) { letters in
            for (place, byte) in bytes.enumerated() {
                letters[2 * place] = Self.digit(byte >> 4)
                letters[2 * place + 1] = Self.digit(byte & 15)
            }
            return 2 * bytes.count
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
