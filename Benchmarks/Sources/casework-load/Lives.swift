import CaseworkClient
import Foundation
import NIOCore
import RPC
import Schema
import SwiftProtobuf
import Synchronization

/// Many lives at a time, each with one command in flight: an answer makes the next command, and the last one of a life
/// begins another life.
final class Lives: Sendable {
    private struct State {
        var next = 0
        var running = 0
        var commands = 0
        var failure: String?
        var caseIDs: [String]
        var finished: (@Sendable () -> Void)?
    }

    private let officers: Officers
    private let count: Int
    private let padding: Int
    private let latencies: Latencies
    private let state: Mutex<State>

    init(officers: Officers, count: Int, padding: Int, latencies: Latencies) {
        self.officers = officers
        self.count = count
        self.padding = padding
        self.latencies = latencies
        state = Mutex(State(caseIDs: Array(repeating: "", count: count)))
    }

    /// The case of the first life; empty before it was opened.
    var firstCase: String { state.withLock { $0.caseIDs.first ?? "" } }

    /// Takes every life through `stages`.
    func run(stages: [Stage], inFlight: Int) async throws -> (commands: Int, seconds: Double) {
        let start = nanoseconds()
        await withCheckedContinuation { continuation in
            state.withLock { state in
                state.next = 0
                state.commands = 0
                state.running = min(inFlight, count)
                state.finished = { continuation.resume() }
            }
            for _ in 0..<min(inFlight, count) { beginLife(stages) }
        }
        let (commands, failure) = state.withLock { ($0.commands, $0.failure) }
        if let failure { throw LifeFailure(description: failure) }
        return (commands, Double(nanoseconds() - start) / 1e9)
    }

    private func beginLife(_ stages: [Stage]) {
        let (life, finished) = state.withLock { state -> (Int?, (@Sendable () -> Void)?) in
            if state.next < count && state.failure == nil {
                state.next += 1
                return (state.next - 1, nil)
            }
            state.running -= 1
            return (nil, state.running == 0 ? state.finished : nil)
        }
        if let life { command(life, 0, stages) } else { finished?() }
    }

    private func command(_ life: Int, _ index: Int, _ stages: [Stage]) {
        guard index < stages.count else { return beginLife(stages) }
        let stage = stages[index]
        do {
            let (method, payload) = try request(life, stage)
            let start = nanoseconds()
            stage.officer(officers).call(service: Methods.Cases.service, method: method, payload: payload) { result in
                self.latencies.add(nanoseconds() - start)
                self.answered(result, life, index, stages)
            }
        } catch {
            fail("\(error)", stages)
        }
    }

    private func request(_ life: Int, _ stage: Stage) throws -> (method: String, payload: ByteBuffer) {
        // Of the real clock, which a development server takes: keys rise as they do in use. Those of a virtual clock,
        // which stands still, would come in no order.
        let key = Data(CommandKey(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)).bytes)
        let bytes: [UInt8]
        if stage.event == "case.open" {
            bytes = try Casework_V1_OpenRequest.with {
                $0.key = key
                $0.type = "transport-subsidy"
                $0.county = Stage.counties[life % Stage.counties.count]
                $0.protobuf = Data(try Stage.application(life, padding: padding))
            }.serializedBytes()
            return (Methods.Cases.open.name, ByteBuffer(bytes: bytes))
        }
        bytes = try Casework_V1_SendRequest.with {
            $0.key = key
            $0.caseID = state.withLock { $0.caseIDs[life] }
            $0.event = stage.event
            $0.protobuf = Data(try stage.payload())
        }.serializedBytes()
        return (Methods.Cases.send.name, ByteBuffer(bytes: bytes))
    }

    private func answered(_ result: Result<ByteBuffer, RPCStatus>, _ life: Int, _ index: Int, _ stages: [Stage]) {
        do {
            let bytes = try result.get()
            if stages[index].event == "case.open" {
                let answer = try Casework_V1_CommandResponse(serializedBytes: Array(bytes.readableBytesView))
                state.withLock { $0.caseIDs[life] = answer.caseID }
            }
            state.withLock { $0.commands += 1 }
            command(life, index + 1, stages)
        } catch {
            fail("life \(life), \(stages[index].event): \(error)", stages)
        }
    }

    private func fail(_ sentence: String, _ stages: [Stage]) {
        state.withLock { if $0.failure == nil { $0.failure = sentence } }
        beginLife(stages)
    }
}

struct LifeFailure: Error, CustomStringConvertible {
    var description: String
}
