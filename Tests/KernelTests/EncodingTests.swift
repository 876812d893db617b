import CaseworkPluginTestKit
import Foundation
@testable import Kernel
import Statechart
import Testing

/// The stored rows: read back as written, and byte for byte as they always were. `CASEWORK_RENEW_GOLDEN=1` writes the
/// files anew; a change of an existing line is a change of what is on the disks.
@Suite("Encodings of stored rows")
struct EncodingTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
    static let root = folder.appending(path: "../../..").standardized

    static var samples: [(name: String, bytes: [UInt8])] {
        [
            ("CaseBody", sampleBody.encoded()), ("Envelope", sampleEnvelope.encoded()),
            ("Detail", sampleDetail.encoded()), ("Attributes", sampleAttributes.encoded()),
        ]
    }

    @Test("the bytes are those of the golden files", arguments: samples.map(\.name))
    func golden(name: String) throws {
        let bytes = try #require(Self.samples.first { $0.name == name }).bytes
        let file = Self.folder.appending(path: "\(name).hex")
        let text = bytes.enumerated().map { index, byte in
            String(format: "%02x", byte) + (index % 40 == 39 ? "\n" : "")
        }.joined() + "\n"
        if ProcessInfo.processInfo.environment["CASEWORK_RENEW_GOLDEN"] != nil {
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(try text == String(contentsOf: file, encoding: .utf8))
    }

    @Test("protoc reads them by the published schema", arguments: samples.map(\.name))
    func schema(name: String) throws {
        let bytes = try #require(Self.samples.first { $0.name == name }).bytes
        guard let text = try decode(bytes, as: name) else { return }
        let file = Self.folder.appending(path: "\(name).txtpb")
        if ProcessInfo.processInfo.environment["CASEWORK_RENEW_GOLDEN"] != nil {
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(try text == String(contentsOf: file, encoding: .utf8))
        let lines = text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        let unknown = lines.filter { $0.first?.isNumber == true }
        #expect(unknown.isEmpty, "the schema does not know \(unknown)")
    }

    /// Nil where protoc is not installed.
    private func decode(_ bytes: [UInt8], as message: String) throws -> String? {
        let protoc = "/usr/bin/protoc"
        guard FileManager.default.isExecutableFile(atPath: protoc) else { return nil }
        let process = Process()
        process.executableURL = URL(filePath: protoc)
        let schemas = Self.root.appending(path: "Schemas").path
        process.arguments = ["--decode=casework.store.v1.\(message)", "-I", schemas, "casework/store/v1/rows.proto"]
        let (input, output) = (Pipe(), Pipe())
        (process.standardInput, process.standardOutput) = (input, output)
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: bytes)
        try input.fileHandleForWriting.close()
        let text = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return String(decoding: text, as: UTF8.self)
    }

    @Test("what is written is read back")
    func roundTrips() throws {
        #expect(try CaseBody(decoding: Self.sampleBody.encoded()) == Self.sampleBody)
        #expect(try Envelope(decoding: Self.sampleEnvelope.encoded()) == Self.sampleEnvelope)
        #expect(try Detail(decoding: Self.sampleDetail.encoded()) == Self.sampleDetail)
        #expect(try Attributes(decoding: Self.sampleAttributes.encoded()) == Self.sampleAttributes)
        #expect(try Self.sampleDetail.recordAfter == [4, 5, 6])
        #expect(try Detail(decoding: []).recordAfter == nil)
    }

    @Test("every cut and every flipped bit is refused or read, never fatal", arguments: samples.map(\.name))
    func damaged(name: String) throws {
        let bytes = try #require(Self.samples.first { $0.name == name }).bytes
        for length in bytes.indices { read(Array(bytes[..<length])) }
        for place in bytes.indices {
            for bit in 0..<8 {
                var other = bytes
                other[place] ^= 1 << bit
                read(other)
            }
        }
    }

    private func read(_ bytes: [UInt8]) {
        _ = Result { try CaseBody(decoding: bytes) }
        _ = Result { try Envelope(decoding: bytes) }
        _ = Result { try Detail(decoding: bytes).recordAfter }
        _ = Result { try Attributes(decoding: bytes) }
        _ = Result { try Tape(decoding: bytes) }
        _ = Result { try Manifest(decoding: bytes) }
    }

    @Test("attributes stay sorted, are replaced and removed")
    func attributes() {
        var attributes = Attributes()
        attributes["b"] = .integer(1)
        attributes["a"] = .flag(true)
        attributes["b"] = .integer(2)
        attributes["c"] = .text("x")
        attributes["c"] = nil
        attributes["d"] = nil
        #expect(attributes.entries.map(\.name) == ["a", "b"])
        #expect(attributes["b"] == .integer(2))
    }
}

