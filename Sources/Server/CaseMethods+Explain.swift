import Kernel
import Logging
import Schema
import SwiftProtobuf

extension ServerCore {
    /// The kernel's explanation in the words of the wire, with the case as its readers see it. The kernel knows roles;
    /// whether the officer's agency may send events at all is known here.
    func explanation(_ explanation: Explanation, for grant: Grant) -> Result<Casework_V1_ExplainResponse, Rejection> {
        do {
            let shown = try show(explanation.stored, view: .masked)
            let maySend = grant.allows(service: Methods.Cases.service, method: Methods.Cases.send.name)
            return .success(
                .with {
                    $0.case = shown
                    $0.development = isDevelopment
                    $0.events = explanation.events.map { Casework_V1_PossibleEvent($0, maySend: maySend) }
                })
        } catch {
            logger.error("a case cannot be shown", metadata: ["case": "\(explanation.stored.id)", "error": "\(error)"])
            return .failure(Rejection(reading: error))
        }
    }
}

extension Casework_V1_PossibleEvent {
    fileprivate init(_ possible: Explanation.Possible, maySend: Bool) {
        self.init()
        // What nobody sends but the kernel takes no method.
        let isHindered = !maySend && !possible.by.isEmpty
        event = possible.event
        by = possible.by
        from = possible.from
        to = possible.to
        self.possible = possible.isPossible && !isHindered
        obstacles = (isHindered ? [.sendingNotGranted] : []) + possible.obstacles.map { Casework_V1_Obstacle($0) }
        because = possible.because.map { Casework_V1_Obstacle($0) }
        needsPayload = possible.needsPayload
    }
}

extension Casework_V1_Obstacle {
    fileprivate static let sendingNotGranted = Casework_V1_Obstacle.with {
        let refusal = Rejection.methodDenied(Methods.Cases.send.name)
        $0.kind = "method"
        $0.zh = refusal.zh
        $0.en = refusal.en
    }

    fileprivate init(_ obstacle: Explanation.Obstacle) {
        self.init()
        kind = obstacle.kind.rawValue
        zh = obstacle.zh
        en = obstacle.en
    }
}
