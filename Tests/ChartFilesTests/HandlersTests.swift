@testable import ChartAnalysis
import Foundation
import Statechart
import Testing

@testable import ChartFiles

@Suite("The handlers' protocol")
struct HandlersTests {
    @Test(
        "Names become good Swift",
        arguments: [
            ("isOutOfProvince", "guard", "isOutOfProvince"), ("is_out_of_province", "guard", "isOutOfProvince"),
            ("guard_is_out_of_province", "guard", "isOutOfProvince"), ("GUARD_IS_OPEN", "guard", "isOpen"),
            ("action_guard_money", "action", "guardMoney"), ("guard_money", "action", "guardMoney"),
            ("guard_default", "guard", "`default`"), ("guard", "guard", "`guard`"), ("guard_", "guard", "`guard`"),
            ("IsOpen", "guard", "isOpen"), ("URLValid", "guard", "urlValid"), ("PAY", "action", "pay"),
            ("is_2nd_try", "guard", "is2ndTry"), ("_open", "guard", "open"),
            ("account.corrected", "event", "accountCorrected"), ("bank-return.late", "event", "bankReturnLate"),
            ("case.open", "event", "caseOpen"), ("event.lost", "event", "eventLost"),
            ("continue", "event", "`continue`"),
            ("self", "event", "`self`"), ("all.cases", "event", "allCases_"), ("2.tries", "event", "_2Tries"),
            ("资金.到位", "event", "资金到位"),
        ])
    func names(name: String, kind: String, expected: String) throws {
        let kind = try #require(SwiftName.Kind(rawValue: kind))
        #expect(try SwiftName.all([name], kind) == [expected])
    }

