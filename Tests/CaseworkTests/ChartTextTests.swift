@testable import ChartAnalysis
import ArgumentParser
import ChartFiles
import Statechart
import Testing

@testable import casework

@Suite("What chart commands print")
struct ChartTextTests {
    @Test(
        "Lines are cut at blanks and between Chinese characters, never before a sign that clings",
        arguments: [
            ("short", 10, ["short"]),
            ("one two three", 8, ["one two", "three"]),
            ("one two three", 7, ["one two", "three"]),
            ("unbreakable", 4, ["unbreakable"]),
            ("案件在这里等待", 6, ["案件在", "这里等", "待"]),
            ("案件在，这里", 6, ["案件", "在，这", "里"]),
            ("在“甲”等 go", 8, ["在“甲”等", "go"]),
            ("", 4, [""]),
        ])
    func wrap(text: String, columns: Int, expected: [String]) {
        let lines = TextWidth.wrap(text, columns: columns)
        #expect(lines == expected)
        // Nothing is lost but the blanks at which it was cut.
        #expect(lines.joined().filter { $0 != " " } == text.filter { $0 != " " })
        #expect(TextWidth.wrap(text, columns: nil) == [text])
    }

    @Test("The help of chart check lists the catalogue, each code with its severity and both titles")
    func catalogue() {
        let discussion = ChartCheck.configuration.discussion
        let listed = discussion.split(separator: "\n").filter { $0.hasPrefix("  C") }.map(String.init)
        let expected = ChartFinding.Code.all.map { code in
            "  \(code.name) \(code.severity == .error ? "E" : "W") \(code.title.en) \(code.title.zh)"
        }
        #expect(listed == expected)
        #expect(expected.count > 35)
    }

    @Test(
        "Sums in words",
        arguments: [
            ("states: { a: { final: true } }", "c.yaml: 0 errors, 2 warnings", "c.yaml：0 处错误，2 处警告"),
            ("states: { a: }", "c.yaml: 1 error, 2 warnings", "c.yaml：1 处错误，2 处警告"),
            ("states: [", "c.yaml: 1 error, 0 warnings", "c.yaml：1 处错误，0 处警告"),
        ])
    func summary(body: String, english: String, chinese: String) {
        let review = ChartReview(of: "chart: c\n\(body)\n", file: "c.yaml")
        #expect(ChartCheckText.summary(review) == Phrase(chinese, english))
    }
}
