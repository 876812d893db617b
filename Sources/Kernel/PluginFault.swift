/// Why the kernel does not act on what a plugin answered, or on its silence: under the code `HANDLER_FAILED` each kind
/// has a reason of its own, and a sentence that says what to do.
public struct PluginFault: Error, Equatable, Sendable {
    /// Stable; listed in `casework/v1/errors.proto`.
    public enum Kind: String, Sendable, CaseIterable {
        /// A guard or an action says of itself that it failed.
        case failed = "HANDLER_FAILED"
        case crashed = "PLUGIN_CRASHED"
        /// No process was there to ask; alone of all these it is `UNAVAILABLE`, and tried again.
        case notStarted = "PLUGIN_NOT_STARTED"
        case timedOut = "PLUGIN_TIMED_OUT"
        /// The bytes are no reply, or no tape.
        case malformed = "PLUGIN_REPLY_MALFORMED"
        /// The answers are not those the chart asks for, in its order: steps are skipped, or added.
        case offChart = "TAPE_NOT_OF_CHART"
        /// An event was raised that only an officer or the kernel may send.
        case raised = "EVENT_NOT_RAISABLE"
        /// Money of a fund that the plugin did not declare.
        case foreignFund = "FUND_NOT_DECLARED"
        /// A posting that does not follow from what the case holds.
        case wrongPosting = "POSTING_NOT_COVERED"
        /// The case would end while it holds money or waits for it.
        case leftMoney = "MONEY_LEFT_BEHIND"
        /// The chart goes on for ever.
        case endless = "CHART_ENDLESS"
    }

    public var kind: Kind
    /// For whoever mends the plugin.
    public var detail: String

    init(_ kind: Kind, _ detail: String) {
        self.kind = kind
        self.detail = detail
    }

    init(_ fault: DecisionReply.Fault) {
        switch fault {
        case .crashed(let what): self.init(.crashed, what)
        case .notStarted(let what): self.init(.notStarted, what)
        case .timedOut: self.init(.timedOut, "no answer before the deadline")
        case .illegal(let what): self.init(.malformed, what)
        }
    }

    init(_ error: TapeError) {
        switch error {
        case .illegal(let fault): self = fault
        case .limit, .recordTooLarge: self.init(.malformed, error.sentence)
        }
    }
}

extension Rejection {
    static func handlerFailed(_ fault: PluginFault) -> Rejection {
        let advice = fault.kind.advice
        return Rejection(
            .handlerFailed, reason: fault.kind.rawValue, zh: "\(advice.zh)（\(fault.detail)）",
            en: "\(advice.en) (\(fault.detail))")
    }
}

extension Rejection {
    /// The detail is the operator's: it names files and limits of the machine.
    static var pluginNotStarted: Rejection {
        let kind = PluginFault.Kind.notStarted
        return Rejection(.unavailable, reason: kind.rawValue, zh: kind.advice.zh, en: kind.advice.en)
    }
}

extension PluginFault.Kind {
    /// What happened, that nothing was changed, and what to do.
    var advice: Sentence {
        switch self {
        case .failed:
            Sentence(
                zh: "事项处理程序出错，未作改动。请告知系统管理员。",
                en: "The case type's handlers failed; nothing was changed. Tell the operator.")
        case .crashed:
            Sentence(
                zh: "事项插件未答复即退出，未作改动。请以同一幂等键重发；再次发生请告知系统管理员。",
                en: """
                    The plugin ended without an answer; nothing was changed. Send again with the same key; if it \
                    happens again, tell the operator.
                    """)
        case .notStarted:
            Sentence(
                zh: "事项插件的进程未能启动，未作改动。请稍后以同一幂等键重发；持续出现请告知系统管理员。",
                en: """
                    The plugin's process could not be started; nothing was changed. Send again later with the same \
                    key; if it goes on, tell the operator.
                    """)
        case .timedOut:
            Sentence(
                zh: "事项插件未在时限内答复，未作改动。请稍后以同一幂等键重发；再次发生请告知系统管理员。",
                en: """
                    The plugin did not answer in time; nothing was changed. Send again later with the same key; if it \
                    happens again, tell the operator.
                    """)
        case .malformed:
            Sentence(
                zh: "事项插件的答复无法识别，未作改动。请告知系统管理员：插件与服务器版本可能不配套。",
                en: """
                    The plugin's answer cannot be read; nothing was changed. Tell the operator: plugin and server may \
                    be of different versions.
                    """)
        case .offChart, .raised, .foreignFund, .wrongPosting, .leftMoney, .endless: distrust
        }
    }

    /// The plugin claims what it has no right to: it has to be replaced before the event can succeed.
    private var distrust: Sentence {
        let (zh, en) = offence
        return Sentence(
            zh: "\(zh)，已拒绝，未作改动。请告知系统管理员更换插件，之后以同一幂等键重发。",
            en: """
                \(en). This was refused, nothing was changed. Tell the operator to replace the plugin, then send \
                again with the same key.
                """)
    }

    private var offence: (zh: String, en: String) {
        switch self {
        case .offChart: ("事项插件的答复跳过或多出了流程步骤", "The plugin's answer skips steps of its chart, or adds some")
        case .raised:
            ("事项插件擅自发出只能由经办人或系统发出的事件", "The plugin sent an event that only an officer or the server may send")
        case .foreignFund: ("事项插件动用了不归其使用的资金", "The plugin used a fund that is not its own")
        case .wrongPosting: ("事项插件的记账与案件占用的资金不符", "The plugin's posting does not follow from what the case holds")
        case .leftMoney:
            ("事项插件要在资金未了结时终结案件", "The plugin would end the case while it holds money or waits for it")
        case .endless: ("事项的流程不能停止", "The chart of this case type goes on for ever")
        case .failed, .crashed, .notStarted, .timedOut, .malformed: ("事项插件出错", "The plugin failed")
        }
    }
}
