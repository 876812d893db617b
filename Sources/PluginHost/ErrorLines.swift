/// Cuts a child's standard error into lines, and keeps a child that writes without end from filling the log.
struct ErrorLines {
    /// Lines let through in a second; the rest is counted.
    static let linesPerSecond = 100
    /// Bytes of a line that are kept.
    static let lineLength = 2048

    /// False when lines are only counted.
    let areShown: Bool
    /// False once the child has closed its end.
    var isOpen = true

    private var partial: [UInt8] = []
    private var second: Int64 = 0
    private var count = 0
    private var dropped = 0

    init(areShown: Bool) { self.areShown = areShown }

    /// - Parameter now: nanoseconds of a clock that only goes forward.
    mutating func take(_ bytes: [UInt8], now: Int64) -> [String] {
        var lines: [String] = []
        startSecond(now, &lines)
        for byte in bytes {
            guard byte == UInt8(ascii: "\n") else {
                if partial.count < Self.lineLength { partial.append(byte) }
                continue
            }
            emit(&lines)
        }
        return lines
    }

    /// What is left when the child has ended.
    mutating func finish() -> [String] {
        var lines: [String] = []
        if !partial.isEmpty { emit(&lines) }
        reportDropped(&lines)
        return lines
    }

    private mutating func startSecond(_ now: Int64, _ lines: inout [String]) {
        guard now - second >= 1_000_000_000 else { return }
        reportDropped(&lines)
        (second, count) = (now, 0)
    }

    private mutating func reportDropped(_ lines: inout [String]) {
        guard dropped > 0 else { return }
        lines.append(areShown ? "\(dropped) more lines left out" : "\(dropped) lines on standard error, not shown")
        dropped = 0
    }

    private mutating func emit(_ lines: inout [String]) {
        defer { partial.removeAll(keepingCapacity: true) }
        guard areShown, count < Self.linesPerSecond else {
            dropped += 1
            return
        }
        count += 1
        lines.append(String(decoding: partial, as: UTF8.self))
    }
}
