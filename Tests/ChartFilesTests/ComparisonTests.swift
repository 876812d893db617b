@testable import ChartAnalysis
import ChartFiles
import Statechart
import Testing

@Suite("Two versions of a chart")
struct ComparisonTests {
    /// Every kind of part once.
    static let base = """
        chart: example
        label: { zh: 例, en: Example }
        variables: { rounds: 0 }
        timers: { limit: 30d }
        initial: draft
        states:
          draft:
            label: { zh: 草稿, en: Draft }
            entry: [{ start: limit }]
            transitions:
              - { event: submit, by: [applicant], if: isComplete, do: [issueReceipt], to: open }
              - { timer: limit, to: discarded }
          open:
            label: { zh: 办理中, en: In process }
            transitions:
              - { event: withdraw, by: [applicant], to: withdrawn }
              - { event: hold, by: [checker], to: paused }
            states:
              check:
                label: { zh: 核查, en: Check }
                tasks: [{ id: check, role: checker, due: 5wd }]
                transitions:
                  - { event: confirmed, by: [checker], distinctFrom: [submit], to: publicity }
                  - { event: denied, by: [checker], to: /rejected }
              publicity:
                label: { zh: 公示, en: Publicity }
                transitions:
                  - { after: 5wd, to: /granted }
                  - { event: objection, by: [checker], to: check }
              back: { history: shallow, to: check }
          paused:
            settled: true
            label: { zh: 中止, en: Paused }
            transitions: [{ event: go, by: [checker], to: open/back }]
          granted: { final: true }
          rejected: { final: true }
          withdrawn: { final: true }
          discarded: { final: true }
        """

    struct Edit: Sendable, CustomTestStringConvertible {
        var name: String
        var base = ComparisonTests.base
        var replacements: [(String, String)]
        /// Kind and danger of each change.
        var expected: [String]
        /// A sentence that must be among them.
        var sentence = ""
        var testDescription: String { name }
    }

