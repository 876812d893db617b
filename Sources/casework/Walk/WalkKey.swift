import CaseworkClient

/// Keys of the samples: they depend only on what is asked, so that a second start asks under the same keys and the
/// server answers what it answered the first time.
enum WalkKey {
    /// Milliseconds in every key: 2026-09-14 08:59 in Jilin, a minute before the samples' clock begins.
    static let time: Int64 = 1_789_347_540_000

    /// - Parameter label: says what is asked, such as `applications-2026-08.csv:12:case.open`.
    static func bytes(_ label: String) -> [UInt8] {
        let random = (
            fingerprint(label, seed: 0xcbf2_9ce4_8422_2325), fingerprint(label, seed: 0x9e37_79b9_7f4a_7c15)
        )
        return CommandKey(milliseconds: time, random: random).bytes
    }

    /// FNV-1a with a last avalanche; the labels are few and not hostile.
    private static func fingerprint(_ label: String, seed: UInt64) -> UInt64 {
        var hash = seed
        for byte in label.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        hash = (hash ^ hash >> 30) &* 0xbf58_476d_1ce4_e5b9
        hash = (hash ^ hash >> 27) &* 0x94d0_49bb_1331_11eb
        return hash ^ hash >> 31
    }
}
