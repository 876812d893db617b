import Foundation
import Schema
import SwiftProtobuf

/// The steps of county finance: chen-jie brings in the money and orders the payments, liu-yang records what the bank
/// says.
extension Agency {
    private static let payer = "chen-jie"
    private static let cashier = "liu-yang"

    func setBudgets(round: Int) async throws(Failure) -> Phrase {
        let csv = try table("budgets.csv")
        let at = try csv.columns(["批次", "资金", "县(市、区)代码", "年度", "年度总额(元)", "文号"])
        var count = 0
        for row in csv.rows where row.cells[at[0]] == String(round) {
            guard let year = Int32(row.cells[at[3]]), let fen = Money.fen(yuan: row.cells[at[4]]) else {
                throw .usage("budgets.csv 第 \(row.line) 行有误", "budgets.csv, line \(row.line), is wrong")
            }
            let label = "budgets.csv:\(row.line):set"
            let request = Casework_V1_SetBudgetRequest.with {
                $0.key = Data(WalkKey.bytes(label))
                $0.fund = row.cells[at[1]]
                $0.county = row.cells[at[2]]
                $0.year = year
                $0.amountFen = fen
                $0.document = row.cells[at[5]]
            }
            if case .refused(let failure) = try await ask(.setBudget(request), label: label, officer: Agency.payer) {
                throw failure
            }
            count += 1
        }
        try await waitForGrants(officer: Agency.payer)
        return Phrase("第 \(round) 批指标：\(count) 个县", "grants of round \(round): \(count) counties")
    }

    func orderPayments() async throws(Failure) -> Phrase {
        let count = try await workThrough(
            role: "finance.payer", officer: Agency.payer, Phrase("下达支付", "ordering payments")
        ) { item throws(Failure) in
            try await mustSend("payment.ordered", to: item, officer: Agency.payer)
        }
        return Phrase("下达支付 \(count) 笔", "\(count) payments ordered")
    }

    /// The bank's list names accounts, so the cashier reads each one; what is not on the list has arrived.
    func recordBankResults() async throws(Failure) -> Phrase {
        let returns = try bankReturns()
        let settled = try await workThrough(
            role: "finance.cashier", officer: Agency.cashier, Phrase("登记支付结果", "recording the bank's results")
        ) { item throws(Failure) in
            let record = try await unmask(item, reason: "核对银行回单 bank statement", officer: Agency.cashier)
            if let reason = returns[record.application.person.cardNumber] {
                let payload = Cases_TransportSubsidy_V1_Reason.with {
                    $0.code = "ACCOUNT_RETURNED"
                    $0.text = reason
                }
                _ = try await sendAndNote(
                    "payment.returned", to: item, payload: payload.encoded, officer: Agency.cashier)
                return false
            }
            let payload = Cases_TransportSubsidy_V1_BankResult.with { $0.reference = "HD-" + item.number }
            return try await mustSend(
                "payment.settled", to: item, payload: payload.encoded, officer: Agency.cashier)
        }
        return Phrase("到账 \(settled) 笔", "\(settled) payments arrived")
    }

    private func bankReturns() throws(Failure) -> [String: String] {
        let csv = try table("bank-returns.csv")
        let at = try csv.columns(["社保卡银行账号", "退票原因"])
        return Dictionary(csv.rows.map { ($0.cells[at[0]], $0.cells[at[1]]) }) { first, _ in first }
    }
}
