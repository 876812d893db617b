import ChartFiles
import Foundation
import Statechart
import Synchronization
import Testing

/// Runs something on a thread with a small stack, as servers do, and tells what it cost.
private func onSmallStack<Result: Sendable>(_ work: @escaping @Sendable () -> Result) -> (Result, cpu: Double) {
    let box = Mutex<(Result, Double)?>(nil)
    let done = DispatchSemaphore(value: 0)
    let thread = Thread {
        let start = cpuSeconds()
        let result = work()
        box.withLock { $0 = (result, cpuSeconds() - start) }
        done.signal()
    }
    thread.stackSize = 512 << 10
    thread.start()
    done.wait()
    guard let (result, cpu) = box.withLock({ $0 }) else { preconditionFailure("the thread left no result") }
    return (result, cpu)
}

/// Of this thread, so that what else the machine does is not counted.
private func cpuSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// What has been in memory at most, in MiB.
private func peakMemory() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
    return (Int(line.split(separator: " ").dropFirst().first ?? "") ?? 0) / 1_024
}

/// A file nobody should send, and how it is refused.
private struct BadFile: CustomTestStringConvertible, Sendable {
    var name: String
    /// `c.yaml`, `c.scxml` or `c.json`.
    var file: String
    var bytes: [UInt8]
    /// Line and column of the first problem and the beginning of what is said.
    var expected: String

    var testDescription: String { "\(name) in \(file)" }

    var problems: [ChartProblem] {
        do {
            _ = try ChartFile.definition(bytes: bytes, file: file)
            return []
        } catch {
            return error.problems
        }
    }

    init(_ name: String, _ file: String, _ text: String, _ expected: String) {
        (self.name, self.file, self.bytes, self.expected) = (name, file, Array(text.utf8), expected)
    }

    init(_ name: String, _ file: String, bytes: [UInt8], _ expected: String) {
        (self.name, self.file, self.bytes, self.expected) = (name, file, bytes, expected)
    }
}

private func many(_ count: Int, _ part: (Int) -> String) -> String { (0..<count).map(part).joined() }

private func times(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }

/// Charts with one state and one thing in it.
private func yaml(_ inside: String) -> String { "chart: c\nstates:\n  a: { \(inside) }\n  b:\n" }
private func scxml(_ inside: String) -> String {
    "<scxml>\n<state id=\"a\">\(inside)</state><state id=\"b\"/></scxml>"
}
private func json(_ inside: String) -> String {
    "{\"chart\":\"c\",\"format\":1,\"states\":[\n{\"id\":\"a\",\(inside)},{\"id\":\"b\"}]}"
}

@Suite("Bad input: refused with its place, in bounded time and memory, on a small stack", .serialized)
struct BadInputTests {
    private static let large: [BadFile] = [
        BadFile(
            "100,000 states", "c.yaml", "chart: c\nstates:\n" + many(100_000) { "  s\($0):\n" },
            "16387:3: more than 16384 states"),
        BadFile(
            "100,000 states", "c.scxml", "<scxml>" + many(100_000) { "\n<state id=\"s\($0)\"/>" } + "</scxml>",
            "16386:1: more than 16384 states"),
        BadFile(
            "100,000 states", "c.json",
            "{\"chart\":\"c\",\"format\":1,\"states\":[" + many(100_000) { "\n{\"id\":\"s\($0)\"}," }
                + "\n{\"id\":\"z\"}]}",
            "16386:1: more than 16384 states"),
        BadFile(
            "a million elements", "c.scxml", "<scxml>" + times("<a/>", 1_000_000) + "</scxml>",
            "1:1: a chart needs at least one state"),
        BadFile(
            "100,000 wrong things", "c.yaml", "chart: c\nstates:\n" + many(100_000) { "  s\($0): [x]\n" },
            "3:7: expected a map"),
        BadFile("too many bytes", "c.yaml", times("# a comment\n", 400_000), "1:1: the file has more than"),
        BadFile("too many bytes", "c.scxml", "<scxml>" + times("          ", 500_000), "1:1: XML: the file has more"),
        BadFile("too many bytes", "c.json", times(" ", 9_000_000), "1:9000001: the chart has 9000000 bytes"),
    ]

