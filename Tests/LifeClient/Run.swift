import CaseworkClient
import Foundation
import RPC
import Schema
import SwiftProtobuf

/// Waves of lives: all of a wave are applied for and checked in the village, the clock passes their publicity, and then
/// they go on to their payment.
struct Run: Sendable {
    let office: Office
    let log: AcknowledgementLog

    private static let counties = ["220122", "220221", "220621"]
    private static let start: Int64 = 1_767_578_400_000  // 2026-01-05 10:00 in China
    /// A publicity of five working days ends within, the longest holidays included.
    private static let days: Int64 = 20

    func grantBudgets() async throws {
        for (number, county) in Self.counties.enumerated() {
            let key = CommandKey(milliseconds: Self.start, seed: 1, number: UInt64(number))
            let request = Casework_V1_SetBudgetRequest.with {
                $0.key = Data(key.bytes)
                $0.fund = "rural-revitalization"
                $0.county = county
                $0.year = 2026
                $0.amountFen = 1_000_000_000
                $0.document = "吉财农指〔2026〕1号"
            }
            let answer = try await office.persist(as: "county-finance/chen-jie") {
                try await $0.funds.setBudget(request)
            }
            log.add(key, answer, "budget.set", county: county)
        }
    }

    func takeWave(_ wave: Int, lives: Int) async throws {
        let clock = Self.start + Int64(wave) * Self.days * 86_400_000
        try await advanceClock(to: clock)
        let cases = try await each(0..<lives) { try await open(wave, $0, clock) }
        let after = clock + (Self.days - 1) * 86_400_000
        try await advanceClock(to: after)
        _ = try await each(0..<lives) { try await finish(wave, $0, cases[$0], after) }
    }

    /// Sixteen lives at a time, as sixteen desks would.
    private func each(
        _ lives: Range<Int>, _ body: @escaping @Sendable (Int) async throws -> String
    ) async throws -> [String] {
        var results = Array(repeating: "", count: lives.count)
        try await withThrowingTaskGroup(of: (Int, String).self) { group in
            var next = lives.lowerBound
            func begin() {
                guard next < lives.upperBound else { return }
                let life = next
                next += 1
                group.addTask { (life, try await body(life)) }
            }
            for _ in 0..<16 { begin() }
            for try await (life, result) in group {
                results[life] = result
                begin()
            }
        }
        return results
    }

    /// The clock is not durable: a server that was killed wakes at its last stamp, and is moved again.
    private func advanceClock(to instant: Int64) async throws {
        _ = try await office.persist(as: "operator/admin") { try await $0.operations.advanceClock(to: instant) }
    }

    private func open(_ wave: Int, _ life: Int, _ clock: Int64) async throws -> String {
        let key = CommandKey(milliseconds: clock, seed: UInt64(wave) << 32 | UInt64(life), number: 0)
        let application = try application(wave, life)
        let request = Casework_V1_OpenRequest.with {
            $0.key = Data(key.bytes)
            $0.type = "transport-subsidy"
            $0.county = Self.counties[life % Self.counties.count]
            $0.protobuf = application
        }
        let answer = try await office.persist(as: "jilin-hrss/li-na") { try await $0.cases.open(request) }
        log.add(key, answer, "case.open", county: request.county)
        try await send("village.verified", to: answer.caseID, as: "jilin-hrss/zhang-wei", wave, life, 1, clock)
        return answer.caseID
    }

    private func finish(_ wave: Int, _ life: Int, _ id: String, _ clock: Int64) async throws -> String {
        try await awaitJointCheck(id, until: clock)
        try await send("employment.confirmed", to: id, as: "jilin-hrss/liu-min", wave, life, 2, clock)
        let registry = Cases_TransportSubsidy_V1_RegistryAnswer.with {
            $0.found = true
            $0.status = "脱贫人口"
            $0.validFrom = "2020-01-01"
        }
        try await send(
            "registry.answered", try registry.serializedBytes(), to: id, as: "rural-revitalization/zhao-lei", wave,
            life, 3, clock)
        try await send("approval.granted", to: id, as: "jilin-hrss/wang-fang", wave, life, 4, clock)
        try await send("payment.ordered", to: id, as: "county-finance/chen-jie", wave, life, 5, clock)
        let result = Cases_TransportSubsidy_V1_BankResult.with { $0.reference = "B\(wave)-\(life)" }
        try await send(
            "payment.settled", try result.serializedBytes(), to: id, as: "county-finance/liu-yang", wave, life, 6,
            clock)
        return id
    }

    private func awaitJointCheck(_ id: String, until clock: Int64) async throws {
        for _ in 0..<3000 {
            let request = Casework_V1_GetRequest.with { $0.caseID = id }
            let found = try await office.persist(as: "operator/admin") { try await $0.cases.get(request) }
            if found.version > 2 { return }
            try await advanceClock(to: clock)
            try await Task.sleep(for: .milliseconds(5))
        }
        let health = try await office.persist(as: "operator/admin") { try await $0.operations.health() }
        LifeClient.fail("the publicity of \(id) does not end; the server says of itself: \(health.textFormatString())")
    }

    private func send(
        _ event: String, _ payload: [UInt8] = [], to id: String, as officer: String, _ wave: Int, _ life: Int,
        _ step: UInt64, _ clock: Int64
    ) async throws {
        let key = CommandKey(milliseconds: clock, seed: UInt64(wave) << 32 | UInt64(life), number: step)
        let request = Casework_V1_SendRequest.with {
            $0.key = Data(key.bytes)
            $0.caseID = id
            $0.event = event
            $0.protobuf = Data(payload)
        }
        let answer = try await office.persist(as: officer) { try await $0.cases.send(request) }
        log.add(key, answer, event, county: Self.counties[life % Self.counties.count])
    }

    private func application(_ wave: Int, _ life: Int) throws -> Data {
        let message = Cases_TransportSubsidy_V1_Application.with {
            $0.person = .with {
                $0.name = "测试"
                $0.residentNumber = Self.residentNumber(wave * 1000 + life)
                $0.phone = "19900000000"
                $0.cardNumber = "6222020000000000000"
            }
            $0.journey = .with {
                $0.destination = "330106"
                $0.employer = "测试用工单位"
                $0.departedOn = "2025-06-01"
                $0.employedUntil = "2025-12-31"
            }
            $0.consentSigned = true
        }
        return try message.serializedBytes()
    }

    /// A synthetic person (prefix 99) for each number below 8 million.
    private static func residentNumber(_ number: Int) -> String {
        let area = String(number / 999 + 10_000).dropFirst()
        let base = "99\(area)19900615" + String(1001 + number % 999).dropFirst()
        let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
        let sum = zip(base.utf8, weights).reduce(0) { $0 + (Int($1.0) - 48) * $1.1 }
        return base + String(Array("10X98765432")[sum % 11])
    }
}
