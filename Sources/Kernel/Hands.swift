import Statechart

/// Who may send what: roles and four-eyes, checked by the kernel alone.
struct Hands {
    let principal: Principal
    let senders: [CaseBody.Sender]

    /// Why the principal may not make this transition with `event`; nil when they may.
    func objection(to transition: Transition, event: String) -> Rejection? {
        guard transition.by.contains(where: principal.roles.contains) else {
            return .permissionDenied(event, by: transition.by)
        }
        guard !transition.distinctFrom.isEmpty else { return nil }
        guard !principal.officer.isEmpty else { return .noHands(event) }
        let own = Set(senders.filter(isSameHand).map(\.event))
        let shared = transition.distinctFrom.filter(own.contains)
        return shared.isEmpty ? nil : .fourEyes(event, earlier: shared)
    }

    /// An agency's own certificate may have been any of its officers.
    private func isSameHand(_ sender: CaseBody.Sender) -> Bool {
        sender.agency == principal.agency && (sender.officer.isEmpty || sender.officer == principal.officer)
    }

    /// A quick look before the plugin is asked: the objection if no candidate could be made by this principal.
    func objection(toAll candidates: [Int], of transitions: [Transition], event: String) -> Rejection? {
        var kept: Rejection?
        for index in candidates {
            guard let objection = objection(to: transitions[index], event: event) else { return nil }
            // Four-eyes says more than a missing role: the role was there.
            if kept == nil || objection.code == .fourEyes { kept = objection }
        }
        return kept
    }
}
