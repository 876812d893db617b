import CPluginABI
import Schema
import SwiftProtobuf
import Testing

@testable import CaseworkPluginKit

/// A case type whose handlers do what the event is called.
private struct Probe: CaseType {
    typealias Record = Cases_TransportSubsidy_V1_Decision

    struct Broken: Error {}

    static let manifest = Manifest.with { $0.name = "probe" }
    static let descriptors: [UInt8] = [1, 2, 3]
    static let chart = "{}"
    static let guardNames = ["first"]
    static let actionNames = ["write", "post"]

    func answer(guard index: Int, _ decision: Decision<Record>) throws -> Verdict {
        guard index == 0 else { throw UnknownHandler(index: index) }
        switch decision.event {
        case "yes": return .yes
        case "no": return .no(zh: "不", en: "no")
        case "payload":
            let payload: Cases_TransportSubsidy_V1_Reason = try decision.payload()
            return payload.code == "A" ? .yes : .no(zh: "非", en: "not A")
        default: throw Broken()
        }
    }

    func perform(action index: Int, _ decision: inout Decision<Record>) throws {
        guard index == 0 else {
            decision.post(.reserve, Fen(5), fund: "f")
            decision.raise("raised")
            return
        }
        decision.record.text += "+"
        decision.setAttribute("a", Int64(1))
        switch decision.event {
        case "refuse": throw Refusal("NO", zh: "否", en: "nay", violations: [.init("x.y", "BAD", zh: "坏", en: "bad")])
        case "break": throw Broken()
        default: break
        }
    }
}

/// The host's side of the boundary, as plainly as it can be.
private final class Caller {
    var table = casework_plugin()
    var written: [(part: UInt32, bytes: [UInt8])] = []
    var lines: [String] = []
    private let host = UnsafeMutablePointer<casework_host>.allocate(capacity: 1)

    init() {
        host.initialize(
            to: casework_host(
                abi: CASEWORK_PLUGIN_ABI, size: UInt32(MemoryLayout<casework_host>.size),
                context: Unmanaged.passUnretained(self).toOpaque(),
                log: { context, line in
                    guard let context else { return }
                    Unmanaged<Caller>.fromOpaque(context).takeUnretainedValue().lines.append(
                        String(decoding: UnsafeBufferPointer(start: line.start, count: line.count), as: UTF8.self))
                }))
    }

    deinit { host.deallocate() }

    func load(hostABI: UInt32 = CASEWORK_PLUGIN_ABI, room: Int = MemoryLayout<casework_plugin>.size) -> Int32 {
        host.pointee.abi = hostABI
        table.abi = hostABI
        table.size = UInt32(room)
        return export(Probe(), to: host, &table)
    }

    var sink: casework_sink {
        casework_sink(context: Unmanaged.passUnretained(self).toOpaque()) { context, part, bytes in
            guard let context else { return }
            Unmanaged<Caller>.fromOpaque(context).takeUnretainedValue().written.append(
                (part, Array(UnsafeBufferPointer(start: bytes.start, count: bytes.count))))
        }
    }

    /// Runs one decision and answers what its calls answered.
    func decide(
        _ event: String, record: [UInt8] = [], facts: [UInt8] = [], payload: [UInt8]? = [], guards: [UInt32] = [],
        actions: [UInt32] = []
    ) -> [Int32] {
        written = []
        var answers: [Int32] = []
        let event = Array(event.utf8)
        event.withUnsafeBufferPointer { event in
            record.withUnsafeBufferPointer { record in
                facts.withUnsafeBufferPointer { facts in
                    (payload ?? []).withUnsafeBufferPointer { bytes in
                        var decision = casework_decision(
                            size: UInt32(MemoryLayout<casework_decision>.size), has_payload: payload == nil ? 0 : 1,
                            facts: facts.lent, record: record.lent, event: event.lent, payload: bytes.lent)
                        answers.append(table.begin?(table.instance, &decision, sink) ?? -1)
                    }
                }
            }
        }
        for index in guards { answers.append(table.guard?(table.instance, index, sink) ?? -1) }
        for index in actions { answers.append(table.action?(table.instance, index, sink) ?? -1) }
        table.finish?(table.instance, sink)
        return answers
    }

    func parts(_ part: Int) -> [[UInt8]] { written.filter { Int($0.part) == part }.map(\.bytes) }
    var reasons: [String] { parts(CASEWORK_REASON).map { String(decoding: $0, as: UTF8.self) } }
}

extension UnsafeBufferPointer<UInt8> {
    fileprivate var lent: casework_bytes { casework_bytes(start: baseAddress, count: count) }
}

@Suite("The kit behind the boundary")
struct BoundaryTests {
    @Test("describes itself, each part once, names in order")
    func describe() {
        let caller = Caller()
        #expect(caller.load() == 0)
        #expect(caller.table.describe?(caller.table.instance, caller.sink) == 0)
        #expect(caller.written.map(\.part) == [1, 2, 3, 4, 4, 5])
        #expect(caller.parts(CASEWORK_ACTION) == [Array("write".utf8), Array("post".utf8)])
        caller.table.close?(caller.table.instance)
    }

