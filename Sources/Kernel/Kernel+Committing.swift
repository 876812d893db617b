extension Kernel {
    /// Hands the gathered events to the store when it is free; positions are given here, so that none is ever missing.
    func startCommit() {
        pumpBudgets()
        guard committing == nil, !gathering.isEmpty, mode.isTrying(at: clock) else { return }
        commit(gathering.take(configuration.maximumBatch))
    }

    private func commit(_ events: Gathering) {
        events.place(from: lastPosition + 1)
        if let breach = breach(in: events) { stop(breach) }
        // Whatever broke a promise, here or before: nothing is written on top of it.
        guard breach == nil else { return }
        committing = (nextBatch, events)
        let batch = Batch(number: nextBatch, members: events.members)
        nextBatch += 1
        store.commit(batch, then: configuration.committed)
    }

    /// The store's answer; one to another batch than the one under way is of a time before a restart.
    func committed(_ result: CommitResult) {
        guard let batch = committing, batch.number == result.number else { return }
        switch result.outcome {
        case .committed: durable(batch.events, hashes: result.hashes)
        case .conflict(let indices): conflicted(batch.events, guilty: Set(indices))
        case .full: restart(.readOnly(until: clock.advanced(milliseconds: 1000)), .storeFull)
        case .unknown: restart(.serving, .storeUnknown)
        }
    }
}

extension Gathering {
    fileprivate func touchesTimers(_ index: Int) -> Bool {
        members[index].dueAdded.contains(where: \.queue.isEmpty)
            || members[index].dueRemoved.contains(where: \.queue.isEmpty)
    }
}

// MARK: - Done

extension Kernel {
    private func durable(_ batch: Gathering, hashes: [[UInt8]]) {
        committing = nil
        mode = .serving
        lastPosition += Position(batch.events.count)
        statistics.batches += 1
        statistics.events += UInt64(batch.events.count)
        // First of all: while replies are made the disk is at work.
        startCommit()
        for index in batch.indices {
            if index < hashes.count { batch.events[index].receipt.headHash = hashes[index] }
            becomeDurable(index, of: batch)
        }
        for accepted in batch.events {
            if let live = accepted.live { pump(live) } else { pumpBudgets() }
        }
    }

    private func becomeDurable(_ index: Int, of batch: Gathering) {
        let accepted = batch.events[index]
        ledger.commit(accepted.change)
        timersAreStale = timersAreStale || batch.touchesTimers(index)
        if let live = accepted.live, let proposal = accepted.proposal {
            for claim in proposal.claims { claimsTaken[claim.hash] = nil }
            live.standing = Standing(batch.members[index].write, proposal.content)
            move(live, to: .idle)
            live.conflicts = 0
            if proposal.kind == .incident { statistics.incidents += 1 }
            if accepted.work.isGrant { granting.remove(live.id) }
        } else {
            budgetIsBusy = false
        }
        finish(accepted.work, .success(accepted.receipt))
    }
}

// MARK: - Not done

extension Kernel {
    /// Preconditions of some members did not hold. They are rejected; what has to do with the same money is decided
    /// again, so that nobody overtakes a waiter; the rest is committed again.
    private func conflicted(_ batch: Gathering, guilty: Set<Int>) {
        guard !guilty.isEmpty, guilty.allSatisfy(batch.indices.contains) else {
            return restart(.serving, .storeUnknown)
        }
        committing = nil
        let pools = guilty.reduce(into: Set<Pool>()) { $0.formUnion(batch.events[$1].change.pools) }
        let isEntangled = { (accepted: Accepted) in
            accepted.live != nil && !accepted.change.pools.isDisjoint(with: pools)
        }
        let innocent = batch.indices.filter { !guilty.contains($0) }
        let later = gathering.events.filter(isEntangled)
        gathering = gathering.subset(gathering.indices.filter { !isEntangled(gathering.events[$0]) })
        let again = innocent.map { batch.events[$0] }.filter(isEntangled) + later
        for accepted in again { undo(accepted) }
        for index in guilty.sorted() { reject(batch.events[index]) }
        for accepted in again { requeue(accepted) }
        let rest = batch.subset(innocent.filter { !isEntangled(batch.events[$0]) })
        if !rest.isEmpty { commit(rest) }
    }

    private func undo(_ accepted: Accepted) {
        ledger.undo(accepted.change)
        for claim in accepted.proposal?.claims ?? [] { claimsTaken[claim.hash] = nil }
        if let live = accepted.live { move(live, to: .idle) }
        if accepted.live == nil { budgetIsBusy = false }
        if let live = accepted.live, accepted.work.isGrant { granting.remove(live.id) }
    }

    private func requeue(_ accepted: Accepted) {
        guard let live = accepted.live else { return }
        // Timers and grants are found again of themselves.
        if accepted.work.command != nil { live.putBack(accepted.work) }
        pump(live)
    }

    private func reject(_ accepted: Accepted) {
        undo(accepted)
        let scopes = accepted.proposal?.claims.map(\.scope) ?? []
        finish(accepted.work, .failure(scopes.isEmpty ? .changedMeanwhile : .claimHeld(scopes)))
        guard let live = accepted.live else { return }
        reload(live)
    }

    /// What memory knew of the case was wrong: it is read anew, and the events behind go on there.
    private func reload(_ live: LiveCase) {
        cases[live.id] = nil
        let queue = live.takeAll()
        guard !live.isBeingOpened else { return }
        timersAreStale = true
        guard case .live(let fresh) = find(live.id), live.conflicts < 3 else {
            strand(live.id, because: "what memory knew of it did not agree with the store, three times")
            for work in queue { finish(work, .failure(.changedMeanwhile)) }
            return
        }
        fresh.conflicts = live.conflicts + 1
        for work in queue { fresh.append(work) }
        pump(fresh)
    }
}
