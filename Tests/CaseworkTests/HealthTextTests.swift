import Schema
import SwiftProtobuf
import Testing

@testable import casework

@Suite("What health says of connections")
struct HealthTextTests {
    @Test("nothing while all are served; else how many, when, why; a warning for ten minutes", arguments: [
        (UInt64(0), Int64(0), false), (3, 0, true), (3, 599, true), (3, 600, false),
    ])
    func unserved(count: UInt64, seconds: Int64, isWarning: Bool) {
        let answer = Casework_V1_HealthResponse.with {
            $0.unserved = count
            $0.unservedReason = "DESCRIPTORS_EXHAUSTED"
            $0.unservedMessage = "raise the limit"
            $0.unservedSecondsAgo = seconds
        }
        #expect(HealthText.hasLatelyTurnedAway(answer) == isWarning)
        let phrase = HealthText.unserved(answer)
        #expect((phrase == nil) == (count == 0))
        guard let phrase else { return }
        let words = "3 connections were not served, the latest \(seconds) s ago: raise the limit"
        #expect(phrase.en == words + " [DESCRIPTORS_EXHAUSTED]")
        #expect(phrase.zh == "未能服务的连接 3 个，最近一个在 \(seconds) 秒前：raise the limit [DESCRIPTORS_EXHAUSTED]")
    }
}
