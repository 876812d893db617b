/// A key for one command: 16 bytes, a UUIDv7 (RFC 9562). The server acts once for each key, however often it is sent,
/// and answers again what it answered first. Make the key before the first attempt and keep it until an answer has
/// come.
public struct CommandKey: Hashable, Sendable {
    /// 16 bytes, as the `key` of a request takes them.
    public let bytes: [UInt8]

    /// - Parameters:
    ///   - milliseconds: since 1970, UTC: the time of the server, 0 … 2^48 − 1. The server refuses keys more than 10
    ///     minutes ahead of its clock and keys older than 400 days. For a server on a virtual clock take the time from
    ///     `operations.health`.
    ///   - random: 74 bits of it are used.
    public init(milliseconds: Int64, random: (UInt64, UInt64)) {
        let time = UInt64(clamping: milliseconds) & 0xffff_ffff_ffff
        let high = time << 16 | 0x7000 | random.0 & 0x0fff
        let low = 0x8000_0000_0000_0000 | random.1 & 0x3fff_ffff_ffff_ffff
        bytes = [high, low].flatMap { word in
            stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> UInt64($0)) }
        }
    }

    /// A fresh key, with randomness of the system.
    public init(milliseconds: Int64) {
        var generator = SystemRandomNumberGenerator()
        self.init(milliseconds: milliseconds, random: (generator.next(), generator.next()))
    }

    /// The same key each time for the same three numbers, so that a run that is repeated acts only once.
    ///
    /// - Parameters:
    ///   - milliseconds: as above, and the same each time.
    ///   - seed: one per run and agency: two runs with one seed share their keys.
    ///   - number: of the command in the run.
    public init(milliseconds: Int64, seed: UInt64, number: UInt64) {
        let word = Self.mix(seed ^ Self.mix(number))
        self.init(milliseconds: milliseconds, random: (Self.mix(word &+ 1), word))
    }

    /// The finalizer of SplitMix64: a bijection, so that different numbers of one seed give different words.
    private static func mix(_ value: UInt64) -> UInt64 {
        var word = value &+ 0x9e37_79b9_7f4a_7c15
        word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
        return word ^ word >> 31
    }
}
