/// What a kernel is told once. It reads no clock, no file and no randomness of its own.
public struct KernelConfiguration: Sendable {
    /// Most events of one commit.
    public var maximumBatch = 256
    /// Most commands taken and not yet answered; above it callers are told to come again.
    public var queueLimit = 4096
    /// Most idle cases kept in memory.
    public var cacheLimit = 8192
    /// A development store: synthetic persons are accepted, and keys may be of any time, as its clock may be virtual.
    public var development = false
    public var holidays = Calendar()
    /// Digest of the holidays' file, written into every history row.
    public var calendarDigest: Digest?
    /// 32 bytes that only this store's key can make (HMAC); for claims and personal attributes.
    public var keyedHash: @Sendable ([UInt8]) -> [UInt8]
    /// 16 fresh random bytes for each decision.
    public var seed: @Sendable () -> [UInt8]
    /// Where the store's results go, on whatever thread they come: into the queue that feeds `Kernel.receive`.
    public var committed: @Sendable (CommitResult) -> Void

    public init(
        keyedHash: @escaping @Sendable ([UInt8]) -> [UInt8], seed: @escaping @Sendable () -> [UInt8],
        committed: @escaping @Sendable (CommitResult) -> Void
    ) {
        self.keyedHash = keyedHash
        self.seed = seed
        self.committed = committed
    }
}

/// What comes in. Replies are called on the kernel's thread and must not call the kernel back.
public enum KernelInput: Sendable {
    case command(Command, reply: @Sendable (CommandOutcome) -> Void)
    case decided(DecisionReply)
    case committed(CommitResult)
    /// What could happen to a case now, for `principal`; changes nothing.
    case explain(case: CaseID, principal: Principal, reply: @Sendable (Result<Explanation, Rejection>) -> Void)
    /// Nothing but a reason for a turn.
    case wake
}

/// What an operator must be told.
public struct Notice: Equatable, Sendable {
    /// The case that stands still until somebody helps; nil when the store as a whole, or a row of none, is at fault.
    public var caseID: CaseID?
    /// One line, without personal data.
    public var why: String
}

/// Counts since the kernel began.
public struct KernelStatistics: Equatable, Sendable {
    public var commands: UInt64 = 0
    public var rejections: UInt64 = 0
    /// Asked of plugins, and of these asked again because money or a claim was gone when the answer came.
    public var decisions: UInt64 = 0
    public var redecisions: UInt64 = 0
    /// Replies that were crashes, time-outs, lies, or that nobody could be asked.
    public var faults: UInt64 = 0
    public var batches: UInt64 = 0
    public var events: UInt64 = 0
    public var incidents: UInt64 = 0
    /// Cases whose timers and grants are held back: no plugin is installed for them, or their rows
    /// disagree or are damaged.
    public var stranded = 0
    /// Cases whose timers and grants are tried again in a moment: their plugin's process could not be started, or the
    /// case not be read.
    public var postponed = 0

    public init() {}
}
