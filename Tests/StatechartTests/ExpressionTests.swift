import Testing

@testable import Statechart

@Suite("Expressions")
struct ExpressionTests {
    /// Logs the value of an expression, or the error it raises.
    private func value(_ expression: String, dialect: String = "") throws -> String {
        let text = String(decoding: JSON.string(expression).canonicalBytes(), as: UTF8.self)
        let machine = try Machine(
            """
            \(dialect)"variables":[{"id":"n","value":"7"},{"id":"s","value":"'text'"},{"id":"free"}],
            "states":[{"id":"a","entry":[{"log":"","value":\(text)}],
              "transitions":[{"event":"error.execution","do":[{"log":"failed"}]}]}]
            """)
        return machine.recorder.trace.joined(separator: " ")
    }

    @Test(
        "Values",
        arguments: [
            ("1 + 2 * 3", "7"), ("(1 + 2) * 3", "9"), ("10 - 2 - 3", "5"), ("-n + 1", "-6"), ("- -3", "3"),
            ("n == 7", "true"), ("n === 7", "true"), ("n !== 7", "false"), ("s == 'text'", "true"),
            ("n == 'text'", "false"), ("n != 7", "false"), ("n != 8", "true"), ("n != 'text'", "true"),
            ("s != 'text'", "false"), ("[1] != [1]", "false"), ("[1] != [2]", "true"), ("n + 1 != 8 || n != 6", "true"),
            ("1 < 2 && 2 <= 2 && 3 > 2 && 3 >= 3", "true"), ("'a' < 'b'", "true"),
            ("'b' <= 'a'", "false"), ("'a' >= 'a'", "true"), ("'a' > 'a'", "false"), ("!true || false", "false"),
            ("true || n", "true"), ("false && n", "false"), ("1 == 1 == true", "true"),
            ("[1, 'b', true]", "[1,b,true]"),
            ("[]", "[]"), ("[1] == [1]", "true"), ("bound(n)", "true"), ("bound(free)", "false"),
            ("!bound(_event.data)", "true"), ("\"it's\"", "it's"), ("'it\\'s'", "it's"),
            ("9223372036854775807", "9223372036854775807"), ("In('a')", "true"), ("someGuard", "true"),
        ])
    func values(expression: String, expected: String) throws { #expect(try value(expression) == expected) }

    @Test(
        "What fails raises error.execution and never traps",
        arguments: [
            "9223372036854775807 + 1", "-9223372036854775807 - 2", "9223372036854775807 * 2",
            "-(-9223372036854775807 - 1)", "n + s", "s + 'x'", "n < s", "true < false", "!n", "-s", "n && true", "free",
            "_event.name", "_event.data.k", "n || true",
        ])
    func failing(expression: String) throws { #expect(try value(expression) == "failed") }

    @Test(
        "The wider grammar is for imported charts",
        arguments: [
            ("'a' + 1", "a1"), ("'x:' + n + s", "x:7text"), ("startsWith('abc', 'ab')", "true"),
            ("startsWith('abc', 'b')", "false"), ("extend([5, 6])", "[5,6,2]"), ("throws()", "failed"),
            ("nobodyKnows", "failed"), ("In('nowhere')", "false"), ("_name", "test"), ("bound(nobody)", "false"),
        ])
    func foreign(expression: String, expected: String) throws {
        #expect(try value(expression, dialect: "\"dialect\":\"scxml\",") == expected)
    }

    @Test(
        "What cannot be read is refused, with the column",
        arguments: [
            ("", 1), ("1 +", 4), ("(1", 3), ("1)", 2), ("1 2", 3), ("a b", 3), ("'open", 1), ("a.b", 2), ("1 = 1", 3),
            ("f(1)", 2), ("throws()", 7), ("[1,]", 4), ("[1 2]", 4), ("In(a)", 4), ("_event", 7), ("_event.type", 8),
            ("99999999999999999999", 1), ("a ? b", 3), ("§", 1), ("&& a", 1), ("a !", 3), ("bound()", 7),
            // In Unicode scalars, as everywhere.
            ("'资金' == $", 9), ("'𠮷e\u{301}' 1", 7),
        ])
    func refused(expression: String, column: Int) {
        let error = #expect(throws: ChartError.self) { try value(expression) }
        #expect(error?.code == .expression)
        #expect(error?.message.contains("at column \(column):") == true, "\(error?.message ?? "")")
        #expect(error?.pointer == "/states/0/entry/0/value")
    }

    @Test(
        "Texts are equal when their bytes are, as their order has it",
        arguments: [
            ("'\u{E9}' == 'e\u{301}'", "false"), ("'\u{E9}' != 'e\u{301}'", "true"), ("'e\u{301}' < '\u{E9}'", "true"),
            ("'e\u{301}' <= '\u{E9}' && 'e\u{301}' >= '\u{E9}'", "false"), ("'\u{E9}' == '\u{E9}'", "true"),
            ("['\u{E9}'] == ['e\u{301}']", "false"), ("['\u{E9}'] == ['\u{E9}']", "true"),
        ])
    func texts(expression: String, expected: String) throws { #expect(try value(expression) == expected) }

    @Test(
        "An author calculates with numbers, not with texts; what is stored is read as ever",
        arguments: [
            ("'a' + 'b'", 1), ("n + 'b'", 5), ("('资' ) + n", 2), ("1 - 'b'", 5), ("2 * 'b'", 5), ("-'b'", 2),
            ("[n, 1 + 'b']", 9), ("n == 1 || s == 'x' + s", 16),
        ])
    func authored(expression: String, column: Int) throws {
        func problems(isAuthored: Bool) throws -> [ChartError] {
            let text = String(decoding: JSON.string(expression).canonicalBytes(), as: UTF8.self)
            let chart = """
                {"chart":"test","format":1,"variables":[{"id":"n","value":"1"},{"id":"s","value":"'x'"}],
                "states":[{"id":"a","entry":[{"log":"","value":\(text)}]}]}
                """
            return Definition.problems(of: try JSON(reading: Array(chart.utf8)), isAuthored: isAuthored)
        }
        let problem = try #require(try problems(isAuthored: true).first)
        #expect(problem.code == .expression && problem.pointer == "/states/0/entry/0/value")
        #expect(problem.message.hasPrefix("at column \(column): + - * take no text; write"))
        #expect(try problems(isAuthored: false).isEmpty)
        let imported = "\"dialect\":\"scxml\","
        #expect(throws: Never.self) { try value(expression, dialect: imported) }
    }

    @Test("A state that In() names must exist")
    func unknownState() {
        #expect(throws: ChartError(.unknownName, "")) { try value("In('nowhere')") }
    }

    @Test(
        "Nesting and length are bounded",
        arguments: [
            String(repeating: "(", count: 10_000), String(repeating: "(", count: 2_000),
            String(repeating: "!", count: 2_000) + "a",
            String(repeating: "[", count: 2_000), "1" + String(repeating: "+1", count: 1_500),
            String(repeating: "1*(", count: 1_000),
        ])
    func bounded(expression: String) {
        #expect(throws: ChartError(.limit, "")) { try value(expression) }
    }

    @Test("A value cannot grow without end")
    func growth() throws {
        var machine = try Machine(
            """
            "dialect":"scxml","variables":[{"id":"s","value":"'ab'"},{"id":"l","value":"[1]"}],
            "states":[{"id":"a","transitions":[{"event":"x","do":[{"block":[{"assign":"s","value":"s + s"}]},
              {"block":[{"assign":"l","value":"[l, l]"}]}]}]}]
            """)
        for _ in 0..<24 { machine.send("x") }
        guard case .string(let text) = machine.interpreter.value(of: "s") else {
            Issue.record("s is no text")
            return
        }
        #expect(text.utf8.count <= ChartLimits.valueWeight)
        #expect(machine.interpreter.snapshot().count < 2 * ChartLimits.valueWeight + 64)
    }
}
