import Schema

/// How the samples ended, for a person: both languages side by side, since the two read it together.
struct SummaryText {
    let expected: Expectation
    let found: Findings
    let terminal: Terminal
    /// The walk was judged before: what differs now has happened since.
    let isLater: Bool

    func say(_ differences: [Expectation.Difference]) {
        let files = Set(expected.lines.map(\.file)).count
        terminal.say("")
        terminal.say(
            terminal.style.bold(isLater ? "演示案件现状 How the samples stand now" : "演示结果 How the samples ended"))
        terminal.say("\(files) 份名册 rosters, \(expected.lines.count) 行 lines")
        sayOutcomes()
        sayCounties()
        terminal.say("")
        guard !differences.isEmpty else {
            let line = "\(expected.lines.count) 行均与 Samples/expected.csv 一致 every line ended as expected"
            return terminal.say(terminal.style.green("✓ " + line))
        }
        guard !isLater else { return sayMoves(differences) }
        for difference in differences.prefix(20) { terminal.say(terminal.style.red("✗ ") + difference.text) }
        if differences.count > 20 { terminal.say("  … \(differences.count - 20) more") }
    }

    private func sayMoves(_ differences: [Expectation.Difference]) {
        let count = differences.count
        terminal.say(terminal.style.green("→ \(count) 行在演示之后又有变动 \(count) lines have moved on since the walk"))
        for move in Expectation.moves(in: differences) {
            let change = move.from == move.to ? "期限、金额或理由 days, amount or reason" : "→ \(Self.name(move.to))"
            terminal.say("    \(Self.name(move.from)) \(change): \(move.count)")
        }
        let rest = expected.lines.count - count
        terminal.say("  其余 \(rest) 行与 Samples/expected.csv 一致 the other \(rest) ended as expected")
    }

    private static func name(_ outcome: Ending.Outcome) -> String {
        names.first { $0.0 == outcome }?.1 ?? outcome.rawValue
    }

    private static let names: [(Ending.Outcome, String)] = [
        (.paid, "已发放 paid"), (.waiting, "待资金 waiting for money"), (.returned, "银行退票 returned by the bank"),
        (.rejected, "不予通过 rejected after checks"), (.refused, "不予受理 refused at once"),
        (.open, "办理中 on the way"), (.skipped, "空行 blank line"),
    ]

    private func sayOutcomes() {
        terminal.say("")
        var table = Table(columns: [
            .init(title: "结果 outcome", isElastic: true), .init(title: "件数 lines", isRight: true),
            .init(title: "金额 yuan", isRight: true),
        ])
        for (outcome, name) in SummaryText.names {
            let endings = found.endings.values.filter { $0.outcome == outcome }
            let count = outcome == .skipped ? expected.lines.count - found.endings.count : endings.count
            guard count > 0 else { continue }
            let fen = endings.compactMap(\.fen).reduce(0, +)
            table.rows.append([name, String(count), fen > 0 ? Money.yuan(fen) : ""])
            guard outcome == .rejected || outcome == .refused else { continue }
            let reasons = Dictionary(grouping: endings.flatMap { $0.reason.split(separator: "+").map(String.init) }) {
                $0
            }
            for (reason, all) in reasons.sorted(by: { ($1.value.count, $0.key) < ($0.value.count, $1.key) }) {
                table.rows.append(["    " + SummaryText.sentence(reason), String(all.count), ""])
            }
        }
        terminal.say(table)
    }

    private func sayCounties() {
        terminal.say("")
        let titles = ["县 county", "指标 granted", "已付 paid", "在办 held", "可用 left", "等待 waiting"]
        var table = Table(columns: titles.enumerated().map { .init(title: $1, isRight: $0 > 0, isElastic: $0 == 0) })
        for pool in found.pools {
            table.rows.append([
                pool.county + " " + (SummaryText.counties[pool.county] ?? ""), Money.yuan(pool.grantedFen),
                Money.yuan(pool.paidFen), Money.yuan(pool.reservedFen + pool.committedFen + pool.orderedFen),
                Money.yuan(pool.availableFen), pool.waiting > 0 ? String(pool.waiting) : "",
            ])
        }
        terminal.say(table)
    }

    private static let counties = [
        "220122": "农安县", "220182": "榆树市", "220183": "德惠市", "220221": "永吉县", "220322": "梨树县", "220422": "东辽县",
        "220523": "辉南县", "220581": "梅河口市", "220621": "抚松县", "220721": "前郭县", "222401": "延吉市", "222424": "汪清县",
    ]

    static func sentence(_ reason: String) -> String { sentences[reason].map { "\($0) \(reason)" } ?? reason }

    private static let sentences = [
        "BAD_CHECK_DIGIT": "身份号码校验位不符 wrong check digit", "BAD_DATE": "身份号码日期不存在 impossible date of birth",
        "BAD_FORMAT": "身份号码格式不符 not a resident number", "BAD_PHONE": "电话有误 wrong phone",
        "BAD_CARD": "账号有误 wrong account", "BAD_DIVISION": "务工地代码有误 not a division code",
        "BAD_DEPARTURE_DATE": "外出日期有误 impossible departure date",
        "ID_KIND_UNSUPPORTED": "证件种类不适用 kind of document not eligible",
        "CONSENT_MISSING": "未签授权 consent not signed",
        "POLICY_NOT_CONFIGURED": "该县未定补助标准 no amount set for the county",
        "DUPLICATE_APPLICATION": "同一年度重复申请 second application of the year",
        "INSIDE_PROVINCE": "务工地在省内 work inside the province", "STAY_TOO_SHORT": "就业时间不足 stay too short",
        "NOT_REGISTERED": "不在册 not on the register", "STATUS_NOT_VALID": "外出时身份无效 status not valid that day",
    ]
}
