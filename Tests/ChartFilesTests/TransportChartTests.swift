import ChartFiles
import Foundation
import Statechart
import Testing

enum Package {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// The folders of `Plugins` that have a chart.
    static let plugins: [String] = {
        let folder = root.appending(path: "Plugins")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.sorted().filter {
            FileManager.default.fileExists(atPath: folder.appending(path: "\($0)/chart.yaml").path)
        }
    }()
}

/// Answers by name, yes unless told otherwise; notes what it is asked.
struct Script: Responder {
    let definition: Definition
    var guards: [String: GuardAnswer] = [:]
    var actions: [String: ActionAnswer] = [:]
    var asked: [String] = []

    init(_ definition: Definition) { self.definition = definition }

    mutating func answer(guard index: Int) -> GuardAnswer {
        let name = definition.guards[index]
        asked.append("\(name)?")
        return guards[name] ?? .yes
    }

    mutating func perform(action index: Int) -> ActionAnswer {
        let name = definition.actions[index]
        asked.append(name)
        return actions[name] ?? .done(raised: [])
    }
}

@Suite("The transport subsidy's chart, walked through")
struct TransportChartTests {
    let definition: Definition
    var script: Script
    var interpreter: Interpreter

    init() throws {
        let yaml = try Package.text("Plugins/TransportSubsidy/chart.yaml")
        definition = try ChartFile.definition(yaml: yaml, file: "chart.yaml")
        script = Script(definition)
        interpreter = Interpreter(definition)
        let opened = interpreter.start(&script)
        #expect(opened.outcome == .completed)
    }

    private func taskNames(_ intents: [Intent]) -> [String] {
        intents.map { intent in
            switch intent {
            case .openTask(let task): "open \(definition.tasks[task].id)"
            case .reopenTask(let task): "reopen \(definition.tasks[task].id)"
            case .withdrawTask(let task): "withdraw \(definition.tasks[task].id)"
            case .startTimer(let timer): "start \(definition.timers[timer].id)"
            case .pauseTimer(let timer): "pause \(definition.timers[timer].id)"
            case .resumeTimer(let timer): "resume \(definition.timers[timer].id)"
            case .cancelTimer(let timer): "cancel \(definition.timers[timer].id)"
            default: "\(intent)"
            }
        }
    }

    @discardableResult
    private mutating func send(
        _ event: String, outcome: Macrostep.Outcome = .completed, at path: SourceLocation = #_sourceLocation
    ) -> Macrostep {
        script.asked = []
        let step = interpreter.send(.external(event), &script)
        #expect(step.outcome == outcome, sourceLocation: path)
        return step
    }

    private mutating func timer(_ id: String) throws -> Macrostep {
        script.asked = []
        let index = try #require(definition.timers.firstIndex { $0.id == id })
        return interpreter.send(.timer(index), &script)
    }

