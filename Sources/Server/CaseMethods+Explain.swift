import Kernel
import Logging
import Schema
import SwiftProtobuf

extension ServerCore {
    /// The kernel's explanation in the words of the wire, with the case as its readers see it.
    func explanation(_ explanation: Explanation) -> Result<Casework_V1_ExplainResponse, Rejection> {
        do {
            let shown = try show(explanation.stored, view: .masked)
            return .success(
                .with {
                    $0.case = shown
                    $0.development = isDevelopment
                    $0.events = explanation.events.map { Casework_V1_PossibleEvent($0) }
                })
        } catch {
            logger.error("a case cannot be shown", metadata: ["case": "\(explanation.stored.id)", "error": "\(error)"])
            return .failure(.readFailed)
        }
    }
}

extension Casework_V1_PossibleEvent {
    fileprivate init(_ possible: Explanation.Possible) {
        self.init()
        event = possible.event
        by = possible.by
        from = possible.from
        to = possible.to
        self.possible = possible.isPossible
        obstacles = possible.obstacles.map { Casework_V1_Obstacle($0) }
        because = possible.because.map { Casework_V1_Obstacle($0) }
        needsPayload = possible.needsPayload
    }
}

extension Casework_V1_Obstacle {
    fileprivate init(_ obstacle: Explanation.Obstacle) {
        self.init()
        kind = obstacle.kind.rawValue
        zh = obstacle.zh
        en = obstacle.en
    }
}
