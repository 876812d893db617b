public import Statechart
import Wire

/// What the kernel asks of a plugin's child. Messages are those of `Schemas/casework/plugin/v1/decision.proto`.
public struct DecisionRequest: Sendable {
    public enum Event: Equatable, Sendable {
        case external(String)
        case `internal`(String)
        case timer(Int)
        /// What the chart has sent to itself with a delay is due.
        case delayed(DelayedSend)
    }

    public enum Question: Sendable {
        case decide(event: Event, payload: [UInt8])
        case explain(guards: [Int])
    }

    /// Chosen by the kernel; the reply carries it back.
    public var ticket: UInt64
    /// Digest of the plugin's library: which child to ask.
    public var plugin: Digest
    /// The interpreter's, or nil for a case being opened.
    public var snapshot: [UInt8]?
    public var record: [UInt8]
    /// An encoded `Facts` message.
    public var facts: [UInt8]
    public var question: Question

    public init(
        ticket: UInt64, plugin: Digest, snapshot: [UInt8]?, record: [UInt8], facts: [UInt8], question: Question
    ) {
        self.ticket = ticket
        self.plugin = plugin
        self.snapshot = snapshot
        self.record = record
        self.facts = facts
        self.question = question
    }
}

/// What came back for a ticket: an encoded `Tape`, not yet believed, or the reason there is none.
public struct DecisionReply: Sendable {
    public enum Fault: Error, Equatable, Sendable {
        /// The child ended.
        case crashed(String)
        /// No child was there to ask: nothing is wrong with the event, which is tried again later.
        case notStarted(String)
        /// No answer before the deadline; the child was ended.
        case timedOut
        /// The child's bytes were not a reply, or the reply was over its limit.
        case illegal(String)
    }

    public var ticket: UInt64
    public var tape: Result<[UInt8], Fault>

    public init(ticket: UInt64, tape: Result<[UInt8], Fault>) {
        self.ticket = ticket
        self.tape = tape
    }
}

/// A seam: the plugin host in the daemon, a scripted one in tests.
///
/// The kernel asks and goes on; each ticket is answered exactly once by `Kernel.receive(.decided(_:))`, also when the
/// child dies. After a fault the next request reaches a fresh child.
public protocol Decider: AnyObject {
    func decide(_ request: DecisionRequest)
    /// What the plugin said was not believed: the next request reaches a fresh child. What others have asked and not
    /// been answered is asked again there.
    ///
    /// - Parameter reason: for the operator.
    func renew(_ plugin: Digest, because reason: String)
    /// Called at the end of a turn: what was asked in it goes out together.
    func flush()
}

extension DecisionRequest {
    /// The encoded `HostRequest` in a frame of the pipe to a child.
    public var frame: [UInt8] {
        WireWriter.framed(capacity: record.count + facts.count + (snapshot?.count ?? 0) + 128) { request in
            request.unsigned(1, ticket)
            switch question {
            case .decide(let event, let payload): request.message(2) { write(event, payload, to: &$0) }
            case .explain(let guards):
                request.message(3) { explain in
                    explain.member(1, snapshot ?? [])
                    explain.data(2, record)
                    explain.data(3, facts)
                    for index in guards { explain.present(4, UInt64(index)) }
                }
            }
        }
    }

    private func write(_ event: Event, _ payload: [UInt8], to decide: inout WireWriter) {
        if let snapshot { decide.member(1, snapshot) }
        decide.data(2, record)
        decide.data(3, facts)
        decide.data(4, payload)
        switch event {
        case .external(let name): decide.member(5, name)
        case .internal(let name): decide.member(6, name)
        case .timer(let index): decide.present(7, UInt64(index))
        case .delayed(let send): decide.message(8) { send.write(to: &$0) }
        }
    }
}

extension DelayedSend {
    fileprivate func write(to writer: inout WireWriter) {
        writer.string(1, id)
        writer.string(2, event)
        writer.bool(3, isNamed)
        if let data { writer.member(4, data.bytes) }
    }
}