    @Test("From application to payment")
    mutating func paid() throws {
        #expect(interpreter.activeAtomicPaths == ["intake"])
        let opened = send("case.open")
        #expect(script.asked == ["recordApplication", "claimPersonYear"])
        #expect(taskNames(opened.intents) == ["open verify"])
        #expect(interpreter.activeAtomicPaths == ["open/villageCheck"])
        let verified = send("village.verified")
        #expect(taskNames(verified.intents) == ["withdraw verify", "start publicity"])
        let published = try timer("publicity")
        #expect(taskNames(published.intents) == ["open checkEmployment", "open checkRegistry"])
        #expect(
            interpreter.activeAtomicPaths == ["open/jointCheck/employment/pending", "open/jointCheck/registry/pending"])
        send("registry.answered")
        #expect(script.asked == ["isRegisteredOnDeparture?", "recordRegistry"])
        #expect(
            interpreter.activeAtomicPaths == [
                "open/jointCheck/employment/pending", "open/jointCheck/registry/confirmed",
            ])
        let joined = send("employment.confirmed")
        #expect(
            script.asked == ["isOutOfProvince?", "isLongEnough?", "fundsAvailable?", "computeAmount", "reserveFunds"])
        #expect(joined.triggered.count == 1)
        #expect(joined.taken.count == 2)
        #expect(interpreter.activeAtomicPaths == ["open/approval"])
        send("approval.granted")
        send("payment.ordered")
        send("payment.settled")
        #expect(interpreter.activeAtomicPaths == ["paid"])
        #expect(interpreter.isDone && interpreter.isSettled)
        send("withdraw", outcome: .unmatched)
    }

    @Test("A dismissed objection lets the publicity go on where it stood, and does not begin it anew")
    mutating func objection() throws {
        send("case.open")
        send("village.verified")
        let raised = send("objection.raised")
        #expect(taskNames(raised.intents) == ["pause publicity", "open reviewObjection"])
        let dismissed = send("objection.dismissed")
        #expect(taskNames(dismissed.intents) == ["withdraw reviewObjection", "resume publicity"])
        #expect(interpreter.activeAtomicPaths == ["open/publicity"])
        #expect(try timer("publicity").outcome == .completed)
        #expect(interpreter.activeAtomicPaths.allSatisfy { $0.hasPrefix("open/jointCheck") })
    }

    @Test("A region's rejection leaves both regions")
    mutating func rejectedFromRegion() throws {
        send("case.open")
        send("village.verified")
        _ = try timer("publicity")
        script.guards["isOutOfProvince"] = .no
        let rejected = send("employment.confirmed")
        #expect(script.asked == ["isOutOfProvince?", "recordIneligibleWork"], "the second guard is not asked")
        #expect(taskNames(rejected.intents) == ["withdraw checkRegistry", "withdraw checkEmployment"])
        #expect(interpreter.activeAtomicPaths == ["rejected"])
        #expect(interpreter.isDone)
    }

    @Test("Without funds the case waits, and goes on when they are granted")
    mutating func waitsForFunds() throws {
        send("case.open")
        send("village.verified")
        _ = try timer("publicity")
        send("employment.confirmed")
        script.guards["fundsAvailable"] = .no
        send("registry.answered")
        #expect(interpreter.activeAtomicPaths == ["open/awaitFunds"])
        #expect(!interpreter.isSettled)
        let granted = interpreter.send(.internal("fund.granted"), &script)
        #expect(granted.outcome == .completed)
        #expect(interpreter.activeAtomicPaths == ["open/approval"])
    }

    @Test("Withdrawal is possible until payment, and not after")
    mutating func withdrawal() throws {
        send("case.open")
        let early = interpreter
        send("withdraw")
        #expect(interpreter.activeAtomicPaths == ["withdrawn"])
        interpreter = early
        send("village.verified")
        _ = try timer("publicity")
        send("employment.confirmed")
        send("registry.answered")
        send("approval.granted")
        send("withdraw", outcome: .unmatched)
        #expect(interpreter.activeAtomicPaths == ["open/payment/toOrder"])
        #expect(interpreter.candidates(for: "withdraw").count == 1, "the guard is not asked")
    }

    @Test("A payment that bounces is unpaid after 90 days, settled, and can be taken up again")
    mutating func unpaid() throws {
        send("case.open")
        send("village.verified")
        _ = try timer("publicity")
        send("employment.confirmed")
        send("registry.answered")
        for event in ["approval.granted", "payment.ordered", "payment.returned"] { send(event) }
        #expect(try timer("open/payment/returned#0").outcome == .completed)
        #expect(interpreter.activeAtomicPaths == ["unpaid"])
        #expect(interpreter.isSettled && !interpreter.isDone)
        send("account.corrected")
        #expect(interpreter.activeAtomicPaths == ["open/payment/toOrder"])
    }

    @Test("What could happen now")
    mutating func candidates() throws {
        send("case.open")
        let events = interpreter.candidates().map { definition.transitions[$0].event }
        #expect(events == [.named("village.verified"), .named("village.denied"), .named("withdraw")])
        let verified = definition.transitions[interpreter.candidates(for: "village.verified")[0]]
        #expect(verified.by == ["village"])
        #expect(verified.distinctFrom == ["case.open"])
        #expect(interpreter.candidates(for: "payment.settled").isEmpty)
    }

    @Test("A snapshot after each event changes nothing")
    mutating func snapshots() throws {
        for event in [
            "case.open", "village.verified", "", "employment.confirmed", "registry.answered", "approval.granted",
        ] {
            let bytes = interpreter.snapshot()
            interpreter = try Interpreter(definition, restoring: bytes)
            #expect(interpreter.snapshot() == bytes)
            if event.isEmpty { _ = try timer("publicity") } else { send(event) }
        }
        #expect(interpreter.activeAtomicPaths == ["open/payment/toOrder"])
        #expect(interpreter.snapshot().count < 16)
    }

    @Test("Timers and tasks carry what the calendar needs")
    func specifications() throws {
        #expect(definition.timers.map(\.id) == ["publicity", "open/payment/returned#0"])
        #expect(definition.timers.map(\.duration) == [.workingDays(5), .days(90)])
        #expect(definition.timers.map(\.firstDayCounted) == [true, false])
        let task = try #require(definition.tasks.first { $0.id == "checkEmployment" })
        #expect(task.role == "hrss.checker" && task.due == .workingDays(5))
        #expect(task.label["zh"] == "核查就业")
        #expect(definition.guards == ["fundsAvailable", "isLongEnough", "isOutOfProvince", "isRegisteredOnDeparture"])
        #expect(definition.events.contains("fund.granted"))
        #expect(!definition.events.contains("done"))
    }
}
