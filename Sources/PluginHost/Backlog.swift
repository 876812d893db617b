internal import Kernel

/// Which requests a child has been sent, which wait, and whose fault its end was. A state machine without I/O.
///
/// A child answers in order, and its answers may be lost with it. So when it ends with several requests unanswered,
/// nobody knows which one ended it: all of them are asked again, one at a time, and only a request that ends a child by
/// itself gets the fault. Decisions change nothing, so asking twice is harmless.
struct Backlog {
    struct Entry {
        var ticket: UInt64
        var frame: [UInt8]
    }

    private(set) var waiting: [Entry] = []
    private(set) var sent: [Entry] = []
    /// How many entries at the head of `sent` and `waiting` are suspects, to be asked one at a time.
    private(set) var suspects = 0

    var isEmpty: Bool { waiting.isEmpty && sent.isEmpty }

    mutating func add(_ entry: Entry) { waiting.append(entry) }

    /// What may be sent now; it counts as sent.
    mutating func next() -> ArraySlice<Entry> {
        guard suspects == 0 || sent.isEmpty else { return [] }
        let count = suspects > 0 ? min(1, waiting.count) : waiting.count
        let first = sent.count
        sent.append(contentsOf: waiting.prefix(count))
        waiting.removeFirst(count)
        return sent[first...]
    }

    /// Takes the answer to the oldest request sent. False when the ticket is another's: the reply is illegal.
    mutating func take(_ ticket: UInt64) -> Bool {
        guard let oldest = sent.first, oldest.ticket == ticket else { return false }
        sent.removeFirst()
        if suspects > 0 { suspects -= 1 }
        return true
    }

    /// The child ended. Answers the request whose fault it was, if that is known; all others wait for the next child.
    ///
    /// - Parameter isWorn: the child had done its share of work and its end says nothing of any request.
    mutating func childEnded(isWorn: Bool = false) -> Entry? {
        if sent.count == 1, !isWorn {
            if suspects > 0 { suspects -= 1 }
            return sent.removeFirst()
        }
        if !isWorn { suspects = max(suspects, sent.count) }
        waiting.insert(contentsOf: sent, at: 0)
        sent.removeAll()
        return nil
    }

    /// Everything unanswered, which no child will answer.
    mutating func abandon() -> [Entry] {
        defer { self = Backlog() }
        return sent + waiting
    }
}