extension EncodingTests {
    static let pool = Pool(fund: "rural-revitalization", county: "220122", year: 2026)

    static var sampleBody: CaseBody {
        let version = PolicyVersion(
            digest: digest(3),
            values: [
                "amount.flat": .init(value: .integer(80_000), source: "吉农〔2021〕9号 第三条"),
                "amount.mode": .init(value: .text("flat"), source: ""),
                "paid": .init(value: .flag(false), source: ""),
            ])
        let policy = PinnedPolicy(version, declared: ["paid", "amount.flat", "amount.mode", "absent"])
        var body = CaseBody(definition: digest(1), plugin: digest(2), policy: policy)
        body.snapshot = [1, 2, 3]
        let instant = Instant(milliseconds: 1_772_413_200_000)
        var timer = CaseBody.Timer(
            index: 1, id: "open/publicity#0", rule: "5wd", started: instant, due: instant.advanced(milliseconds: 1))
        (timer.firstDayCounted, timer.paused, timer.remaining, timer.isProvisional) = (true, instant, 4, true)
        body.timers = [timer]
        body.tasks = [CaseBody.Task(index: 0, id: "verify", role: "village", opened: instant, due: .max)]
        var withdrawn = CaseBody.Task(index: 2, id: "check", role: "rr.checker", opened: instant, due: instant)
        (withdrawn.withdrawn, withdrawn.remaining, withdrawn.isProvisional) = (instant, 2, true)
        body.withdrawn = [withdrawn]
        body.holds = [CaseBody.Hold(pool: pool, account: .committed, amount: 80_000)]
        body.senders = [CaseBody.Sender(event: "case.open", agency: "jilin-hrss", officer: "li-na")]
        body.waiting = CaseBody.Waiting(pool: pool, amount: 80_000)
        body.claims = [[7, 8], [9]]
        body.incident = CaseBody.Incident(event: "fund.granted", zh: "失败", en: "failed", states: ["open/awaitFunds"])
        body.sends = [CaseBody.Send(id: "reminder", event: "remind", due: instant, data: .list([.integer(7)]))]
        return body
    }

    static var sampleEnvelope: Envelope {
        var envelope = Envelope(kind: .external, event: "approval.granted")
        (envelope.agency, envelope.officer, envelope.roles) = ("jilin-hrss", "wang-fang", ["hrss.approver", "village"])
        (envelope.states, envelope.version) = (["open/payment/toOrder"], 7)
        envelope.key = IdempotencyKey(high: 0x0196_7000_0000_7001, low: 0x8000_0000_0000_0001)
        envelope.number = "TS-220122-2026-000017"
        envelope.postings = [JournalLine(pool: pool, from: .reserved, to: .committed, amount: 80_000)]
        (envelope.definition, envelope.plugin) = (digest(1), digest(2))
        (envelope.policy, envelope.calendar) = (digest(3), digest(4))
        (envelope.settled, envelope.unmatched) = (true, true)
        (envelope.incident, envelope.document) = (("失败", "failed"), "吉财〔2026〕1号")
        envelope.recorded = Instant(milliseconds: 1_772_413_200_000)
        return envelope
    }

    static var sampleDetail: Detail {
        var detail = Detail()
        var tape = TapeText()
        tape.answers = [.init(kind: .guardNo, index: 1, reason: "在省内 | inside")]
        tape.record = [4, 5, 6]
        (detail.payload, detail.facts, detail.tape) = ([1], [2], tape.bytes)
        (detail.snapshotMark, detail.reason) = ([3], "投诉核查")
        return detail
    }

    static var sampleAttributes: Attributes {
        var attributes = Attributes()
        attributes["amount_fen"] = .integer(-1)
        attributes["reason"] = .text("")
        attributes["paid"] = .flag(false)
        attributes["person"] = .hash([1, 2, 3])
        return attributes
    }
}
