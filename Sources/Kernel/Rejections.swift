/// The kernel's own refusals: what is wrong, and what to do about it.
extension Rejection {
    public static let notFound = Rejection(
        .notFound, zh: "没有这个案件，或您无权办理。请核对编号。", en: "There is no such case, or it is not yours. Check the number.")

    public static let queueFull = Rejection(
        .queueFull, zh: "服务器排队已满。请稍后以同一幂等键重发。",
        en: "The server's queue is full. Send again later with the same key.")

    static func unavailable(_ zh: String, _ en: String) -> Rejection {
        Rejection(.unavailable, zh: "\(zh)请以同一幂等键重发。", en: "\(en) Send again with the same key.")
    }

    static let storeUnknown = unavailable("写入结果未知。", "It is not known whether this was stored.")
    static let storeFull = unavailable("存储空间已满，暂时只读。", "The store is full and read-only for now.")
    static let storeDown = unavailable("存储暂不可用。", "The store cannot be read at the moment.")
    /// To try again would be of no use.
    public static let damaged = Rejection(
        .damaged, zh: "存储中的这部分数据已损坏，无法读取；其他案件不受影响。请告知系统管理员。",
        en: "What is stored of this is damaged and cannot be read; other cases are not affected. Tell the operator.")

    static let changedMeanwhile = unavailable("案件同时被改动。", "The case was changed at the same time.")

    static let keyReused = Rejection(
        .keyReused, zh: "该幂等键已用于另一内容的请求。新的请求请用新键。",
        en: "This key was used for a request with other content. Use a new key for a new request.")

    static let keyTooOld = Rejection(
        .keyTooOld, zh: "幂等键已超过 400 天，无法判断是否办过。请查询案件后用新键。",
        en: "The key is older than 400 days: nobody knows whether it was done. Look at the case, use a new key.")

    static let keyInFuture = Rejection(
        .keyInFuture, zh: "幂等键的时间超前 10 分钟以上。请校准时钟。",
        en: "The key's time is more than 10 minutes ahead. Set your clock.")

    public static let payloadTooLarge = Rejection(
        .payloadTooLarge, zh: "提交内容超过 256 KiB。请精简后再发。",
        en: "The payload is larger than 256 KiB. Shorten it and send again.")

    static let recordTooLarge = Rejection(
        .recordTooLarge, zh: "案件记录将超过 64 KiB，未作改动。请精简后再发。",
        en: "The case's record would be larger than 64 KiB; nothing was changed. Shorten what you send.")

    static func limit(_ what: String) -> Rejection {
        Rejection(
            .limitExceeded, zh: "处理结果超出限额（\(what)），未作改动。请告知系统管理员。",
            en: "A limit was passed (\(what)); nothing was changed. Tell the operator.")
    }

    public static func typeUnknown(_ type: String) -> Rejection {
        Rejection(
            .typeUnknown, zh: "未安装事项类型“\(type)”。请核对名称。",
            en: "No case type \"\(type)\" is installed. Check the name.")
    }

    static func pluginMissing(_ type: String) -> Rejection {
        Rejection(
            .unavailable, reason: "PLUGIN_MISSING", zh: "办理“\(type)”案件的插件未安装。请联系管理员。",
            en: "The plugin that handles \"\(type)\" cases is not installed. Ask the operator.")
    }

    static func invalid(_ field: String, zh: String, en: String) -> Rejection {
        let violation = Violation(field: field, code: "INVALID", zh: zh, en: en)
        return Rejection(.invalidArgument, zh: zh, en: en, violations: [violation])
    }

    static func stale(expected: UInt64, actual: UInt64) -> Rejection {
        Rejection(
            .staleVersion, zh: "案件已到第 \(actual) 版，您看到的是第 \(expected) 版。请重新查看后再办。",
            en: "The case is at version \(actual), you saw version \(expected). Look again, then decide.")
    }

    static func eventNotAllowed(_ event: String, states: [String], because reasons: [Sentence] = []) -> Rejection {
        let places = states.joined(separator: ", ")
        let zh = reasons.isEmpty ? "" : "原因：\(reasons.map(\.zh).joined(separator: "；"))。"
        let en = reasons.isEmpty ? "" : " Because: \(reasons.map(\.en).joined(separator: "; "))."
        return Rejection(
            .eventNotAllowed, zh: "案件处于 \(places)，不能办理“\(event)”。\(zh)请查看案件现在可办理的事项。",
            en: "The case is in \(places) and cannot take \"\(event)\" now.\(en) Look what it can take.")
    }

    static func permissionDenied(_ event: String, by roles: [String]) -> Rejection {
        let names = roles.joined(separator: ", ")
        return Rejection(
            .permissionDenied, zh: "办理“\(event)”需要角色 \(names)。请由具备该角色的人员办理。",
            en: "\"\(event)\" needs the role \(names). Leave it to an officer who has it.")
    }

    /// - Parameter earlier: what the same hands have sent before in this case.
    static func fourEyes(_ event: String, earlier: [String]) -> Rejection {
        let (zh, en) = (earlier.joined(separator: "”“"), earlier.joined(separator: "\" and \""))
        return Rejection(
            .fourEyes, zh: "四眼原则：办过“\(zh)”的人不得再办理“\(event)”。请由其他人员办理。",
            en: "Four eyes: who sent \"\(en)\" must not send \"\(event)\" too. Leave it to a colleague.")
    }

    /// A name nobody proved is no hand that could be told from another.
    static func noHands(_ event: String) -> Rejection {
        Rejection(
            .fourEyes, zh: "四眼原则：“\(event)”须由经办人以本人证书办理。请勿使用机构证书。",
            en: "Four eyes: \"\(event)\" takes an officer's own certificate. Do not use the agency's.")
    }

    static func fundShort(_ fund: String) -> Rejection {
        Rejection(
            .fundShort, zh: "资金“\(fund)”可用余额不足，或有先受理的案件在等候。请待资金到位后再办。",
            en: """
                The fund "\(fund)" has not enough left, or cases accepted earlier wait for it. Send again when \
                money has arrived.
                """)
    }

    static func claimHeld(_ scopes: [String]) -> Rejection {
        let names = scopes.joined(separator: ", ")
        return Rejection(
            .claimHeld, zh: "同一对象已有另一案件（\(names)）。请查询并办理该案件。",
            en: "Another case already stands for the same (\(names)). Look for it and go on with that one.")
    }

    init(_ refusal: Effects.Refusal) {
        let code = refusal.code.isEmpty ? Code.refused.rawValue : refusal.code
        self.init(.refused, reason: code, zh: refusal.zh, en: refusal.en, violations: refusal.violations)
    }
}

/// A sentence in Chinese and English; plugins give both in one string, parted by " | ".
struct Sentence: Equatable {
    var zh: String
    var en: String

    init(zh: String, en: String) {
        self.zh = zh
        self.en = en
    }

    init(parting text: String) {
        var bytes = Array(text.utf8)[...]
        while let bar = bytes.firstIndex(of: UInt8(ascii: "|")) {
            let (before, after) = (bytes[..<bar], bytes[(bar + 1)...])
            guard before.last == 0x20, after.first == 0x20 else {
                bytes = after
                continue
            }
            zh = String(decoding: text.utf8.prefix(bar - 1), as: UTF8.self)
            en = String(decoding: after.dropFirst(), as: UTF8.self)
            return
        }
        (zh, en) = (text, text)
    }

    init(_ rejection: Rejection) { self.init(zh: rejection.zh, en: rejection.en) }

    var joined: String { "\(zh) | \(en)" }
}
