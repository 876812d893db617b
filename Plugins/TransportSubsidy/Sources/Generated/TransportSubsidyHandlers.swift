// Generated from Plugins/TransportSubsidy/chart.yaml by `casework chart generate`. Do not edit.

import CaseworkPluginKit

/// What the chart `transport-subsidy` asks of its handlers: its guards, then its actions.
protocol TransportSubsidyHandlers: CaseType {
    func fundsAvailable(_ decision: Decision<Record>) throws -> Verdict
    func isLongEnough(_ decision: Decision<Record>) throws -> Verdict
    func isOutOfProvince(_ decision: Decision<Record>) throws -> Verdict
    func isRegisteredOnDeparture(_ decision: Decision<Record>) throws -> Verdict

    func bounceFunds(_ decision: inout Decision<Record>) throws
    func claimPersonYear(_ decision: inout Decision<Record>) throws
    func commitFunds(_ decision: inout Decision<Record>) throws
    func computeAmount(_ decision: inout Decision<Record>) throws
    func payFunds(_ decision: inout Decision<Record>) throws
    func queueForFunds(_ decision: inout Decision<Record>) throws
    func recordApplication(_ decision: inout Decision<Record>) throws
    func recordDenial(_ decision: inout Decision<Record>) throws
    func recordIneligibleWork(_ decision: inout Decision<Record>) throws
    func recordNotRegistered(_ decision: inout Decision<Record>) throws
    func recordRegistry(_ decision: inout Decision<Record>) throws
    func releaseFunds(_ decision: inout Decision<Record>) throws
    func replaceAccount(_ decision: inout Decision<Record>) throws
    func reserveFunds(_ decision: inout Decision<Record>) throws
    func settleFunds(_ decision: inout Decision<Record>) throws
    func withdrawApplication(_ decision: inout Decision<Record>) throws
}

extension TransportSubsidyHandlers {
    static var chart: String { TransportSubsidyChart.canonicalJSON }
    static var guardNames: [String] { TransportSubsidyChart.guards }
    static var actionNames: [String] { TransportSubsidyChart.actions }

    func answer(guard index: Int, _ decision: Decision<Record>) throws -> Verdict {
        switch index {
        case 0: try fundsAvailable(decision)
        case 1: try isLongEnough(decision)
        case 2: try isOutOfProvince(decision)
        case 3: try isRegisteredOnDeparture(decision)
        default: throw UnknownHandler(index: index)
        }
    }

    func perform(action index: Int, _ decision: inout Decision<Record>) throws {
        switch index {
        case 0: try bounceFunds(&decision)
        case 1: try claimPersonYear(&decision)
        case 2: try commitFunds(&decision)
        case 3: try computeAmount(&decision)
        case 4: try payFunds(&decision)
        case 5: try queueForFunds(&decision)
        case 6: try recordApplication(&decision)
        case 7: try recordDenial(&decision)
        case 8: try recordIneligibleWork(&decision)
        case 9: try recordNotRegistered(&decision)
        case 10: try recordRegistry(&decision)
        case 11: try releaseFunds(&decision)
        case 12: try replaceAccount(&decision)
        case 13: try reserveFunds(&decision)
        case 14: try settleFunds(&decision)
        case 15: try withdrawApplication(&decision)
        default: throw UnknownHandler(index: index)
        }
    }
}

/// The chart `transport-subsidy` and the names in it, each in the order of its index.
enum TransportSubsidyChart {
    static let guards = [
        "fundsAvailable",
        "isLongEnough",
        "isOutOfProvince",
        "isRegisteredOnDeparture",
    ]
    static let actions = [
        "bounceFunds",
        "claimPersonYear",
        "commitFunds",
        "computeAmount",
        "payFunds",
        "queueForFunds",
        "recordApplication",
        "recordDenial",
        "recordIneligibleWork",
        "recordNotRegistered",
        "recordRegistry",
        "releaseFunds",
        "replaceAccount",
        "reserveFunds",
        "settleFunds",
        "withdrawApplication",
    ]
    static let events = [
        "account.corrected",
        "approval.denied",
        "approval.granted",
        "case.open",
        "employment.confirmed",
        "employment.denied",
        "fund.granted",
        "objection.dismissed",
        "objection.raised",
        "objection.upheld",
        "payment.ordered",
        "payment.returned",
        "payment.settled",
        "registry.answered",
        "village.denied",
        "village.verified",
        "withdraw",
    ]