    private static let deep: [BadFile] = [
        BadFile(
            "nested 1,000 deep", "c.yaml", "chart: c\n" + many(1_000) { "\(times(" ", $0))states:\n" },
            "1001:1000: nested more than 200 deep"),
        BadFile(
            "nested 900 deep", "c.yaml",
            "chart: c\n" + many(900) { "\(times(" ", $0))states:\n" } + times(" ", 900) + "a:",
            "202:201: nested more than 200 deep"),
        BadFile("nested 1,000 deep", "c.yaml", times("{a: ", 1_000), "1:3997: nested more than 200 deep"),
        BadFile("nested 1,000 deep", "c.yaml", times("- ", 1_001), "1:1999: nested more than 200 deep"),
        BadFile(
            "brackets with pairs, 900 deep", "c.yaml", times("[a: ", 900) + times("]", 900),
            "1:401: nested more than 200 deep"),
        BadFile(
            "brackets that seem to be closed", "c.yaml", times("[ \"]\", ", 900) + times("]", 900),
            "1:1401: nested more than 200 deep"),
        BadFile(
            "deep brackets and a long list", "c.yaml", times("[", 990) + times("a,", 1_000_000) + times("]", 990),
            "1:201: nested more than 200 deep"),
        BadFile(
            "a map as a key as a key", "c.yaml", times("? ", 900) + "a", "1:401: nested more than 200 deep"),
        BadFile("JSON as deep as it may be", "c.json", times("[", 256) + times("]", 256), "1:1: expected a map"),
        BadFile("nested 1,000 deep", "c.scxml", times("<state id='a'>", 1_000), "1:1793: XML: nested more than 128"),
        BadFile("nested 1,000 deep", "c.json", times("[", 1_000), "1:257: JSON, byte 256: nested more than 256"),
        BadFile("nested 1,000 deep", "c.json", times("{\"a\":", 1_000), "1:1281: JSON, byte 1280: nested more"),
        BadFile(
            "states 65 deep", "c.json",
            "{\"chart\":\"c\",\"format\":1,\"states\":[" + times("{\"id\":\"a\",\"states\":[", 64) + "{\"id\":\"a\"}"
                + times("]}", 64) + "]}",
            "1:1315: more than 16384 states, or nested more than 64 deep"),
        BadFile(
            "states 65 deep", "c.scxml",
            "<scxml>" + many(65) { "<state id='a\($0)'>" } + times("</state>", 65) + "</scxml>",
            "1:1022: more than 16384 states, or nested more than 64 deep"),
        BadFile(
            "content 34 deep", "c.json", json("\"entry\":[\(times("{\"if\":\"g\",\"then\":[", 34))\(times("]}", 34))]"),
            "2:596: content is nested more than 32 deep"),
        BadFile(
            "content 34 deep", "c.scxml",
            scxml("<onentry>\(times("<if cond='true'>", 34))\(times("</if>", 34))</onentry>"),
            "2:536: content is nested more than 32 deep"),
    ]

    private static let strange: [BadFile] = [
        BadFile(
            "a bomb", "c.yaml", "a: &a [x, x]\n" + many(40) { "b\($0): &b\($0) [*a, *a]\n" }, "1:4: anchors and aliases"
        ),
        BadFile("a bomb of keys", "c.yaml", "k: !t &a\r  x: y\r? !t &b\r  *a : z\r", "4:3: anchors and aliases"),
        BadFile("a circle", "c.yaml", "a: &a\n  b: *a\n", "1:4: anchors and aliases"),
        BadFile("a bomb", "c.scxml", "<!DOCTYPE a [<!ENTITY a '&b;&b;'>]><scxml/>", "1:1: XML: a document type"),
        BadFile(
            "histories in a circle", "c.yaml",
            yaml("states: { x: , h: { history: deep, to: k }, k: { history: deep, to: h } }"),
            "3:47: to k: expected a state beside the history"),
        BadFile(
            "histories in a circle", "c.scxml",
            scxml(
                "<state id='x'/><history id='h'><transition target='k'/></history>"
                    + "<history id='k'><transition target='h'/></history>"),
            "2:46: to k: expected a state beside the history"),
        BadFile(
            "histories in a circle", "c.json",
            json(
                #""states":[{"id":"x"},{"id":"h","history":"deep","to":["k"]},"#
                    + #"{"id":"k","history":"deep","to":["h"]}]"#),
            "2:65: to k: expected a state beside the history"),
        BadFile(
            "no UTF-8", "c.yaml", bytes: Array("chart: c\nå: ".utf8) + [0xFF],
            "2:4: expected UTF-8, found the byte 0xFF"),
        BadFile(
            "no UTF-8", "c.scxml", bytes: Array("<a>村".utf8) + [0xC0, 0x80], "1:5: expected UTF-8, found the byte"),
        BadFile("no UTF-8", "c.json", bytes: Array("{\"a\":\"".utf8) + [0xED, 0xA0, 0x80], "1:7: expected UTF-8"),
        BadFile("half a character", "c.json", bytes: Array("{\"a\":\"".utf8) + [0xE6, 0x9D], "1:7: expected UTF-8"),
    ]

    private static let million = times("e", 1 << 20)

    private static let overlong: [BadFile] = [
        BadFile(
            "an event of a megabyte", "c.yaml", yaml("transitions: [{ event: \(million) }]"), "3:31: event: expected"),
        BadFile("an event of a megabyte", "c.yaml", yaml("entry: { raise: \(million) }"), "3:24: raise: expected 1 to"),
        BadFile(
            "an event of a megabyte", "c.scxml", scxml("<transition event='\(million)'/>"), "2:15: event: expected 1 to"
        ),
        BadFile(
            "an event of a megabyte", "c.json", json("\"transitions\":[{\"event\":\"\(million)\"}]"), "2:27: event:"),
        BadFile("a key of a megabyte", "c.yaml", yaml("\"\(million)\": 1"), "3:1048586: YAML: did not find"),
        BadFile("a key of a megabyte", "c.json", json("\"\(million)\":1"), "2:11: unknown key eee"),
        BadFile("a key of a megabyte twice", "c.json", "{\"\(million)\":1,\"\(million)\":1}", "1:2097161: JSON, byte"),
        BadFile("an id of a megabyte", "c.yaml", "chart: c\nstates: { \(million)é: }", "2:1048588: YAML: did not"),
        BadFile("an id of a megabyte", "c.scxml", "<scxml><state id='\(million) '/></scxml>", "1:8: id"),
        BadFile("a name of a megabyte", "c.scxml", "<\(million)>", "1:1048579: XML: expected the end"),
        BadFile(
            "a target of a megabyte", "c.json", json("\"transitions\":[{\"event\":\"e\",\"to\":[\"\(million)\"]}]"),
            "2:45: to: expected a"),
    ]

    private static func expressions(_ name: String, _ text: String, _ expected: String) -> [BadFile] {
        [
            BadFile(name, "c.yaml", yaml("transitions: [{ event: e, if: \"\(text)\" }]"), "3:38: \(expected)"),
            BadFile(name, "c.scxml", scxml("<transition event='e' cond='\(text)'/>"), "2:15: \(expected)"),
            BadFile(
                name, "c.json", json("\"transitions\":[{\"event\":\"e\",\"if\":\"\(text)\"}]"), "2:39: \(expected)"),
        ]
    }

    private static let calculated: [BadFile] =
        expressions("an expression 10,000 deep", times("(", 10_000), "the expression has more than 4096 bytes")
        + expressions("an expression 4,000 deep", times("(", 4_000), "the expression is nested more than 128 deep")
        + expressions("an expression 4,000 deep", times("!", 4_000), "the expression is nested more than 128 deep")
        + expressions("an expression 4,000 deep", times("-", 4_000), "the expression is nested more than 128 deep")
        + expressions("an expression 4,000 deep", times("[", 4_000), "the expression is nested more than 128 deep")
        + expressions("a sum of 2,000", times("1+", 2_000) + "1", "the expression is nested more than 128 deep")
        + expressions("an overflowing number", "9223372036854775808 == 1", "at column 1: the number does not fit")
        + [
            BadFile(
                "a sum of texts", "c.yaml", yaml("entry: { log: x, value: \"1 == 2 || '资' + '金' == 'x'\" }"),
                "3:32: at column 11: + - * take no text; write"),
            BadFile(
                "an overflowing time", "c.yaml", yaml("transitions: [{ after: 99999999999999999999d }]"), "3:31: after:"
            ),
            BadFile("an overflowing time", "c.yaml", yaml("entry: { send: e, delay: 99999999999h }"), "3:33: delay:"),
            BadFile(
                "an overflowing time", "c.json", json(#""transitions":[{"after":"9999999999mo"}]"#), "2:27: after:"),
            BadFile(
                "an overflowing time", "c.scxml", scxml("<onentry><send event='e' delay='9999999999999s'/></onentry>"),
                "2:24: delay: expected a time"),
            BadFile("an overflowing number", "c.json", json(#""settled":9223372036854775808"#), "2:40: JSON, byte"),
            BadFile(
                "an overflowing number", "c.yaml",
                yaml("jobs: [{ id: j, worker: w, attempts: 9223372036854775808, wait: 1s }]"),
                "3:45: attempts: expected"),
        ]

    @Test(
        "Refused", arguments: [large, deep, strange, overlong, calculated].flatMap { $0 })
    private func refused(bad: BadFile) throws {
        let (problems, cpu) = onSmallStack { bad.problems }
        let first = problems.first?.description ?? "nothing is wrong"
        #expect(first.hasPrefix("\(bad.file):\(bad.expected)"), "\(first)")
        #expect(problems.allSatisfy { $0.message.utf8.count <= 1_000 && $0.line > 0 && $0.column > 0 })
        #expect(problems.count <= 200)
        // A debug build on a slow machine takes some 3 s for the worst.
        #expect(cpu < 20, "\(cpu) s")
        #expect(try peakMemory() < 2_048)
        if ProcessInfo.processInfo.environment["CASEWORK_FIGURES"] == "1" {
            print("\(bad.testDescription): \(bad.bytes.count) bytes, \(cpu) s, peak \(try peakMemory()) MiB")
        }
    }

    private static let endless: [(name: String, file: String, text: String)] = [
        ("eventless", "c.yaml", yaml("transitions: [{ to: a }]")),
        ("eventless", "c.scxml", scxml("<transition target='a'/>")),
        ("eventless", "c.json", json(#""transitions":[{"to":["a"]}]"#)),
        ("raising", "c.yaml", yaml("entry: { raise: e }, transitions: [{ event: e, to: a }]")),
        ("sending", "c.scxml", scxml("<onentry><send event='e'/></onentry><transition event='e' target='a'/>")),
        (
            "counting", "c.yaml",
            "chart: c\nvariables: { l: \"[1,2,3,4,5,6,7,8,9,10]\" }\nstates: { a: { entry: "
                + times("{ foreach: l, as: x, do: ", 8) + "{ log: x }" + times(" }", 8) + " } }"
        ),
    ]

    @Test("What never comes to rest is stopped", arguments: endless)
    func stopped(name: String, file: String, text: String) throws {
        let definition = try ChartFile.definition(text: text, file: file)
        let (failure, cpu) = onSmallStack { () -> ChartPlayer.Failure? in
            var player = ChartPlayer(definition)
            _ = player.play()
            return player.failure
        }
        #expect(failure == (name == "sending" ? .keepsItselfBusy : .turnsForEver))
        #expect(cpu < 20, "\(cpu) s")
    }

    @Test("Values that grow without end, and sums that overflow, are errors of the chart")
    func values() throws {
        let text = """
            <scxml><datamodel><data id="s" expr="'ab'"/><data id="n" expr="9223372036854775807"/></datamodel>
            <state id="a">
              <onentry><foreach array="[\(times("1,", 60))1]" item="i">
                <assign location="s" expr="s + s"/></foreach></onentry>
              <onentry><assign location="n" expr="n + 1"/></onentry>
              <onentry><assign location="n" expr="n * n"/></onentry>
              <onentry><assign location="n" expr="-n - 2"/></onentry>
              <onentry><send event="late" delayexpr="n"/></onentry>
              <transition event="error.execution"><log label="error"/></transition>
              <transition event="late" target="b"/>
            </state><state id="b"/></scxml>
            """
        let definition = try ChartFile.definition(scxml: text, file: "c.scxml")
        let (line, _) = onSmallStack { () -> ChartPlayer.Line in
            var player = ChartPlayer(definition)
            return player.play()
        }
        #expect(line.configuration == ["a"])
        #expect(line.log == ["error", "error", "error", "error"])
    }

    @Test("An event of a megabyte from outside is only unmatched")
    func longEvent() throws {
        let definition = try ChartFile.definition(yaml: yaml("transitions: [{ event: e.*, to: b }]"), file: "c.yaml")
        let (lines, cpu) = onSmallStack { () -> [[String]] in
            var player = ChartPlayer(definition)
            var lines: [[String]] = []
            let long = times("x.", 1 << 19)
            player.play(.init(entries: [.init(event: long), .init(event: "e." + long)])) {
                lines.append($0.configuration)
            }
            return lines
        }
        #expect(lines == [["a"], ["a"], ["b"]])
        #expect(cpu < 20)
    }
}
