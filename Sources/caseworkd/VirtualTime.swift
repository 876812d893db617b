import Kernel

/// A time of day in Asia/Shanghai, as an operator writes it.
struct VirtualTime {
    var instant: Instant

    /// Reads `2026-09-14` (09:00 then) or `2026-09-14 13:30`.
    init?(parsing text: String) {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard let first = parts.first, let day = LocalDate(parsing: first), parts.count <= 2 else { return nil }
        guard let minutes = parts.count == 1 ? 9 * 60 : Self.minutes(parts[1]) else { return nil }
        instant = day.start.advanced(milliseconds: Int64(minutes) * 60_000)
    }

    private static func minutes(_ text: Substring) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 }), let hour = Int(parts[0]),
            let minute = Int(parts[1]), (0...23).contains(hour), (0...59).contains(minute)
        else { return nil }
        return hour * 60 + minute
    }
}
