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

/// The events that the chart `transport-subsidy` listens to; raw values are their names in it.
enum TransportSubsidyEvent: String, CaseIterable {
    case accountCorrected = "account.corrected"
    case approvalDenied = "approval.denied"
    case approvalGranted = "approval.granted"
    case caseOpen = "case.open"
    case employmentConfirmed = "employment.confirmed"
    case employmentDenied = "employment.denied"
    case fundGranted = "fund.granted"
    case objectionDismissed = "objection.dismissed"
    case objectionRaised = "objection.raised"
    case objectionUpheld = "objection.upheld"
    case paymentOrdered = "payment.ordered"
    case paymentReturned = "payment.returned"
    case paymentSettled = "payment.settled"
    case registryAnswered = "registry.answered"
    case villageDenied = "village.denied"
    case villageVerified = "village.verified"
    case withdraw = "withdraw"
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

    static let canonicalJSON = #"""
        {"chart":"transport-subsidy","format":1,"initial":["intake"],"label":{"en":"One-off transport subsid\#
        y","zh":"跨省就业一次性交通补助"},"source":"吉人社联〔2021〕83号 二(六) [D]","states":[{"id":"intake","label":{"en":"Int\#
        ake","zh":"收件"},"transitions":[{"by":["agent"],"do":["recordApplication","claimPersonYear"],"event":\#
        "case.open","label":{"en":"Register the application","zh":"收件登记"},"source":"domain §1.2 [P]","to":["\#
        open"]}]},{"id":"open","initial":["villageCheck"],"label":{"en":"In process","zh":"办理中"},"states":[{\#
        "id":"villageCheck","label":{"en":"Village check","zh":"村级核实"},"tasks":[{"due":"5wd","id":"verify","\#
        label":{"en":"Verify in the village","zh":"村级核实"},"role":"village","source":"domain §1.2 [P]"}],"tra\#
        nsitions":[{"by":["village"],"distinctFrom":["case.open"],"do":[{"start":"publicity"}],"event":"vill\#
        age.verified","label":{"en":"Verified","zh":"核实通过"},"to":["publicity"]},{"by":["village"],"do":["rec\#
        ordDenial"],"event":"village.denied","label":{"en":"Not verified","zh":"核实不符"},"to":["/rejected"]}]}\#
        ,{"id":"publicity","label":{"en":"Publicity","zh":"公示"},"transitions":[{"label":{"en":"Publicity is \#
        over","zh":"公示期满"},"timer":"publicity","to":["jointCheck"]},{"by":["agent"],"do":[{"pause":"publicit\#
        y"}],"event":"objection.raised","label":{"en":"Objection raised","zh":"提出异议"},"to":["objectionReview\#
        "]}]},{"id":"objectionReview","label":{"en":"Objection review","zh":"异议核查"},"tasks":[{"due":"10wd","\#
        id":"reviewObjection","label":{"en":"Review the objection","zh":"核查异议"},"role":"hrss.checker","sourc\#
        e":"domain §2.5 T_OBJ [P]"}],"transitions":[{"by":["hrss.checker"],"do":[{"resume":"publicity"}],"ev\#
        ent":"objection.dismissed","label":{"en":"Objection dismissed","zh":"异议不成立"},"source":"domain §2.2 [\#
        P]","to":["publicity"]},{"by":["hrss.checker"],"do":["recordDenial",{"stop":"publicity"}],"event":"o\#
        bjection.upheld","label":{"en":"Objection upheld","zh":"异议成立"},"to":["/rejected"]}]},{"id":"jointChe\#
        ck","label":{"en":"Joint check","zh":"县联审"},"regions":[{"id":"employment","initial":["pending"],"lab\#
        el":{"en":"Employment","zh":"就业核查"},"states":[{"id":"pending","label":{"en":"Pending","zh":"待核"},"ta\#
        sks":[{"due":"5wd","id":"checkEmployment","label":{"en":"Check employment","zh":"核查就业"},"role":"hrss\#
        .checker","source":"domain §2.5 T_REGION [P]"}],"transitions":[{"by":["hrss.checker"],"event":"emplo\#
        yment.confirmed","if":"isOutOfProvince && isLongEnough","label":{"en":"Employment confirmed","zh":"就\#
        业属实"},"source":"domain §1.2 [P S20,S24]","to":["confirmed"]},{"by":["hrss.checker"],"do":["recordIne\#
        ligibleWork"],"event":"employment.confirmed","label":{"en":"Employment confirmed","zh":"就业属实"},"to":\#
        ["/rejected"]},{"by":["hrss.checker"],"do":["recordDenial"],"event":"employment.denied","label":{"en\#
        ":"Employment denied","zh":"就业不实"},"to":["/rejected"]}]},{"final":true,"id":"confirmed","label":{"en\#
        ":"Confirmed","zh":"已确认"}}]},{"id":"registry","initial":["pending"],"label":{"en":"Registry","zh":"身\#
        份核查"},"states":[{"id":"pending","label":{"en":"Pending","zh":"待核"},"tasks":[{"due":"5wd","id":"check\#
        Registry","label":{"en":"Check the register","zh":"核查身份"},"role":"rr.checker","source":"domain §2.5 \#
        T_REGION [P]"}],"transitions":[{"by":["rr.checker"],"do":["recordRegistry"],"event":"registry.answer\#
        ed","if":"isRegisteredOnDeparture","label":{"en":"Register answered","zh":"名册答复"},"source":"domain §\#
        1.2 [P]","to":["confirmed"]},{"by":["rr.checker"],"do":["recordRegistry","recordNotRegistered"],"eve\#
        nt":"registry.answered","label":{"en":"Register answered","zh":"名册答复"},"to":["/rejected"]}]},{"final\#
        ":true,"id":"confirmed","label":{"en":"Confirmed","zh":"已确认"}}]}],"transitions":[{"do":["computeAmou\#
        nt","reserveFunds"],"event":"done","if":"fundsAvailable","source":"domain §2.2 [P]","to":["approval"\#
        ]},{"do":["computeAmount","queueForFunds"],"event":"done","to":["awaitFunds"]}]},{"id":"awaitFunds",\#
        "label":{"en":"Waiting for funds","zh":"待资金"},"transitions":[{"do":["reserveFunds"],"event":"fund.gr\#
        anted","label":{"en":"Funds granted","zh":"资金到位"},"to":["approval"]}]},{"id":"approval","label":{"en\#
        ":"Approval","zh":"审批"},"tasks":[{"due":"5wd","id":"approve","label":{"en":"Approve","zh":"审批"},"rol\#
        e":"hrss.approver","source":"domain §2.5 T_STEP [P]"}],"transitions":[{"by":["hrss.approver"],"disti\#
        nctFrom":["case.open","employment.confirmed"],"do":["commitFunds"],"event":"approval.granted","label\#
        ":{"en":"Granted","zh":"批准"},"to":["payment"]},{"by":["hrss.approver"],"distinctFrom":["case.open","\#
        employment.confirmed"],"do":["recordDenial","releaseFunds"],"event":"approval.denied","label":{"en":\#
        "Denied","zh":"不予批准"},"to":["/rejected"]}]},{"id":"payment","initial":["toOrder"],"label":{"en":"Pay\#
        ment","zh":"发放"},"states":[{"id":"toOrder","label":{"en":"To be ordered","zh":"待下达"},"tasks":[{"due"\#
        :"10wd","id":"orderPayment","label":{"en":"Order the payment","zh":"下达支付"},"role":"finance.payer","s\#
        ource":"domain §2.5 T_PAY [P]"}],"transitions":[{"by":["finance.payer"],"do":["payFunds"],"event":"p\#
        ayment.ordered","label":{"en":"Payment ordered","zh":"下达支付"},"to":["ordered"]}]},{"id":"ordered","la\#
        bel":{"en":"Ordered","zh":"已下达"},"tasks":[{"due":"10wd","id":"confirmPayment","label":{"en":"Record \#
        the bank's result","zh":"登记支付结果"},"role":"finance.cashier","source":"domain §2.5 T_PAY [P]"}],"trans\#
        itions":[{"by":["finance.cashier"],"distinctFrom":["payment.ordered"],"do":["settleFunds"],"event":"\#
        payment.settled","label":{"en":"Payment settled","zh":"支付成功"},"to":["/paid"]},{"by":["finance.cashie\#
        r"],"do":["bounceFunds"],"event":"payment.returned","label":{"en":"Returned by the bank","zh":"银行退票"\#
        },"to":["returned"]}]},{"id":"returned","label":{"en":"Returned by the bank","zh":"退票"},"tasks":[{"d\#
        ue":"10wd","id":"correctAccount","label":{"en":"Correct the account","zh":"更正账户"},"role":"agent","so\#
        urce":"domain §2.5 T_BOUNCE [P]"}],"transitions":[{"by":["agent"],"do":["replaceAccount","payFunds"]\#
        ,"event":"account.corrected","label":{"en":"Account corrected","zh":"账户已更正"},"to":["ordered"]},{"aft\#
        er":"90d","do":["releaseFunds"],"label":{"en":"Not corrected in time","zh":"逾期未更正"},"source":"domain\#
         §2.5 T_BOUNCE [P]","to":["/unpaid"]}]}]}],"transitions":[{"by":["agent"],"do":["withdrawApplication\#
        "],"event":"withdraw","if":"!In('open/payment')","label":{"en":"Withdraw the application","zh":"撤回申请\#
        "},"source":"domain §2.0 [P]","to":["withdrawn"]}]},{"id":"unpaid","label":{"en":"Unpaid","zh":"未付"}\#
        ,"settled":true,"transitions":[{"by":["agent"],"do":["replaceAccount","reserveFunds","commitFunds"],\#
        "event":"account.corrected","if":"fundsAvailable","label":{"en":"Account corrected","zh":"账户已更正"},"s\#
        ource":"domain §7 [P]","to":["open/payment"]},{"by":["agent"],"do":["replaceAccount","queueForFunds"\#
        ],"event":"account.corrected","label":{"en":"Account corrected","zh":"账户已更正"},"to":["open/awaitFunds\#
        "]}]},{"final":true,"id":"paid","label":{"en":"Paid","zh":"已发放"}},{"final":true,"id":"rejected","lab\#
        el":{"en":"Rejected","zh":"不予通过"}},{"final":true,"id":"withdrawn","label":{"en":"Withdrawn","zh":"已撤\#
        回"}}],"timers":[{"duration":"5wd","firstDay":"counted","id":"publicity","label":{"en":"Publicity per\#
        iod","zh":"公示期"},"source":"domain §1.0 公示 [P S20,S22,S25]"}]}
        """#
}
