import NIOCore
import Synchronization

/// Keeps what happens a thousand times a second from filling the log: of each kind the first of a minute is written in
/// full, the others are counted, and the next that is written says how many there were.
final class LogThrottle: Sendable {
    private struct Kind {
        var minuteEnds: NIODeadline
        var count = 0
    }

    private let kinds = Mutex<[String: Kind]>([:])

    /// - Parameter kind: one of a list that does not grow by what clients say.
    /// - Returns: how many were only counted since the last that was written; nil when this one is only counted too.
    func admit(_ kind: String, now: NIODeadline = .now()) -> Int? {
        kinds.withLock { kinds in
            if let known = kinds[kind], now < known.minuteEnds {
                kinds[kind]?.count += 1
                return nil
            }
            let earlier = kinds[kind]?.count ?? 0
            kinds[kind] = Kind(minuteEnds: now + .minutes(1))
            return earlier
        }
    }

    /// What was only counted so far, which nothing written will tell any more; then nothing is.
    func drain() -> [(kind: String, count: Int)] {
        let rest = kinds.withLock { kinds in
            defer { kinds = [:] }
            return kinds
        }
        return rest.filter { $0.value.count > 0 }.map { ($0.key, $0.value.count) }.sorted { $0.kind < $1.kind }
    }
}