    static let edits: [Edit] = [
        Edit(name: "nothing", replacements: [], expected: []),
        Edit(
            name: "a label", replacements: [("zh: 公示", "zh: 公告")], expected: ["labelChanged"],
            sentence: "“Publicity” (open/publicity) is labelled “Publicity” (open/publicity)"),
        Edit(
            name: "a state renamed with its label kept",
            replacements: [("publicity", "notice")], expected: ["stateRenamed C802"],
            sentence: "“Publicity” (open/publicity) is now called “Publicity” (open/notice)"),
        Edit(
            name: "a state renamed, label and all, known by its transitions",
            replacements: [("publicity", "notice"), ("公示", "公告"), ("Publicity", "Notice")],
            expected: ["stateRenamed C802"]),
        Edit(
            name: "a state with states inside renamed: told once",
            replacements: [("  open:", "  process:"), ("open", "process")], expected: ["stateRenamed C802"],
            sentence: "“In process” (open) is now called “In process” (process)"),
        Edit(
            name: "a state moved outwards",
            replacements: [
                (moved, ""),
                (
                    "  granted:",
                    "  publicity:\n"
                        + moved.split(separator: "\n").dropFirst().map { $0.dropFirst(4) }
                        .joined(separator: "\n").replacing("to: check", with: "to: open/check") + "\n  granted:"
                ),
            ], expected: ["stateMoved C803"], sentence: "“Publicity” (open/publicity) is now at publicity"),
        Edit(
            name: "a state gone and what led to it led elsewhere",
            replacements: [(moved, ""), ("to: publicity", "to: /granted")],
            expected: ["stateRemoved C801", "transitionRerouted"],
            sentence: "“Check” (open/check) confirmed: led to “Publicity” (open/publicity), leads to granted"),
        Edit(
            name: "an ended state gone harms nobody",
            replacements: [("  discarded: { final: true }", ""), ("to: discarded", "to: withdrawn")],
            expected: ["stateRemoved", "transitionRerouted"]),
        Edit(
            name: "a state new", replacements: [("  granted:", "  appealed: { settled: true }\n  granted:")],
            expected: ["stateAdded"], sentence: "appealed is new"),
        Edit(
            name: "settled no longer", replacements: [("    settled: true\n", "")], expected: ["settledChanged C804"]),
        Edit(
            name: "states put inside",
            replacements: [("        tasks:", "        states: { one: }\n        tasks:")],
            expected: ["stateKindChanged C804", "stateAdded"]),
        Edit(name: "a history gone deep", replacements: [("shallow", "deep")], expected: ["historyChanged C807"]),
        Edit(name: "a history's name", replacements: [("back", "again")], expected: ["stateRenamed C807"]),
        Edit(
            name: "a deadline", replacements: [("after: 5wd", "after: 7wd, firstDay: counted")],
            expected: ["deadlineChanged C805"],
            sentence: "“Publicity” (open/publicity) after 7wd → granted: time was 5wd, is 7wd (first day counted)"),
        Edit(
            name: "a deadline gone", replacements: [("      - { after: 5wd, to: /granted }\n", "")],
            expected: ["transitionRemoved C805"]),
        Edit(
            name: "a deadline more where a case may wait",
            replacements: [("by: [checker], to: /rejected }", "by: [checker], to: /rejected }\n" + overdue)],
            expected: ["transitionAdded C805"],
            sentence: "new transition: “Check” (open/check) after 9wd → rejected, "
                + "a time that does not run for cases already there"),
        Edit(
            name: "a deadline more in a new state",
            replacements: [
                ("  granted:", "  appealed: { transitions: [{ after: 9wd, to: granted }] }\n  granted:")
            ], expected: ["stateAdded"]),
        Edit(
            name: "an event that became a deadline", replacements: [("event: objection, by: [checker]", "after: 9wd")],
            expected: ["transitionRemoved", "transitionAdded C805"]),
        Edit(
            name: "a region more", base: parallel,
            replacements: [("      b: {", "      c: { settled: true }\n      b: {")],
            expected: ["stateAdded C808"],
            sentence: "“Joint check” (joint) has the new region joint/c, in which running cases have no state"),
        Edit(
            name: "a region gone", base: parallel,
            replacements: [("      b: { label: { zh: 乙, en: Second }, settled: true }\n", "")],
            expected: ["stateRemoved C801"]),
        Edit(
            name: "a region renamed", base: parallel, replacements: [("      b: {", "      c: {")],
            expected: ["stateRenamed C802"]),
        Edit(
            name: "a history among regions", base: parallel,
            replacements: [("      b: {", "      h: { history: deep, to: [a, b] }\n      b: {")],
            expected: ["stateAdded"]),
        Edit(
            name: "a state more inside a region", base: parallel,
            replacements: [("inner: { settled: true }", "inner: { settled: true }, next: { settled: true }")],
            expected: ["stateAdded"]),
        Edit(
            name: "a region more where no case can be", base: unreached,
            replacements: [("      b: {", "      c: { settled: true }\n      b: {")], expected: ["stateAdded"]),
        Edit(name: "a named timer", replacements: [("30d", "60d")], expected: ["timerChanged C805"]),
        Edit(
            name: "a named timer gone and one new", replacements: [("limit", "bound")],
            expected: [
                "contentChanged", "transitionRemoved", "transitionAdded", "timerRemoved C805", "timerAdded",
            ]),
        Edit(name: "a variable's start", replacements: [("rounds: 0", "rounds: 1")], expected: ["variableChanged"]),
        Edit(
            name: "a variable renamed", replacements: [("rounds", "turns")],
            expected: ["variableRemoved C806", "variableAdded"]),
        Edit(
            name: "a task's role and due time", replacements: [("role: checker, due: 5wd", "role: clerk, due: 3wd")],
            expected: ["taskChanged"],
            sentence: "“Check” (open/check), task check: checker (5wd) before, clerk (3wd) now"),
        Edit(
            name: "another task", replacements: [("id: check, role", "id: look, role")],
            expected: ["taskRemoved", "taskAdded"]),
        Edit(
            name: "a condition", replacements: [("isComplete", "isComplete && isPaid")], expected: ["guardChanged"],
            sentence: "“Draft” (draft) submit → open: condition was “isComplete”, is “isComplete && isPaid”"),
        Edit(
            name: "roles",
            replacements: [("event: withdraw, by: [applicant]", "event: withdraw, by: [applicant, agent]")],
            expected: ["rolesChanged"]),
        Edit(name: "other hands", replacements: [("distinctFrom: [submit], ", "")], expected: ["handsChanged"]),
        Edit(
            name: "actions", replacements: [("[issueReceipt]", "[issueReceipt, notify]")], expected: ["actionsChanged"],
            sentence: "“Draft” (draft) submit → open: did issueReceipt, does issueReceipt, notify"),
        Edit(
            name: "an event renamed", replacements: [("event: denied", "event: refused")], expected: ["eventChanged"],
            sentence: "“Check” (open/check) refused → rejected: the event was denied"),
        Edit(
            name: "a transition more",
            replacements: [
                (
                    "      - { event: denied",
                    "      - { event: returned, by: [checker], to: /draft }\n          - { event: denied"
                )
            ],
            expected: ["transitionAdded"], sentence: "new transition: “Check” (open/check) returned → draft"),
        Edit(
            name: "an order",
            replacements: [
                ("          - { after: 5wd, to: /granted }\n", ""),
                ("by: [checker], to: check }", "by: [checker], to: check }\n          - { after: 5wd, to: /granted }"),
            ], expected: ["orderChanged"]),
        Edit(
            name: "where it begins", replacements: [("initial: draft", "initial: open")], expected: ["initialChanged"]),
    ]

