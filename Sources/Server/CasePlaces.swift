import Kernel
import Synchronization

/// What of a case never changes and decides who may see it; read once from the store and kept for the next time.
struct CasePlace: Sendable {
    var type: String
    var county: String
    var plugin: Digest
}

/// The places of cases used lately, at most twice `limit` of them.
final class CasePlaces: Sendable {
    private struct State {
        var young: [CaseID: CasePlace] = [:]
        var old: [CaseID: CasePlace] = [:]
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int = 65_536) { self.limit = limit }

    subscript(id: CaseID) -> CasePlace? {
        state.withLock { state in
            if let place = state.young[id] { return place }
            guard let place = state.old[id] else { return nil }
            keep(place, of: id, &state)
            return place
        }
    }

    func keep(_ place: CasePlace, of id: CaseID) { state.withLock { keep(place, of: id, &$0) } }

    private func keep(_ place: CasePlace, of id: CaseID, _ state: inout State) {
        if state.young.count >= limit {
            state.old = state.young
            state.young = [:]
        }
        state.young[id] = place
    }
}
