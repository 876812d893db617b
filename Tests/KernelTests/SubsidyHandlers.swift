import Kernel
import Wire

/// The transport subsidy in closures: a record of a person and an amount, enough to move money and claims.
enum Subsidy {
    static let scope = "transport-subsidy/2026"

    /// Payload of `case.open`: the person's name, and what the checks will find.
    static func application(
        _ person: String, isFar: Bool = true, isRegistered: Bool = true, quarters: UInt64 = 4
    ) -> [UInt8] {
        var writer = WireWriter()
        writer.string(1, person)
        writer.bool(3, isFar)
        writer.bool(4, isRegistered)
        writer.unsigned(5, quarters)
        return writer.bytes
    }

    struct Record {
        var person = ""
        var amount: Int64 = 0
        var isFar = false
        var isRegistered = false
        /// Of the county's amount.
        var quarters: UInt64 = 0

        init(_ bytes: [UInt8]) {
            var reader = WireReader(bytes)
            while let (field, value) = try? reader.next() {
                switch field {
                case 1: person = (try? value.string()) ?? ""
                case 2: amount = (try? value.signed()) ?? 0
                case 3: isFar = (try? value.unsigned()) == 1
                case 4: isRegistered = (try? value.unsigned()) == 1
                case 5: quarters = (try? value.unsigned()) ?? 0
                default: break
                }
            }
        }

        var bytes: [UInt8] {
            var writer = WireWriter()
            writer.string(1, person)
            writer.signed(2, amount)
            writer.bool(3, isFar)
            writer.bool(4, isRegistered)
            writer.unsigned(5, quarters)
            return writer.bytes
        }
    }

    static var handlers: Handlers {
        var handlers = Handlers()
        handlers.guards = [
            "isOutOfProvince": { Record($0.record).isFar ? (.guardYes, "") : (.guardNo, "在省内 | inside the province") },
            "isLongEnough": { _ in (.guardYes, "") },
            "isRegisteredOnDeparture": {
                Record($0.record).isRegistered ? (.guardYes, "") : (.guardNo, "不在册 | not registered")
            },
            "fundsAvailable": { scene in
                let owed = amount(scene)
                let available = scene.facts.pools[testFund]?.available ?? 0
                return available >= owed
                    ? (.guardYes, "") : (.guardNo, "资金不足 | \(owed) fen needed, \(available) available")
            },
        ]
        handlers.actions = actions
        return handlers
    }

    private static func amount(_ scene: Scene) -> Int64 {
        let record = Record(scene.record)
        guard record.amount == 0 else { return record.amount }
        return (scene.facts.integers["amount.flat"] ?? 0) * Int64(record.quarters) / 4
    }

    private static func nothing(_: inout Scene) -> AnswerKind { .actionDone }

    private static func posting(_ operation: UInt64) -> Handlers.Action {
        { scene in
            scene.effects.post(operation, amount(scene))
            return .actionDone
        }
    }

    private static func giveBack(_ scene: inout Scene) -> AnswerKind {
        let held = scene.facts.pools[testFund]?.held ?? 0
        if held > 0 { scene.effects.post(6, held) }
        return .actionDone
    }

    private static func withdraw(_ scene: inout Scene) -> AnswerKind {
        scene.effects.release(scope, Array(Record(scene.record).person.utf8))
        return giveBack(&scene)
    }

    private static func open(_ scene: inout Scene) -> AnswerKind {
        guard scene.facts.integers["amount.flat"] != nil else {
            scene.refusal = ("POLICY_NOT_CONFIGURED", "本县未设定标准", "the county has set no amount")
            return .actionRefused
        }
        scene.record = Record(scene.payload).bytes
        scene.effects.attribute("person", Int64(scene.payload.count), personal: true)
        return .actionDone
    }

    private static func claim(_ scene: inout Scene) -> AnswerKind {
        guard !scene.facts.conflicts.contains(scope) else {
            scene.refusal = ("DUPLICATE_APPLICATION", "本年度已有申请", "there is an application this year already")
            return .actionRefused
        }
        scene.effects.claim(scope, Array(Record(scene.record).person.utf8))
        return .actionDone
    }

    private static func compute(_ scene: inout Scene) -> AnswerKind {
        var record = Record(scene.record)
        record.amount = amount(scene)
        scene.record = record.bytes
        scene.effects.attribute("amount_fen", record.amount)
        return .actionDone
    }

    private static func queue(_ scene: inout Scene) -> AnswerKind {
        scene.effects.wait(amount(scene))
        return .actionDone
    }

    private static var actions: [String: Handlers.Action] {
        [
            "recordApplication": open, "claimPersonYear": claim, "computeAmount": compute, "queueForFunds": queue,
            "reserveFunds": posting(1), "commitFunds": posting(2), "payFunds": posting(3), "settleFunds": posting(4),
            "bounceFunds": posting(5), "releaseFunds": giveBack, "withdrawApplication": withdraw,
            "recordDenial": nothing, "recordIneligibleWork": nothing, "recordRegistry": nothing,
            "recordNotRegistered": nothing, "replaceAccount": nothing,
        ]
    }
}
