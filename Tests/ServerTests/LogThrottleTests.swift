import NIOCore
import Testing

@testable import Server

@Suite("What keeps the log from filling")
struct LogThrottleTests {
    private func at(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(seconds) }

    @Test("the first of a minute is written, the others are counted, the next that is written says how many")
    func minutes() {
        let throttle = LogThrottle()
        #expect(throttle.admit("a", now: at(1)) == 0)
        for second in [1, 2, 60] { #expect(throttle.admit("a", now: at(Int64(second))) == nil) }
        #expect(throttle.admit("b", now: at(60)) == 0, "each kind by itself")
        #expect(throttle.admit("a", now: at(61)) == 3)
        #expect(throttle.admit("a", now: at(200)) == 0)
    }

    @Test("what was only counted is told at the end, once")
    func drain() {
        let throttle = LogThrottle()
        for kind in ["b", "a", "b", "c", "b", "a"] { _ = throttle.admit(kind, now: at(1)) }
        #expect(throttle.drain().map { "\($0.kind) \($0.count)" } == ["a 1", "b 2"])
        #expect(throttle.drain().isEmpty)
    }
}