    static let canonicalJSON = #"""
        {"chart":"transport-subsidy","format":1,"initial":["intake"],"label":{"en":"One-off transport subsid\#
        y","zh":"跨省就业一次性交通补助"},"source":"吉人社联〔2021〕83号 二(六) [D]","states":[{"id":"intake","label":{"en":"Int\#
        ake","zh":"收件"},"transitions":[{"by":["agent"],"do":["recordApplication","claimPersonYear"],"event":\#
        "case.open","source":"domain §1.2 [P]","to":["open"]}]},{"id":"open","initial":["villageCheck"],"lab\#
        el":{"en":"In process","zh":"办理中"},"states":[{"id":"villageCheck","label":{"en":"Village check","zh"\#
        :"村级核实"},"tasks":[{"due":"5wd","id":"verify","label":{"en":"Verify in the village","zh":"村级核实"},"rol\#
        e":"village","source":"domain §1.2 [P]"}],"transitions":[{"by":["village"],"distinctFrom":["case.ope\#
        n"],"event":"village.verified","to":["publicity"]},{"by":["village"],"do":["recordDenial"],"event":"\#
        village.denied","to":["/rejected"]}]},{"id":"publicity","label":{"en":"Publicity","zh":"公示"},"transi\#
        tions":[{"after":"5wd","firstDay":"counted","source":"domain §1.0 公示 [P S20,S22,S25]","to":["jointCh\#
        eck"]},{"by":["agent"],"event":"objection.raised","to":["objectionReview"]}]},{"id":"objectionReview\#
        ","label":{"en":"Objection review","zh":"异议核查"},"tasks":[{"due":"10wd","id":"reviewObjection","label\#
        ":{"en":"Review the objection","zh":"核查异议"},"role":"hrss.checker","source":"domain §2.5 T_OBJ [P]"}]\#
        ,"transitions":[{"by":["hrss.checker"],"event":"objection.dismissed","to":["publicity"]},{"by":["hrs\#
        s.checker"],"do":["recordDenial"],"event":"objection.upheld","to":["/rejected"]}]},{"id":"jointCheck\#
        ","label":{"en":"Joint check","zh":"县联审"},"regions":[{"id":"employment","initial":["pending"],"label\#
        ":{"en":"Employment","zh":"就业核查"},"states":[{"id":"pending","label":{"en":"Pending","zh":"待核"},"task\#
        s":[{"due":"5wd","id":"checkEmployment","label":{"en":"Check employment","zh":"核查就业"},"role":"hrss.c\#
        hecker","source":"domain §2.5 T_REGION [P]"}],"transitions":[{"by":["hrss.checker"],"event":"employm\#
        ent.confirmed","if":"isOutOfProvince && isLongEnough","source":"domain §1.2 [P S20,S24]","to":["conf\#
        irmed"]},{"by":["hrss.checker"],"do":["recordIneligibleWork"],"event":"employment.confirmed","to":["\#
        /rejected"]},{"by":["hrss.checker"],"do":["recordDenial"],"event":"employment.denied","to":["/reject\#
        ed"]}]},{"final":true,"id":"confirmed","label":{"en":"Confirmed","zh":"已确认"}}]},{"id":"registry","in\#
        itial":["pending"],"label":{"en":"Registry","zh":"身份核查"},"states":[{"id":"pending","label":{"en":"Pe\#
        nding","zh":"待核"},"tasks":[{"due":"5wd","id":"checkRegistry","label":{"en":"Check the register","zh"\#
        :"核查身份"},"role":"rr.checker","source":"domain §2.5 T_REGION [P]"}],"transitions":[{"by":["rr.checker\#
        "],"do":["recordRegistry"],"event":"registry.answered","if":"isRegisteredOnDeparture","source":"doma\#
        in §1.2 [P]","to":["confirmed"]},{"by":["rr.checker"],"do":["recordRegistry","recordNotRegistered"],\#
        "event":"registry.answered","to":["/rejected"]}]},{"final":true,"id":"confirmed","label":{"en":"Conf\#
        irmed","zh":"已确认"}}]}],"transitions":[{"do":["computeAmount","reserveFunds"],"event":"done","if":"fu\#
        ndsAvailable","source":"domain §2.2 [P]","to":["approval"]},{"do":["computeAmount","queueForFunds"],\#
        "event":"done","to":["awaitFunds"]}]},{"id":"awaitFunds","label":{"en":"Waiting for funds","zh":"待资金\#
        "},"transitions":[{"do":["reserveFunds"],"event":"fund.granted","to":["approval"]}]},{"id":"approval\#
        ","label":{"en":"Approval","zh":"审批"},"tasks":[{"due":"5wd","id":"approve","label":{"en":"Approve","\#
        zh":"审批"},"role":"hrss.approver","source":"domain §2.5 T_STEP [P]"}],"transitions":[{"by":["hrss.app\#
        rover"],"distinctFrom":["case.open","employment.confirmed"],"do":["commitFunds"],"event":"approval.g\#
        ranted","to":["payment"]},{"by":["hrss.approver"],"distinctFrom":["case.open","employment.confirmed"\#
        ],"do":["recordDenial","releaseFunds"],"event":"approval.denied","to":["/rejected"]}]},{"id":"paymen\#
        t","initial":["toOrder"],"label":{"en":"Payment","zh":"发放"},"states":[{"id":"toOrder","label":{"en":\#
        "To be ordered","zh":"待下达"},"tasks":[{"due":"10wd","id":"orderPayment","label":{"en":"Order the paym\#
        ent","zh":"下达支付"},"role":"finance.payer","source":"domain §2.5 T_PAY [P]"}],"transitions":[{"by":["f\#
        inance.payer"],"do":["payFunds"],"event":"payment.ordered","to":["ordered"]}]},{"id":"ordered","labe\#
        l":{"en":"Ordered","zh":"已下达"},"tasks":[{"due":"10wd","id":"confirmPayment","label":{"en":"Record th\#
        e bank's result","zh":"登记支付结果"},"role":"finance.cashier","source":"domain §2.5 T_PAY [P]"}],"transit\#
        ions":[{"by":["finance.cashier"],"distinctFrom":["payment.ordered"],"do":["settleFunds"],"event":"pa\#
        yment.settled","to":["/paid"]},{"by":["finance.cashier"],"do":["bounceFunds"],"event":"payment.retur\#
        ned","to":["returned"]}]},{"id":"returned","label":{"en":"Returned by the bank","zh":"退票"},"tasks":[\#
        {"due":"10wd","id":"correctAccount","label":{"en":"Correct the account","zh":"更正账户"},"role":"agent",\#
        "source":"domain §2.5 T_BOUNCE [P]"}],"transitions":[{"by":["agent"],"do":["replaceAccount","payFund\#
        s"],"event":"account.corrected","to":["ordered"]},{"after":"90d","do":["releaseFunds"],"source":"dom\#
        ain §2.5 T_BOUNCE [P]","to":["/unpaid"]}]}]}],"transitions":[{"by":["agent"],"do":["withdrawApplicat\#
        ion"],"event":"withdraw","if":"!In('open/payment')","source":"domain §2.0 [P]","to":["withdrawn"]}]}\#
        ,{"id":"unpaid","label":{"en":"Unpaid","zh":"未付"},"settled":true,"transitions":[{"by":["agent"],"do"\#
        :["replaceAccount","reserveFunds","commitFunds"],"event":"account.corrected","if":"fundsAvailable","\#
        source":"domain §7 [P]","to":["open/payment"]},{"by":["agent"],"do":["replaceAccount","queueForFunds\#
        "],"event":"account.corrected","to":["open/awaitFunds"]}]},{"final":true,"id":"paid","label":{"en":"\#
        Paid","zh":"已发放"}},{"final":true,"id":"rejected","label":{"en":"Rejected","zh":"不予通过"}},{"final":tru\#
        e,"id":"withdrawn","label":{"en":"Withdrawn","zh":"已撤回"}}]}
        """#
}