    @Test(
        "Names that would be one in Swift are told, both of them",
        arguments: [
            ("if: isOpen && is_open", "the guards isOpen and is_open are both isOpen in Swift; rename one of them"),
            ("if: guard_pay && pay", "the guards guard_pay and pay are both pay in Swift; rename one of them"),
            ("do: [pay_out, action_payOut]", "the actions action_payOut and pay_out are both payOut in Swift; rename"),
            ("event: [a.b, a-b]", "the events a-b and a.b are both aB in Swift; rename one of them"),
            ("event: [a, '!?']", "the event !? has no letter or digit to make a Swift name of; rename it"),
        ])
    func collisions(transition: String, expected: String) throws {
        let definition = try ChartFile.definition(
            yaml: "chart: c\nstates: { a: { transitions: [{ \(transition) }] } }", file: "c.yaml")
        let error = #expect(throws: SwiftNameError.self) {
            try HandlersGenerator.swift(for: definition, typeName: "T", origin: "c.yaml")
        }
        #expect(error?.description.hasPrefix(expected) == true, "\(error?.description ?? "")")
        #expect(error?.sentence.zh != error?.sentence.en)
    }

    /// A chart with a name of each awkward kind.
    private static let awkward = """
        chart: awkward
        states:
          a:
            transitions:
              - { event: [case.open, self, init, all.cases, 2.x, type, none, 'say"\\', error.*, "*"],
                  if: guard_is_open && default && self && pay && init, do: [action_pay, guard, self, switch], to: b }
          b: { final: true }
        """

    private func generated(_ yaml: String) throws -> String {
        let definition = try ChartFile.definition(yaml: yaml, file: "c.yaml")
        return try HandlersGenerator.swift(for: definition, typeName: "Awkward", origin: "c.yaml")
    }

    @Test("Events are cases with the chart's names as raw values; a prefix is no event")
    func events() throws {
        let text = try generated(Self.awkward)
        #expect(text.contains("enum AwkwardEvent: String, CaseIterable {\n"))
        #expect(text.contains("    case caseOpen = \"case.open\"\n"))
        #expect(text.contains("    case `init` = \"init\"\n"))
        #expect(!text.contains("= \"error.*\"") && !text.contains("= \"*\""))
        #expect(try generated("chart: c\nstates: { a: }").contains("AwkwardEvent") == false)
    }

    /// As much of the kit as the generated file speaks of.
    private static let kit = """
        protocol CaseType {
            associatedtype Record
            static var chart: String { get }
            static var guardNames: [String] { get }
            static var actionNames: [String] { get }
            func answer(guard index: Int, _ decision: Decision<Record>) throws -> Verdict
            func perform(action index: Int, _ decision: inout Decision<Record>) throws
        }
        struct Decision<Record> {}
        enum Verdict { case yes }
        struct UnknownHandler: Error { var index: Int }
        """

    /// What an author writes.
    private static let handlers = """
        struct Awkward: AwkwardHandlers {
            typealias Record = Int
            func isOpen(_ decision: Decision<Int>) throws -> Verdict { .yes }
            func `default`(_ decision: Decision<Int>) throws -> Verdict { .yes }
            func `self`(_ decision: Decision<Int>) throws -> Verdict { .yes }
            func pay(_ decision: Decision<Int>) throws -> Verdict { .yes }
            func `init`(_ decision: Decision<Int>) throws -> Verdict { .yes }
            func pay(_ decision: inout Decision<Int>) throws {}
            func `guard`(_ decision: inout Decision<Int>) throws {}
            func `self`(_ decision: inout Decision<Int>) throws {}
            func `switch`(_ decision: inout Decision<Int>) throws {}
        }
        let all: [AwkwardEvent] = AwkwardEvent.allCases + [.caseOpen, .self, .`init`, .allCases_, ._2X, .type]
        """

    private static let compiler = ForeignTool("swiftc")

    private static func check(_ handlers: String, _ protocolText: String) throws -> (status: Int32, output: String) {
        let folder = try TemporaryFolder()
        let text = protocolText.replacing("import CaseworkPluginKit\n", with: "")
        let files = [
            try folder.write(kit, "Kit.swift"), try folder.write(text, "Handlers.swift"),
            try folder.write(handlers, "main.swift"),
        ]
        return try #require(compiler).run(["-typecheck", "-swift-version", "6", "-warnings-as-errors"] + files)
    }

    @Test(
        "A guard or an action nobody wrote does not compile; written, it does",
        .enabled(if: compiler != nil, "swiftc is not on the search path"))
    func compiles() throws {
        let text = try generated(Self.awkward)
        let whole = try Self.check(Self.handlers, text)
        #expect(whole.status == 0, "\(whole.output)")
        for missing in ["func isOpen(_ decision: Decision<Int>)", "func `switch`(_ decision: inout Decision<Int>)"] {
            let kept = Self.handlers.split(separator: "\n").filter { !$0.contains(missing) }
            #expect(kept.count == Self.handlers.split(separator: "\n").count - 1)
            let broken = try Self.check(kept.joined(separator: "\n"), text)
            #expect(broken.status != 0)
            let name = missing.split { " (`".contains($0) }[1]
            #expect(broken.output.contains("does not conform to protocol 'AwkwardHandlers'"))
            #expect(broken.output.contains("'\(name)'") || broken.output.contains("'`\(name)`'"), "\(broken.output)")
        }
    }

    @Test("The check takes handlers by their Swift names")
    func check() throws {
        let source = """
            func isOpen(_ decision: Decision<R>) throws -> Verdict {
            func payOut(_ decision: inout Decision<R>) throws {
            """
        let names = try ImplementedNames(reading: source, file: "T.swift")
        let chart = "chart: c\nstates: { a: { transitions: [{ event: e, if: guard_is_open, do: [NAME] }] } }"
        func unmet(_ action: String) -> [String] {
            ChartReview(of: chart.replacing("NAME", with: action), file: "c.yaml", names: names).remarks
                .filter { ["C601", "C602"].contains($0.finding.code.name) }.map(\.finding.sentence.en)
        }
        #expect(unmet("pay_out") == [])
        #expect(
            unmet("pay_in") == [
                "the action payOut is written, but the chart never calls it", "nobody wrote the action pay_in",
            ])
    }
}