    static let overdue = "          - { after: 9wd, to: /rejected }"

    /// A parallel state that cases rest in.
    static let parallel = """
        chart: example
        label: { zh: 例, en: Example }
        states:
          joint:
            label: { zh: 联审, en: Joint check }
            regions:
              a: { label: { zh: 甲, en: First }, states: { inner: { settled: true } } }
              b: { label: { zh: 乙, en: Second }, settled: true }
            transitions: [{ event: over, by: [r], to: z }]
          z: { final: true }
        """
    static let unreached = parallel.replacing("states:\n  joint", with: "initial: z\nstates:\n  joint")

    static let moved = """
              publicity:
                label: { zh: 公示, en: Publicity }
                transitions:
                  - { after: 5wd, to: /granted }
                  - { event: objection, by: [checker], to: check }

        """

    @Test("One edit, and what is said of it", arguments: edits)
    func edit(edit: Edit) throws {
        var text = edit.base
        for (from, to) in edit.replacements {
            #expect(text.contains(from), "\(from)")
            text = text.replacing(from, with: to)
        }
        let old = try ChartFile.definition(yaml: edit.base, file: "old.yaml")
        let new = try ChartFile.definition(yaml: text, file: "new.yaml")
        let comparison = ChartComparison(from: old, to: new)
        let found = comparison.changes.map {
            [$0.kind.rawValue, $0.danger?.name].compactMap(\.self).joined(separator: " ")
        }
        #expect(found == edit.expected, "\(comparison.changes.map(\.sentence.en))")
        #expect(comparison.isHarmless == !edit.expected.contains { $0.contains(" ") })
        if !edit.sentence.isEmpty { #expect(comparison.changes.contains { $0.sentence.en == edit.sentence }) }
        #expect(comparison.changes.allSatisfy { $0.sentence.zh != $0.sentence.en })
        // What endangers running cases is what the check says of a new version.
        let review = ChartReview(of: text, file: "new.yaml", against: old)
        let codes = review.remarks.map(\.finding.code.name).filter { $0.hasPrefix("C8") }
        #expect(codes.sorted() == comparison.changes.compactMap { $0.danger?.name }.sorted())
    }

    @Test("Told backwards, what was added is gone")
    func backwards() throws {
        let old = try ChartFile.definition(yaml: Self.base, file: "old.yaml")
        let new = try ChartFile.definition(
            yaml: Self.base.replacing("  granted:", with: "  appealed: { settled: true }\n  granted:"), file: "new.yaml"
        )
        // Nothing led there, so no case is in it.
        #expect(ChartComparison(from: new, to: old).changes.map(\.kind) == [.stateRemoved])
        #expect(ChartComparison(from: new, to: old).isHarmless)
    }
}
