import Foundation
import Kernel
import RPC
import Schema
import SwiftProtobuf
import Synchronization
import Testing

@testable import Server

@Suite("Parts")
struct PartsTests {
    @Test(
        "a clock step keeps the time of day and counts working days by the calendar",
        arguments: [
            ("90s", "2026-09-14", 90_000), ("72h", "2026-09-17", 0), ("3d", "2026-09-17", 0), ("1mo", "2026-10-14", 0),
            // 20 September is a Sunday worked for the National Day holidays.
            ("5wd", "2026-09-20", 0), ("0d", "2026-09-14", 0), ("", nil, 0), ("-1d", nil, 0), ("100000wd", nil, 0),
            ("999999999999h", nil, 0),
        ] as [(String, String?, Int64)])
    func step(step: String, day: String?, rest: Int64) throws {
        let calendar = try String(
            contentsOf: Repository.root.appending(path: "Calendars/china.txt"), encoding: .utf8)
        let nine: Int64 = 9 * 3_600_000
        let now = try #require(LocalDate(parsing: "2026-09-14")).start.advanced(milliseconds: nine)
        let moved = ServerCore.moment(after: step, from: now, try Holidays(parsing: calendar))
        #expect(moved == day.flatMap { LocalDate(parsing: $0) }?.start.advanced(milliseconds: nine + rest))
    }

    @Test(
        "a clock is moved by a step or to a moment of the next ten years, never both",
        arguments: [
            ("", 1_000_060, 1_000_060), ("", 500, 500), ("1h", 0, 4_600_000), ("1h", 1_000_060, nil), ("", -1, nil),
            ("", 0, nil), ("", 1_000_000 + 3_650 * 86_400_000, 1_000_000 + 3_650 * 86_400_000),
            ("", 1_000_001 + 3_650 * 86_400_000, nil), ("", .max, nil),
        ] as [(String, Int64, Int64?)])
    func clockTarget(by: String, to: Int64, expected: Int64?) throws {
        let request = Casework_V1_AdvanceClockRequest.with { ($0.by, $0.toMillis) = (by, to) }
        let now = Instant(milliseconds: 1_000_000)
        let target = ServerCore.target(of: request, from: now, try Holidays(parsing: ""))
        #expect(target?.milliseconds == expected)
    }

    @Test("a virtual clock begins where it is told, runs, and moves forward only")
    func virtualClock() throws {
        let start = Instant(milliseconds: 1_000_000_000_000)
        let clock = ServerClock(virtualFrom: start)
        #expect(clock.isVirtual && clock.now >= start && clock.now < start.advanced(milliseconds: 60_000))
        clock.advance(to: start.advanced(milliseconds: 10_000_000))
        #expect(clock.now >= start.advanced(milliseconds: 10_000_000))
        clock.advance(to: start)
        #expect(clock.now >= start.advanced(milliseconds: 10_000_000))
    }

    @Test(
        "every refusal of the kernel has a code of the wire that tells a caller what to do",
        arguments: Rejection.Code.allCases)
    func codes(code: Rejection.Code) throws {
        let status = RPCStatus(Rejection(code, zh: "一", en: "one"))
        #expect((1...16).contains(status.code))
        let retries = status.details.contains { $0.typeURL.hasSuffix("RetryInfo") }
        #expect(retries == (code == .unavailable || code == .queueFull))
        #expect(status.details.first?.typeURL == "type.googleapis.com/google.rpc.ErrorInfo")
    }

    @Test("urgent letters come before the others, also to one who is busy with those")
    func urgentLetters() {
        let mailbox = Mailbox<Int>()
        for letter in 1...3 { mailbox.post(letter) }
        mailbox.post(10, urgently: true)
        #expect(mailbox.take(waitingAtMost: 0) == [10, 1, 2, 3])
        #expect(mailbox.takeUrgent() == [])
        mailbox.post(4)
        mailbox.post(11, urgently: true)
        mailbox.post(12, urgently: true)
        #expect(mailbox.takeUrgent() == [11, 12])
        #expect(mailbox.takeUrgent() == [])
        #expect(mailbox.take(waitingAtMost: 0) == [4])
        #expect(mailbox.take(waitingAtMost: 0) == [])
    }

    @Test("a mailbox loses nothing between many writers and a reader that sleeps")
    func mailbox() async {
        let mailbox = Mailbox<Int>()
        let (writers, each) = (4, 20_000)
        let reader = Task.detached {
            var received: [Int] = []
            while received.count < writers * each { received += mailbox.take(waitingAtMost: 1) }
            return received
        }
        await withTaskGroup(of: Void.self) { group in
            for writer in 0..<writers {
                group.addTask { for number in 0..<each { mailbox.post(writer * each + number) } }
            }
        }
        let received = await reader.value
        #expect(Set(received).count == writers * each)
        for writer in 0..<writers {
            let own = received.filter { $0 / each == writer }
            #expect(own == own.sorted())
        }
        #expect(mailbox.take(waitingAtMost: 0).isEmpty)
    }

    @Test("what is remembered of cases is bounded")
    func places() {
        let places = CasePlaces(limit: 10)
        let place = CasePlace(type: "t", county: "220122", plugin: Digest(bytes: [UInt8](repeating: 0, count: 32)))
        for id in 1...100 {
            places.keep(place, of: CaseID(rawValue: UInt64(id)))
            #expect(places[CaseID(rawValue: 1)] != nil || id > 1)
        }
        let remembered = (1...100).filter { places[CaseID(rawValue: UInt64($0))] != nil }
        #expect(remembered.contains(100) && remembered.count <= 20)
    }

    @Test("the content's digest tells apart what a caller asks for")
    func digests() {
        func digest(_ parts: [String], number: UInt64 = 0) -> Digest {
            var digest = CommandDigest(service: "s", method: "m")
            for part in parts { digest.add(part) }
            digest.add(number)
            return digest.finish()
        }
        let all = [
            digest(["ab", ""]), digest(["a", "b"]), digest(["", "ab"]), digest(["ab"]), digest(["ab", ""], number: 1),
        ]
        #expect(Set(all).count == all.count)
        #expect(digest(["a"]) == digest(["a"]))
    }
}
