
internal import Statechart
import Wire

/// Answers requests about one plugin: runs the chart, asks the plugin, returns the tape.
///
/// Bytes in, bytes out, so that the child and the thread in the server's own process are the same.
public final class Servant {
    /// Largest encoded `HostReply`, in bytes.
    public static let maximumReply = 1 << 20

    private let plugin: PluginTable
    private let definition: Definition
    private let fresh: Interpreter
    private let description: Collector
    private let collector = Collector()

    /// Asks the plugin what it is.
    public init(_ plugin: PluginTable) throws(LibraryError) {
        self.plugin = plugin
        description = Collector()
        guard plugin.describe(description) else {
            throw LibraryError("the plugin does not describe itself: \(description.reason)")
        }
        do {
            definition = try Definition(canonicalJSON: description.chart)
        } catch {
            throw LibraryError("the plugin's chart is not valid: \(error.message)")
        }
        guard definition.guards == description.guards, definition.actions == description.actions else {
            throw LibraryError("the plugin's handlers are not those its chart names; generate them again")
        }
        fresh = Interpreter(definition)
    }

    /// An encoded `HostReply` with a `Hello`.
    public func hello() -> [UInt8] {
        var reply = WireWriter(capacity: 16_384)
        reply.message(5) { hello in
            hello.unsigned(1, UInt64(plugin.abi))
            hello.member(2, description.manifest)
            hello.data(3, description.chart)
            for name in description.guards { hello.member(4, Array(name.utf8)) }
            for name in description.actions { hello.member(5, Array(name.utf8)) }
            hello.data(6, description.descriptors)
        }
        return reply.bytes
    }

    /// An encoded `HostReply` with a `Fault`: of a request, or with ticket 0 of a plugin that cannot be used.
    public static func fault(ticket: UInt64, _ message: String) -> [UInt8] {
        var reply = WireWriter(capacity: 128)
        reply.unsigned(1, ticket)
        reply.message(3) { $0.string(1, message) }
        return reply.bytes
    }

    /// Answers an encoded `HostRequest` with an encoded `HostReply`.
    public func answer(_ request: ArraySlice<UInt8>) -> [UInt8] {
        var ticket: UInt64 = 0
        do {
            let request = try Request(request)
            ticket = request.ticket
            switch request.question {
            case .decide(let decide): return try reply(ticket, field: 2, self.decide(decide))
            case .explain(let explain): return try reply(ticket, field: 4, self.explain(explain))
            }
        } catch let error as LibraryError {
            return Self.fault(ticket: ticket, error.message)
        } catch let error as WireError {
            return Self.fault(ticket: ticket, "the request is not what its schema says: \(error.message)")
        } catch let error as ChartError {
            return Self.fault(ticket: ticket, "the case does not stand where its chart can: \(error.message)")
        } catch {
            return Self.fault(ticket: ticket, "\(error)")
        }
    }

    private func reply(_ ticket: UInt64, field: UInt32, _ tape: [UInt8]) throws(LibraryError) -> [UInt8] {
        var reply = WireWriter(capacity: tape.count + 24)
        reply.unsigned(1, ticket)
        reply.member(field, tape)
        guard reply.bytes.count <= Self.maximumReply else {
            throw LibraryError("the decision takes \(tape.count) bytes, more than \(Self.maximumReply)")
        }
        return reply.bytes
    }

    // MARK: - Deciding

    private func decide(_ decide: Request.Decide) throws -> [UInt8] {
        try recording(decide.given(definition)) { recorder in
            guard let snapshot = decide.snapshot else {
                var interpreter = fresh
                guard interpreter.start(&recorder).outcome == .completed else { return }
                _ = interpreter.send(decide.event, &recorder)
                return
            }
            var interpreter = try Interpreter(definition, restoring: Array(snapshot))
            _ = interpreter.send(decide.event, &recorder)
        }
    }

    private func explain(_ explain: Request.Explain) throws -> [UInt8] {
        try recording(GivenDecision(facts: explain.facts, record: explain.record)) { recorder in
            for index in explain.guards {
                guard definition.guards.indices.contains(index) else {
                    throw LibraryError("the chart has no guard \(index)")
                }
                _ = recorder.answer(guard: index)
            }
        }
    }

    /// Begins a decision, lets `body` ask, finishes it whatever happened, and returns the tape.
    private func recording(
        _ given: GivenDecision, _ body: (inout TapeRecorder) throws -> Void
    ) throws -> [UInt8] {
        collector.beginDecision()
        var recorder = TapeRecorder(plugin, collector)
        let begun = plugin.begin(given, collector)
        defer { collector.beginDecision() }
        guard begun else {
            let reason = collector.reason
            plugin.finish(collector)
            throw LibraryError("the plugin cannot read the decision: \(reason)")
        }
        let outcome = Result { try body(&recorder) }
        plugin.finish(collector)
        try outcome.get()
        if let violation = recorder.violation { throw LibraryError("the plugin broke its interface: \(violation)") }
        guard let tape = recorder.tape() else {
            throw LibraryError("the plugin broke its interface: its effects are not those of the actions it performed")
        }
        return tape
    }
}
