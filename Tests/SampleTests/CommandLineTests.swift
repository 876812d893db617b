import Foundation
import Testing

/// What `casework` prints and how it ends, asked of the server after the walk.
extension RunTests {
    /// One question on the command line, as one officer.
    struct Question {
        var arguments: [String]
        var officer = "jilin-hrss/li-na"
        var code: Int32 = 0
        var texts: [String]

        init(_ line: String, as officer: String = "jilin-hrss/li-na", code: Int32 = 0, _ texts: String...) {
            arguments = line.split(separator: " ").map(String.init)
            self.officer = officer
            self.code = code
            self.texts = texts
        }
    }

    private func environment(_ place: Place, _ officer: String) -> [String: String] {
        [
            "CASEWORK_SERVER": place.server,
            "CASEWORK_IDENTITY": place.state.appendingPathComponent("pki/\(officer)").path,
        ]
    }

    private func casework(
        _ place: Place, _ arguments: [String], as officer: String, _ more: [String: String] = [:]
    ) throws -> Shell.Result {
        let program = Shell.programs.appendingPathComponent("casework").path
        return try Shell.run(
            [program] + arguments, environment: environment(place, officer).merging(more) { _, new in new })
    }

    /// First as a person, then, where there is an answer, as a program.
    func ask(_ question: Question, _ place: Place) throws {
        let result = try casework(place, question.arguments, as: question.officer)
        let name = "\(question.officer): \(question.arguments.joined(separator: " "))"
        #expect(result.code == question.code, "\(name)\n\(result.text)")
        for text in question.texts { #expect(result.text.contains(text), "\(name) lacks \(text)\n\(result.text)") }
        #expect(!Self.holdsResidentNumber(result.text), "\(name)")
        let isView = Self.views.contains(question.arguments.prefix(2).joined(separator: " ")) && question.code == 0
        if isView {
            let head = try #require(result.lines.first)
            #expect(head == "A development store: for trials only." || head == "开发库：仅供试用。", "\(name): \(head)")
        }
        // A picture is no answer that could be told as JSON.
        let isPicture = question.arguments.contains("--to") || question.arguments.contains("diagram")
        guard question.code == 0, !isPicture else { return }
        let json = try casework(place, question.arguments + ["--json"], as: question.officer)
        #expect(json.code == 0, "\(name) --json\n\(json.text)")
        #expect(Self.isJSON(json.text), "\(name) --json\n\(json.text)")
        #expect(!isView || json.lines.contains("  \"development\": true"), "\(name) --json\n\(json.text)")
        #expect(!Self.holdsResidentNumber(json.text), "\(name) --json")
    }

    /// What is shown of a development store begins by saying so.
    private static let views: Set = [
        "case show", "case list", "case history", "case explain", "fund list", "plugin list",
    ]

    /// By another parser than the one the command line prints with.
    private static func isJSON(_ text: String) -> Bool {
        do {
            _ = try JSONSerialization.jsonObject(with: Data(text.utf8))
            return true
        } catch {
            return false
        }
    }

    /// Numbers of the first cases that fit.
    private func numbers(_ place: Place, _ filter: String...) throws -> [String] {
        let result = try casework(place, ["case", "list", "--json"] + filter, as: "jilin-hrss/li-na")
        let answer = try JSONSerialization.jsonObject(with: Data(result.text.utf8)) as? [String: Any]
        return (answer?["cases"] as? [[String: Any]] ?? []).compactMap { $0["number"] as? String }
    }

    func commandLineAnswers(_ place: Place) throws {
        let waiting = try #require(try numbers(place, "--state", "open/awaitFunds").first)
        for question in readings(waiting) + refusals(waiting) { try ask(question, place) }
        try coloursFollowTheTerminal(place)
        let still = try numbers(place, "--state", "open/awaitFunds")
        #expect(still.count == 13 && still.first == waiting, "a refusal changes nothing")
    }

    private func readings(_ waiting: String) -> [Question] {
        let paid = "TS-220122-2026-000001"
        return [
            Question("case list --county 220523 --state open/awaitFunds", waiting, "CNY 600.00", "waits"),
            Question("case list --county 2299", "No case fits."),
            Question(
                "case show \(waiting)", "Waits for money of the fund rural-revitalization", "● In process (open)",
                "● Waiting for funds (awaitFunds)", "○ Approval (approval)", "◎ Paid", "What can happen next",
                "✓ withdraw · Withdraw the application → Withdrawn  (agent)",
                "✗ fund.granted · Funds granted → In process / Approval  (the system)",
                "Waits in order of acceptance for 60000 fen of \"rural-revitalization\""),
            Question(
                "case show \(waiting)", as: "jilin-hrss/wang-fang", "✗ withdraw · Withdraw the application → Withdrawn",
                "\"withdraw\" needs the role agent.", "✗ fund.granted"),
            Question("case show \(waiting) --lang zh", "● 待资金 (awaitFunds)", "下一步", "✓ withdraw · 撤回申请", "正在按受理先后等候资金"),
            Question("case explain \(waiting)", "✓ withdraw"),
            Question("case explain \(waiting) --officer wang-fang", "\"withdraw\" needs the role agent."),
            Question("case explain \(paid)", "Nothing: the case has ended."),
            Question(
                "case history \(paid) --reasons", as: "operator/admin", "case.open", "li-na@jilin-hrss",
                "liu-yang@county-finance", "isOutOfProvince: ", "→ Paid", "¥ "),
            Question(
                "case history \(paid) --limit 2", "Earlier events are left out; raise --limit to see them.", "→ Paid"),
            Question("fund list --county 220523", as: "county-finance/chen-jie", "12,900.00", "300.00", "13"),
            Question("plugin list", as: "operator/admin", "transport-subsidy", "child"),
            Question("clock show", as: "operator/admin", "2026-10-14 09:", "virtual clock"),
            Question("clock advance 1s", as: "operator/admin", "2026-10-14 09:", "virtual clock"),
            Question("health", as: "operator/admin", "● serving", " 0 incidents", "A development store"),
            Question("chart play Plugins/TransportSubsidy/chart.yaml", "intake"),
            Question(
                "case diagram \(waiting) --theme dark", "<svg", "active: Waiting for funds", "class=\"box on\"",
                "class=\"con c0 on\""),
            Question("case diagram \(paid) --lang zh", "<svg", "当前：已发放"),
            Question(
                "chart export Plugins/TransportSubsidy/chart.yaml --to svg --active open/approval", "<svg",
                "active: Approval"),
            Question("chart export Plugins/TransportSubsidy/chart.yaml --to mermaid", "stateDiagram-v2"),
            Question("chart export Plugins/TransportSubsidy/chart.yaml --to dot", "digraph chart {"),
            Question("chart export Plugins/TransportSubsidy/chart.yaml", "{\"chart\":\"transport-subsidy\""),
        ]
    }

    private func refusals(_ waiting: String) -> [Question] {
        [
            Question("case send \(waiting) withdraw", as: "jilin-hrss/wang-fang", code: 1, "[PERMISSION_DENIED]"),
            Question(
                "case send \(waiting) approval.granted", as: "jilin-hrss/wang-fang", code: 1, "[EVENT_NOT_ALLOWED]"),
            Question("case send \(waiting) withdraw --expect 1", code: 1, "[STALE_VERSION]"),
            Question("case show TS-220523-2026-999999", code: 1, "casework: "),
            Question("clock advance 5wd", code: 1, "[METHOD_NOT_GRANTED]"),
            Question("case list --fly", code: 2, "--fly"),
            Question(
                "chart export Plugins/TransportSubsidy/chart.yaml --to svg --active nowhere", code: 2, "nowhere"),
            Question("case list --limit 0", code: 2, "--limit must be at least 1"),
            Question("case history \(waiting) --limit 0", code: 2, "--limit must be at least 1"),
            Question("case history \(waiting) --limit=-3000000000", code: 2, "--limit must be at least 1"),
            Question("case show", code: 2, "name"),
            Question("case show \(waiting) --lang fr", code: 2, "fr"),
            Question("case send \(waiting) withdraw --key 12", code: 2, "32 hexadecimal digits"),
            Question("case send \(waiting) withdraw --key +1a231ec4d4772738d90e938fc4fe03f", code: 2, "32 hexadecimal"),
            Question("health --server nowhere", code: 2, "is not an address"),
            Question("health --server localhost:1", code: 3, "casework: "),
            Question("case list --json --server localhost:1", code: 3, "casework: "),
        ]
    }

    /// README has brought the money: the cases that waited are to be approved. The agent has that role too, but she has
    /// filed them herself.
    func commandLineAnswersAfterMoneyCame(_ place: Place) throws {
        #expect(try numbers(place, "--state", "open/awaitFunds").isEmpty)
        let ready = try numbers(place, "--county", "220523", "--role", "hrss.approver")
        #expect(ready.count == 13)
        let number = try #require(ready.first)
        let questions = [
            Question(
                "case show \(number)", as: "jilin-hrss/wang-fang", "✓ approval.granted", "(hrss.approver)", "approve"),
            Question(
                "case show \(number)", "✗ approval.granted", "(hrss.approver)", "✗ approval.denied",
                "who sent \"case.open\" must not send \"approval.granted\" too.",
                "✓ withdraw"),
            Question(
                "case show \(number) --lang zh", "✗ approval.granted",
                "四眼原则：办过“case.open”的人不得再办理“approval.granted”。请由其他人员办理。"),
            Question(
                "case explain \(number) --officer wang-fang", "✓ approval.granted",
                "\"withdraw\" needs the role agent."),
            Question("case send \(number) approval.granted", code: 1, "[FOUR_EYES]"),
            Question(
                "case send \(number) approval.granted", as: "rural-revitalization/zhao-lei", code: 1,
                "[PERMISSION_DENIED]"),
        ]
        for question in questions { try ask(question, place) }
        for (number, flags) in zip(ready, [[], ["--json"]]) {
            let done = try casework(
                place, ["case", "send", number, "approval.granted"] + flags, as: "jilin-hrss/wang-fang")
            #expect(done.code == 0, "\(done.text)")
            #expect(done.text.contains(number) && done.text.contains("open/payment/toOrder"), "\(done.text)")
            #expect(flags.isEmpty || Self.isJSON(done.text), "\(done.text)")
        }
        #expect(try numbers(place, "--county", "220523", "--role", "hrss.approver") == Array(ready.dropFirst(2)))
        // Approved, it can no longer be withdrawn, though the role is there: a condition of the chart.
        try ask(
            Question(
                "case show \(number)", "✗ withdraw · Withdraw the application → Withdrawn",
                "This does not hold: !In('open/payment')", "✗ payment.ordered",
                "\"payment.ordered\" needs the role finance.payer."), place)
    }

    /// Confirmed or not, a stay of a month ends in a refusal: whoever looks is told by which guard.
    func aGuardsReasonIsShown(_ place: Place) throws {
        let application = """
            {"person": {"name": "测试人", "residentNumber": "990000199006159232", "phone": "19900000000",
              "cardNumber": "6217000000000000004"},
             "journey": {"destination": "370212", "employer": "某厂", "departedOn": "2026-08-01",
              "employedUntil": "2026-09-01"}, "consentSigned": true}
            """
        let file = place.state.appendingPathComponent("application.json")
        try application.write(to: file, atomically: true, encoding: .utf8)
        let open = ["case", "open", "transport-subsidy", "--county", "220122", "--payload", "@\(file.path)"]
        #expect(try casework(place, open, as: "jilin-hrss/li-na").code == 0)
        let number = try #require(try numbers(place, "--county", "220122", "--state", "open/villageCheck").first)
        let verify = ["case", "send", number, "village.verified"]
        #expect(try casework(place, verify, as: "jilin-hrss/zhang-wei").code == 0)
        let questions = [
            Question("clock advance 5wd", as: "operator/admin", "virtual clock"),
            Question(
                "case show \(number)", as: "jilin-hrss/liu-min",
                "✓ employment.confirmed · Employment confirmed → Rejected",
                "the work away is shorter than 3 months (until 2026-11-01)"),
            Question("case explain \(number) --lang zh", "在外就业不足 3 个月(需至 2026-11-01)"),
        ]
        for question in questions { try ask(question, place) }
    }

    /// Acceptance, first check, second check, approval and payment order of every benefit paid: distinct hands; in the
    /// samples the second check's two halves are, too.
    func everyPaymentWentThroughFiveHands(_ place: Place, paid: Int) throws {
        let steps = [
            "case.open", "village.verified", "employment.confirmed", "registry.answered", "approval.granted",
            "payment.ordered",
        ]
        let cases = try numbers(place, "--state", "paid", "--limit", "1000")
        #expect(cases.count == paid)
        for number in cases {
            let answer = try casework(place, ["case", "history", number, "--json"], as: "operator/admin")
            let history = try JSONSerialization.jsonObject(with: Data(answer.text.utf8)) as? [String: Any]
            let entries = try #require(history?["entries"] as? [[String: Any]], "\(answer.text)")
            var hands: [String: Set<String>] = [:]
            for entry in entries {
                guard let event = entry["event"] as? String, steps.contains(event) else { continue }
                let officer = try #require(entry["officer"] as? String)
                hands[event, default: []].insert("\(entry["agency"] ?? "")/\(officer)")
            }
            #expect(hands.values.allSatisfy { $0.count == 1 } && hands.count == steps.count, "\(number): \(hands)")
            #expect(Set(hands.values.joined()).count == steps.count, "\(number): \(hands)")
        }
    }

    /// On a terminal the output is coloured, unless `NO_COLOR` is set.
    private func coloursFollowTheTerminal(_ place: Place) throws {
        let command = "'\(Shell.programs.appendingPathComponent("casework").path)' health"
        for (noColour, isColoured) in [("", true), ("1", false)] {
            let result = try Shell.run(
                ["script", "-qec", command, "/dev/null"],
                environment: environment(place, "operator/admin")
                    .merging(["NO_COLOR": noColour, "TERM": "xterm"]) { _, new in new })
            #expect(result.text.contains("serving"), "\(result.text)")
            #expect(result.text.contains("\u{1b}[") == isColoured, "NO_COLOR=\(noColour): \(result.text)")
        }
    }

    // MARK: - The summary

    /// The figures are those of README, `expected.csv`, `budgets.csv` and `bank-returns.csv`.
    func summaryTells(_ text: String, _ figures: Figures) {
        let lines = text.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
        let expected = [
            "2 份名册 rosters, \(figures.lines) 行 lines", "已发放 paid \(figures.paid) 163,000.00",
            "待资金 waiting for money \(figures.waiting) 7,800.00",
            "银行退票 returned by the bank 2 1,000.00", "不予通过 rejected after checks 33",
            "不予受理 refused at once 61", "不在册 not on the register NOT_REGISTERED 9",
            "身份号码校验位不符 wrong check digit BAD_CHECK_DIGIT 8", "220523 辉南县 12,900.00 12,600.00 0.00 300.00 13",
            "220322 梨树县 18,000.00 12,600.00 400.00 5,000.00", "接下来可以试试 what to try next",
        ]
        for line in expected { #expect(lines.contains(line), "\(line) is missing in\n\(text)") }
    }

    // MARK: - Personal data

    /// A resident number of the samples in clear: they all begin with 99, the area of no place.
    static func holdsResidentNumber(_ text: String) -> Bool {
        text.range(of: "(?<![0-9A-Za-z])99[0-9]{15}[0-9Xx](?![0-9A-Za-z])", options: .regularExpression) != nil
    }

    func nothingTellsAResidentNumber(_ place: Place, _ text: String) throws {
        let roster = Shell.root.appendingPathComponent("Samples/applications-2026-08.csv")
        #expect(Self.holdsResidentNumber(try String(contentsOf: roster, encoding: .utf8)))
        #expect(!Self.holdsResidentNumber(text))
        let log = try String(contentsOf: place.state.appendingPathComponent("caseworkd.log"), encoding: .utf8)
        #expect(!Self.holdsResidentNumber(log))
    }
}
