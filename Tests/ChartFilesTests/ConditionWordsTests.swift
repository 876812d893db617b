@testable import ChartAnalysis
import Statechart
import Testing

@testable import ChartFiles

@Suite("Labels of roles and guards in what is drawn")
struct ConditionWordsTests {
    private static let labels = [
        "isOpen": ["zh": "已开", "en": "open"], "isLate": ["zh": "逾期", "en": "late"], "In": ["zh": "错", "en": "wrong"],
        "data": ["zh": "错", "en": "wrong"], "half": ["en": "half"],
    ]

    @Test(
        "Guards by their labels, and what joins them in words where nothing else stands there",
        arguments: [
            ("isOpen", "已开", "open"), ("!isOpen", "非 已开", "not open"), ("isOpen&&isLate", "已开 且 逾期", "open and late"),
            ("isOpen && !(isLate || isOpen)", "已开 且 非 (逾期 或 已开)", "open and not (late or open)"),
            ("isOpen && other", "已开 && other", "open && other"), ("n != 1 && isLate", "n != 1 && 逾期", "n != 1 && late"),
            ("In('isOpen') && isOpen", "In('isOpen') && 已开", "In('isOpen') && open"),
            ("_event.data.isOpen == 'it\\'s isOpen'", "_event.data.isOpen == 'it\\'s isOpen'", ""),
            ("isOpenToo || half", "isOpenToo || half", ""),
        ])
    func words(condition: String, zh: String, en: String) {
        #expect(ConditionWords(.zh).text(condition, Self.labels) == zh)
        #expect(ConditionWords(.en).text(condition, Self.labels) == (en.isEmpty ? zh : en))
        #expect(ConditionWords(.zh).text(condition, [:]) == condition)
    }

    @Test("Every form of picture says them in its language; without labels the names stand there")
    func pictures() throws {
        let yaml = """
            chart: c
            states:
              a:
                tasks: [{ id: t, role: hrss.checker }]
                transitions: [{ event: e, by: [hrss.checker, other], if: isOpen && isLate, to: b }]
              b: { final: true }
            """
        let labels = """
            roles: { hrss.checker: { label: { zh: 人社核查员, en: HRSS checker } } }
            guards: { isOpen: { label: { zh: 已开, en: open } }, isLate: { label: { zh: 逾期, en: late } } }

            """
        let plain = try ChartFile.definition(yaml: yaml, file: "c.yaml")
        let labelled = try ChartFile.definition(yaml: labels + yaml, file: "c.yaml")
        #expect(plain.identity == labelled.identity)
        #expect(try ChartFile.definition(scxml: ChartFile.scxml(of: labelled), file: "c.scxml").canonicalJSON
            == labelled.canonicalJSON)
        for language in ChartLanguage.allCases {
            let words = language == .zh ? ["人社核查员、other", "已开 且 逾期"] : ["HRSS checker, other", "open and late"]
            for draw in Self.drawings {
                let text = try draw(labelled, language)
                #expect(words.allSatisfy(text.contains) && !text.contains("hrss.checker"), "\(text)")
                let bare = try draw(plain, language)
                #expect(bare.contains("hrss.checker") && bare.contains("isOpen"), "\(bare)")
            }
        }
        let changes = ChartComparison(from: plain, to: labelled).changes
        #expect(changes.map(\.sentence.en).contains("the role hrss.checker has another label"))
        #expect(changes.count == 3)
    }

    private static let drawings: [@Sendable (Definition, ChartLanguage) throws -> String] = [
        { try svgText($0, language: $1) }, { mermaidText($0, language: $1) }, { dotText($0, language: $1) },
    ]
}
