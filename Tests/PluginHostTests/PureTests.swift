import Kernel
import Statechart
import Testing

@testable import PluginHost
@testable import PluginLibrary
import Wire

/// A backlog whose changes can stand inside an expectation.
private final class Desk {
    var backlog = Backlog()

    func add(_ tickets: ClosedRange<UInt64>) {
        for ticket in tickets { backlog.add(Backlog.Entry(ticket: ticket, frame: [])) }
    }

    func send() -> [UInt64] { backlog.next().map(\.ticket) }
    func take(_ ticket: UInt64) -> Bool { backlog.take(ticket) }
    /// The ticket that is blamed.
    func childEnded(isWorn: Bool = false) -> UInt64? { backlog.childEnded(isWorn: isWorn)?.ticket }
}

@Suite("Backlog")
struct BacklogTests {
    @Test("sends everything at once and takes answers in order only")
    func order() {
        let desk = Desk()
        desk.add(1...3)
        #expect(desk.send() == [1, 2, 3])
        #expect(desk.send() == [])
        #expect([2, 1, 2, 3, 3].map(desk.take) == [false, true, true, true, false])
        #expect(desk.backlog.isEmpty)
    }

    @Test("blames a request only when it was alone")
    func blame() {
        let desk = Desk()
        desk.add(1...3)
        #expect(desk.send() == [1, 2, 3])
        #expect(desk.childEnded() == nil)
        desk.add(4...4)
        #expect(desk.send() == [1])
        #expect(desk.send() == [])
        #expect(desk.take(1))
        #expect(desk.send() == [2])
        #expect(desk.childEnded() == 2)
        #expect(desk.send() == [3])
        #expect(desk.take(3))
        // Ticket 4 was never with the child that ended, so it is no suspect.
        desk.add(5...5)
        #expect(desk.send() == [4, 5])
    }

    @Test("blames nobody for a worn child, nor for one that was owed nothing")
    func worn() {
        let desk = Desk()
        desk.add(1...1)
        #expect(desk.send() == [1])
        #expect(desk.childEnded(isWorn: true) == nil)
        #expect(desk.send() == [1])
        #expect(desk.take(1))
        #expect(desk.childEnded() == nil)
    }

    /// Children that end at random, with random numbers of requests between.
    @Test("settles every ticket once, in order, and blames the guilty alone", arguments: 0..<200 as Range<UInt64>)
    func random(_ seed: UInt64) {
        var random = SplitMix(state: seed)
        let desk = Desk()
        let count: UInt64 = 60
        let guilty = Set((0..<count).filter { _ in random.next() % 7 == 0 })
        var (added, settled, blamed): (UInt64, [UInt64], Set<UInt64>) = (0, [], [])
        while settled.count < count {
            let more = min(random.next() % 9, count - added)
            if more > 0 { desk.add(added...added + more - 1) }
            added += more
            _ = desk.send()
            for entry in desk.backlog.sent.prefix(Int(random.next() % 12)) {
                guard !guilty.contains(entry.ticket) else {
                    guard let ticket = desk.childEnded() else { break }
                    settled.append(ticket)
                    blamed.insert(ticket)
                    break
                }
                #expect(desk.take(entry.ticket))
                settled.append(entry.ticket)
            }
            if random.next() % 5 == 0 { #expect(desk.childEnded(isWorn: true) == nil) }
        }
        #expect(settled == Array(0..<count))
        #expect(blamed == guilty)
    }
}

/// Sebastiano Vigna's generator: the same numbers for the same seed everywhere.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

@Suite("Frames")
struct FrameTests {
    @Test("come whole out of any pieces", arguments: [1, 2, 3, 5, 7, 64, 100_000])
    func pieces(_ size: Int) throws {
        let messages: [[UInt8]] = [[], [1], Array(repeating: 2, count: 70_000), [3, 4, 5]]
        var bytes: [UInt8] = []
        for message in messages { Frame.append(message, to: &bytes) }
        var reader = FrameReader(limit: 70_000)
        var read: [[UInt8]] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            bytes[start..<min(start + size, bytes.count)].withUnsafeBytes { reader.append($0) }
            while let frame = try reader.next() { read.append(Array(frame)) }
        }
        #expect(read == messages)
        #expect(reader.pending == 0)
    }

    @Test("longer than the limit are refused before they arrive")
    func limit() {
        var reader = FrameReader(limit: 255)
        ([0, 0, 1, 0] as [UInt8]).withUnsafeBytes { reader.append($0) }
        #expect(throws: FrameReader.TooLong.self) { try reader.next() }
    }
}

@Suite("A child's standard error")
struct ErrorLinesTests {
    @Test("comes in lines, cut where they are too long")
    func lines() {
        var lines = ErrorLines(areShown: true)
        #expect(lines.take(Array("one\ntw".utf8), now: 0) == ["one"])
        #expect(lines.take(Array("o\n".utf8), now: 1) == ["two"])
        let long = [UInt8](repeating: UInt8(ascii: "x"), count: 10_000)
        #expect(lines.take(long, now: 2).isEmpty)
        #expect(lines.finish().map(\.utf8.count) == [ErrorLines.lineLength])
    }

    @Test("is let through by so many lines a second, and the rest counted")
    func flood() {
        var lines = ErrorLines(areShown: true)
        let flood = Array(String(repeating: "x\n", count: 250).utf8)
        #expect(lines.take(flood, now: 0).count == ErrorLines.linesPerSecond)
        #expect(lines.take(Array("y\n".utf8), now: 1_000_000_000) == ["150 more lines left out", "y"])
    }
}

@Suite("The digest in a library's name")
struct DigestNameTests {
    private static let hex = "00ff" + String(repeating: "5a", count: 30)

    @Test(
        "is read from <digest>.so and nothing else",
        arguments: [
            ("\(hex).so", true), ("/a/b/\(hex).so", true), ("/a/\(hex)", false), ("lib\(hex).so", false),
            ("\(hex.dropLast())g.so", false), ("libTransportSubsidy.so", false), ("", false),
        ])
    func name(_ path: String, _ isDigest: Bool) {
        #expect((SealedLibrary.digest(named: path)?.hex == Self.hex) == isDigest)
    }
}

@Suite("Messages on the pipe")
struct MessageTests {
    @Test(
        "an event arrives in the child as the kernel asked about it",
        arguments: [
            (.external("submit"), .external("submit")), (.internal("fund.granted"), .internal("fund.granted")),
            (.timer(0), .timer(0)), (.delayed(bare), .delayed(bare)), (.delayed(full), .delayed(full)),
        ] as [(DecisionRequest.Event, ChartEvent)])
    func event(asked: DecisionRequest.Event, read: ChartEvent) throws {
        let request = DecisionRequest(
            ticket: 7, plugin: Digest(bytes: [UInt8](repeating: 1, count: 32)), snapshot: [1], record: [2], facts: [3],
            question: .decide(event: asked, payload: [4]))
        let received = try Request(request.frame.dropFirst(Frame.headerSize))
        guard case .decide(let decide) = received.question else {
            Issue.record("it asks for something else")
            return
        }
        #expect(received.ticket == 7 && decide.event == read)
    }

    private static let bare = DelayedSend(id: "send-1", event: "remind", delayMilliseconds: 0, isNamed: false)
    private static let full = DelayedSend(
        id: "reminder", event: "remind", delayMilliseconds: 0,
        data: .map([.init("n", .integer(-2)), .init("list", .list([.null, .boolean(true), .string("农")]))]))
}