    @Test("does not serve another interface, nor a table too small", arguments: [(2, 0), (0, 0), (1, -8)])
    func versions(_ abi: Int, _ less: Int) {
        #expect(Caller().load(hostABI: UInt32(abi), room: MemoryLayout<casework_plugin>.size + less) == 1)
    }

    @Test(
        "Guards",
        arguments: [
            ("yes", 1, nil), ("no", 0, "不 | no"), ("payload", 1, nil), ("break", 2, "Broken"),
        ] as [(String, Int32, String?)])
    func guards(_ event: String, _ answer: Int32, _ reason: String?) throws {
        let caller = Caller()
        #expect(caller.load() == 0)
        let payload: [UInt8] = try Cases_TransportSubsidy_V1_Reason.with { $0.code = "A" }.serializedBytes()
        #expect(caller.decide(event, payload: payload, guards: [0]) == [0, answer])
        #expect(caller.reasons == [reason].compactMap { $0 })
        #expect(caller.lines == (event == "break" ? ["guard 0 failed: Broken"] : []))
    }

    @Test("A guard that asks for a payload too early says so; one that cannot read it fails with a sentence")
    func payloads() {
        let caller = Caller()
        #expect(caller.load() == 0)
        #expect(caller.decide("payload", payload: nil, guards: [0]) == [0, 3])
        #expect(caller.decide("payload", payload: [0xff], guards: [0]) == [0, 2])
        let words = "what came with the event is not a cases.transport_subsidy.v1.Reason"
        #expect(caller.reasons.first?.hasSuffix(words) == true)
        #expect(caller.decide("yes", guards: [1]) == [0, 2])
    }

    @Test("Actions: effects by action, the record once, raised events at once")
    func actions() throws {
        let caller = Caller()
        #expect(caller.load() == 0)
        #expect(caller.decide("go", actions: [0, 1, 0]) == [0, 0, 0, 0])
        #expect(caller.parts(CASEWORK_RAISED) == [Array("raised".utf8)])
        let effects = try caller.parts(CASEWORK_EFFECTS).map { try Casework_Plugin_V1_Effects(serializedBytes: $0) }
        #expect(effects.map(\.attributes.count) == [1, 0, 1])
        #expect(effects.map(\.postings.count) == [0, 1, 0])
        #expect(effects[1].raise == ["raised"])
        let records = try caller.parts(CASEWORK_RECORD).map { try Probe.Record(serializedBytes: $0) }
        #expect(records.map(\.text) == ["++"])
    }

    @Test("A failed action leaves record and effects as they were")
    func failure() {
        let caller = Caller()
        #expect(caller.load() == 0)
        #expect(caller.decide("break", actions: [0]) == [0, 1])
        #expect(caller.parts(CASEWORK_EFFECTS).isEmpty)
        #expect(caller.parts(CASEWORK_RECORD).isEmpty)
        #expect(caller.reasons == ["Broken"])
    }

    @Test("A refusal carries its code, sentences and violations, and nothing else")
    func refusal() throws {
        let caller = Caller()
        #expect(caller.load() == 0)
        #expect(caller.decide("refuse", actions: [0]) == [0, 2])
        let bytes = try #require(caller.parts(CASEWORK_EFFECTS).first)
        let effects = try Casework_Plugin_V1_Effects(serializedBytes: bytes)
        #expect(effects.refuse.code == "NO")
        #expect(effects.refuse.en == "nay")
        #expect(effects.refuse.violations.map(\.field) == ["x.y"])
        #expect(effects.attributes.isEmpty)
        #expect(caller.parts(CASEWORK_RECORD).isEmpty)
    }

    @Test("An unchanged record is not handed over; neither is anything of the decision before")
    func unchanged() throws {
        let caller = Caller()
        #expect(caller.load() == 0)
        _ = caller.decide("go", actions: [0])
        let record: [UInt8] = try Probe.Record.with { $0.text = "kept" }.serializedBytes()
        #expect(caller.decide("go", record: record, actions: [1]) == [0, 0])
        #expect(caller.parts(CASEWORK_RECORD).isEmpty)
        #expect(caller.parts(CASEWORK_EFFECTS).count == 1)
    }

    @Test(
        "A decision that cannot be read is not begun",
        arguments: [([0xff], []), ([], [0xff])] as [([UInt8], [UInt8])])
    func unreadable(_ record: [UInt8], _ facts: [UInt8]) {
        let caller = Caller()
        #expect(caller.load() == 0)
        #expect(caller.decide("yes", record: record, facts: facts, guards: [0]) == [1, 2])
        #expect(caller.decide("yes", guards: [0]) == [0, 1])
    }
}
