import Synchronization

/// What a step of the algorithm works with, empty between steps.
struct Scratch: Sendable {
    enum Memo: UInt8, Sendable { case unseen, nothing, found }

    var enabled: [Int32] = []
    /// While conflicts are removed: those that stay, and places among them that a descendant's takes.
    var kept: [Int32] = []
    var beaten: [Int] = []
    var domains: [Int32] = []
    var exits: [Int32] = []
    var entries: [Int32] = []
    /// States in `entries`, and those above one of them.
    var entering = StateBits(count: 0)
    var above = StateBits(count: 0)
    var raisedAbove: [Int32] = []
    var defaultEntries: [Int32] = []
    var throughHistory: [Int32] = []
    /// Default content of histories, by the history's parent.
    var historyBlocks: [(state: Int32, block: Int32)] = []
    /// By depth: what the walk up from the leaf before has found.
    var memo: [Memo] = []
}

/// The scratches of one chart that no interpreter uses at the moment. They keep their room, so that a step allocates
/// none, and an interpreter that is copied before each step need not bring its own.
final class ScratchPool: Sendable {
    private let states: Int
    private let levels: Int
    private let idle = Mutex<[Scratch]>([])

    init(states: Int, levels: Int) {
        self.states = states
        self.levels = levels
    }

    func take() -> Scratch {
        if let scratch = idle.withLock({ $0.popLast() }) { return scratch }
        var scratch = Scratch()
        scratch.entering = StateBits(count: states)
        scratch.above = StateBits(count: states)
        scratch.memo = Array(repeating: .unseen, count: levels)
        return scratch
    }

    /// Leaves an empty one behind.
    func give(_ scratch: inout Scratch) {
        idle.withLock { idle in
            idle.append(Scratch())
            swap(&idle[idle.count - 1], &scratch)
        }
    }
}
