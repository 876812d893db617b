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
        {"chart":"transport-subsidy","format":1,"guards":{"fundsAvailable":{"label":{"en":"funds are availab\#
        le","zh":"资金足够"}},"isLongEnough":{"label":{"en":"has worked long enough","zh":"就业满期限"}},"isOutOfProv\#
        ince":{"label":{"en":"works in another province","zh":"跨省就业"}},"isRegisteredOnDeparture":{"label":{"\#
        en":"was on the register on departure","zh":"外出时在册"}}},"initial":["intake"],"label":{"en":"One-off t\#
        ransport subsidy","zh":"跨省就业一次性交通补助"},"roles":{"agent":{"label":{"en":"Agent","zh":"代办员"}},"finance.\#
        cashier":{"label":{"en":"Finance cashier","zh":"财政出纳"}},"finance.payer":{"label":{"en":"Finance paye\#
        r","zh":"财政支付员"}},"hrss.approver":{"label":{"en":"HRSS approver","zh":"人社审批人"}},"hrss.checker":{"lab\#
        el":{"en":"HRSS checker","zh":"人社核查员"}},"rr.checker":{"label":{"en":"Rural revitalization checker","\#
        zh":"乡村振兴核查员"}},"village":{"label":{"en":"Village verifier","zh":"村级核实员"}}},"source":"吉人社联〔2021〕83号 \#
        二(六) [D]","states":[{"id":"intake","label":{"en":"Intake","zh":"收件"},"transitions":[{"by":["agent"],\#
        "do":["recordApplication","claimPersonYear"],"event":"case.open","label":{"en":"Register the applica\#
        tion","zh":"收件登记"},"source":"domain §1.2 [P]","to":["open"]}]},{"id":"open","initial":["villageCheck\#
        "],"label":{"en":"In process","zh":"办理中"},"states":[{"id":"villageCheck","label":{"en":"Village chec\#
        k","zh":"村级核实"},"tasks":[{"due":"5wd","id":"verify","label":{"en":"Verify in the village","zh":"村级核实\#
        "},"role":"village","source":"domain §1.2 [P]"}],"transitions":[{"by":["village"],"distinctFrom":["c\#
        ase.open"],"do":[{"start":"publicity"}],"event":"village.verified","label":{"en":"Verified","zh":"核实\#
        通过"},"to":["publicity"]},{"by":["village"],"distinctFrom":["case.open"],"do":["recordDenial"],"event\#
        ":"village.denied","label":{"en":"Not verified","zh":"核实不符"},"to":["/rejected"]}]},{"id":"publicity"\#
        ,"label":{"en":"Publicity","zh":"公示"},"transitions":[{"label":{"en":"Publicity is over","zh":"公示期满"}\#
        ,"timer":"publicity","to":["jointCheck"]},{"by":["agent"],"do":[{"pause":"publicity"}],"event":"obje\#
        ction.raised","label":{"en":"Objection raised","zh":"提出异议"},"to":["objectionReview"]}]},{"id":"objec\#
        tionReview","label":{"en":"Objection review","zh":"异议核查"},"tasks":[{"due":"10wd","id":"reviewObjecti\#
        on","label":{"en":"Review the objection","zh":"核查异议"},"role":"hrss.checker","source":"domain §2.5 T_\#
        OBJ [P]"}],"transitions":[{"by":["hrss.checker"],"distinctFrom":["case.open","village.verified","obj\#
        ection.raised"],"do":[{"resume":"publicity"}],"event":"objection.dismissed","label":{"en":"Objection\#
         dismissed","zh":"异议不成立"},"source":"domain §2.2 [P]","to":["publicity"]},{"by":["hrss.checker"],"dis\#
        tinctFrom":["case.open","village.verified","objection.raised"],"do":["recordDenial",{"stop":"publici\#
        ty"}],"event":"objection.upheld","label":{"en":"Objection upheld","zh":"异议成立"},"to":["/rejected"]}]}\#
        ,{"id":"jointCheck","label":{"en":"Joint check","zh":"县联审"},"regions":[{"id":"employment","initial":\#
        ["pending"],"label":{"en":"Employment","zh":"就业核查"},"states":[{"id":"pending","label":{"en":"Pending\#
        ","zh":"待核"},"tasks":[{"due":"5wd","id":"checkEmployment","label":{"en":"Check employment","zh":"核查就\#
        业"},"role":"hrss.checker","source":"domain §2.5 T_REGION [P]"}],"transitions":[{"by":["hrss.checker"\#
        ],"distinctFrom":["case.open","village.verified"],"event":"employment.confirmed","if":"isOutOfProvin\#
        ce && isLongEnough","label":{"en":"Employment confirmed","zh":"就业属实"},"source":"domain §1.2 [P S20,S\#
        24]","to":["confirmed"]},{"by":["hrss.checker"],"distinctFrom":["case.open","village.verified"],"do"\#
        :["recordIneligibleWork"],"event":"employment.confirmed","label":{"en":"Employment confirmed","zh":"\#
        就业属实"},"to":["/rejected"]},{"by":["hrss.checker"],"distinctFrom":["case.open","village.verified"],"d\#
        o":["recordDenial"],"event":"employment.denied","label":{"en":"Employment denied","zh":"就业不实"},"to":\#
        ["/rejected"]}]},{"final":true,"id":"confirmed","label":{"en":"Confirmed","zh":"已确认"}}]},{"id":"regi\#
        stry","initial":["pending"],"label":{"en":"Registry","zh":"身份核查"},"states":[{"id":"pending","label":\#
        {"en":"Pending","zh":"待核"},"tasks":[{"due":"5wd","id":"checkRegistry","label":{"en":"Check the regis\#
        ter","zh":"核查身份"},"role":"rr.checker","source":"domain §2.5 T_REGION [P]"}],"transitions":[{"by":["r\#
        r.checker"],"distinctFrom":["case.open","village.verified"],"do":["recordRegistry"],"event":"registr\#
        y.answered","if":"isRegisteredOnDeparture","label":{"en":"Register answered","zh":"名册答复"},"source":"\#
        domain §1.2 [P]","to":["confirmed"]},{"by":["rr.checker"],"distinctFrom":["case.open","village.verif\#
        ied"],"do":["recordRegistry","recordNotRegistered"],"event":"registry.answered","label":{"en":"Regis\#
        ter answered","zh":"名册答复"},"to":["/rejected"]}]},{"final":true,"id":"confirmed","label":{"en":"Confi\#
        rmed","zh":"已确认"}}]}],"transitions":[{"do":["computeAmount","reserveFunds"],"event":"done","if":"fun\#
        dsAvailable","source":"domain §2.2 [P]","to":["approval"]},{"do":["computeAmount","queueForFunds"],"\#
        event":"done","to":["awaitFunds"]}]},{"id":"awaitFunds","label":{"en":"Waiting for funds","zh":"待资金"\#
        },"transitions":[{"do":["reserveFunds"],"event":"fund.granted","label":{"en":"Funds granted","zh":"资\#
        金到位"},"to":["approval"]}]},{"id":"approval","label":{"en":"Approval","zh":"审批"},"tasks":[{"due":"5wd\#
        ","id":"approve","label":{"en":"Approve","zh":"审批"},"role":"hrss.approver","source":"domain §2.5 T_S\#
        TEP [P]"}],"transitions":[{"by":["hrss.approver"],"distinctFrom":["case.open","village.verified","ob\#
        jection.dismissed","employment.confirmed","registry.answered","account.corrected"],"do":["commitFund\#
        s"],"event":"approval.granted","label":{"en":"Granted","zh":"批准"},"to":["payment"]},{"by":["hrss.app\#
        rover"],"distinctFrom":["case.open","village.verified","objection.dismissed","employment.confirmed",\#
        "registry.answered","account.corrected"],"do":["recordDenial","releaseFunds"],"event":"approval.deni\#
        ed","label":{"en":"Denied","zh":"不予批准"},"to":["/rejected"]}]},{"id":"payment","initial":["toOrder"],\#
        "label":{"en":"Payment","zh":"发放"},"states":[{"id":"toOrder","label":{"en":"To be ordered","zh":"待下达\#
        "},"tasks":[{"due":"10wd","id":"orderPayment","label":{"en":"Order the payment","zh":"下达支付"},"role":\#
        "finance.payer","source":"domain §2.5 T_PAY [P]"}],"transitions":[{"by":["finance.payer"],"distinctF\#
        rom":["case.open","village.verified","objection.dismissed","employment.confirmed","registry.answered\#
        ","account.corrected","approval.granted"],"do":["payFunds"],"event":"payment.ordered","label":{"en":\#
        "Payment ordered","zh":"下达支付"},"to":["ordered"]}]},{"id":"ordered","label":{"en":"Ordered","zh":"已下达\#
        "},"tasks":[{"due":"10wd","id":"confirmPayment","label":{"en":"Record the bank's result","zh":"登记支付结\#
        果"},"role":"finance.cashier","source":"domain §2.5 T_PAY [P]"}],"transitions":[{"by":["finance.cashi\#
        er"],"distinctFrom":["payment.ordered"],"do":["settleFunds"],"event":"payment.settled","label":{"en"\#
        :"Payment settled","zh":"支付成功"},"to":["/paid"]},{"by":["finance.cashier"],"do":["bounceFunds"],"even\#
        t":"payment.returned","label":{"en":"Returned by the bank","zh":"银行退票"},"to":["returned"]}]},{"id":"\#
        returned","label":{"en":"Returned by the bank","zh":"退票"},"tasks":[{"due":"10wd","id":"correctAccoun\#
        t","label":{"en":"Correct the account","zh":"更正账户"},"role":"agent","source":"domain §2.5 T_BOUNCE [P\#
        ]"}],"transitions":[{"by":["agent"],"do":["replaceAccount"],"event":"account.corrected","label":{"en\#
        ":"Account corrected","zh":"账户已更正"},"to":["toReorder"]},{"after":"90d","do":["releaseFunds"],"label"\#
        :{"en":"Not corrected in time","zh":"逾期未更正"},"source":"domain §2.5 T_BOUNCE [P]","to":["/unpaid"]}]}\#
        ,{"id":"toReorder","label":{"en":"To be ordered again","zh":"待重新下达"},"tasks":[{"due":"10wd","id":"re\#
        orderPayment","label":{"en":"Order the payment again","zh":"重新下达支付"},"role":"finance.payer","source"\#
        :"domain §2.5 T_PAY [P]"}],"transitions":[{"by":["finance.payer"],"distinctFrom":["case.open","villa\#
        ge.verified","objection.dismissed","employment.confirmed","registry.answered","account.corrected","a\#
        pproval.granted"],"do":["payFunds"],"event":"payment.ordered","label":{"en":"Payment ordered again",\#
        "zh":"重新下达支付"},"to":["ordered"]}]}]}],"transitions":[{"by":["agent"],"do":["withdrawApplication"],"e\#
        vent":"withdraw","if":"!In('open/payment')","label":{"en":"Withdraw the application","zh":"撤回申请"},"s\#
        ource":"domain §2.0 [P]","to":["withdrawn"]}]},{"id":"unpaid","label":{"en":"Unpaid","zh":"未付"},"set\#
        tled":true,"transitions":[{"by":["agent"],"do":["replaceAccount","reserveFunds","commitFunds"],"even\#
        t":"account.corrected","if":"fundsAvailable","label":{"en":"Account corrected","zh":"账户已更正"},"source\#
        ":"domain §7 [P]","to":["open/payment"]},{"by":["agent"],"do":["replaceAccount","queueForFunds"],"ev\#
        ent":"account.corrected","label":{"en":"Account corrected","zh":"账户已更正"},"to":["open/awaitFunds"]}]}\#
        ,{"final":true,"id":"paid","label":{"en":"Paid","zh":"已发放"}},{"final":true,"id":"rejected","label":{\#
        "en":"Rejected","zh":"不予通过"}},{"final":true,"id":"withdrawn","label":{"en":"Withdrawn","zh":"已撤回"}}]\#
        ,"timers":[{"duration":"5wd","firstDay":"counted","id":"publicity","label":{"en":"Publicity period",\#
        "zh":"公示期"},"source":"domain §1.0 公示 [P S20,S22,S25]"}]}
        """#
}
