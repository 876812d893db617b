import Wire

/// What is known of a command's key.
private enum Known {
    case new
    case answered(CommandOutcome)
    /// The same command is in flight and will answer this caller too.
    case joined
}

extension Kernel {
    private static var payloadLimit: Int { 256 << 10 }
    private static var keyAge: Int64 { 400 * 86_400_000 }
    private static var keyAhead: Int64 { 10 * 60_000 }

    /// A command comes in: answered at once if it was done before or cannot be taken, else queued.
    func admit(_ command: Command, _ reply: @escaping Reply) {
        statistics.commands += 1
        switch known(command, reply) {
        case .new: break
        case .answered(let outcome):
            if case .failure = outcome { statistics.rejections += 1 }
            return reply(outcome)
        case .joined: return
        }
        let work = Work(.command(command), stamp: stamp())
        recentKeys[command.principal.agency, default: RecentKeys()].insert(command.key)
        inFlight[KeyScope(command)] = InFlight(digest: command.digest, replies: [reply])
        if let rejection = malformed(command) { return finish(work, .failure(rejection)) }
        route(work, command)
    }

    private func known(_ command: Command, _ reply: @escaping Reply) -> Known {
        if let rejection = badKey(command.key) { return .answered(.failure(rejection)) }
        let scope = KeyScope(command)
        if let other = inFlight[scope] {
            guard other.digest == command.digest else { return .answered(.failure(.keyReused)) }
            guard other.replies.count < configuration.queueLimit else { return .answered(.failure(.queueFull)) }
            inFlight[scope]?.replies.append(reply)
            return .joined
        }
        if recentKeys[scope.agency]?.mayHold(scope.key) ?? false, let outcome = repeated(command) {
            return .answered(outcome)
        }
        guard mode.isTrying(at: clock) else {
            return .answered(.failure(mode.isFull ? .storeFull : .storeDown))
        }
        guard inFlight.count < configuration.queueLimit else { return .answered(.failure(.queueFull)) }
        return .new
    }

    /// Keys carry their time, so that receipts need not be kept for ever.
    private func badKey(_ key: IdempotencyKey) -> Rejection? {
        guard !configuration.development else { return nil }
        let age = clock.milliseconds - key.instant.milliseconds
        if age > Self.keyAge { return .keyTooOld }
        return age < -Self.keyAhead ? .keyInFuture : nil
    }

    private func repeated(_ command: Command) -> CommandOutcome? {
        do throws(StoreFault) {
            let agency = command.principal.agency
            guard let receipt = try store.receipt(agency: agency, key: command.key) else { return nil }
            guard receipt.digest == command.digest else { return .failure(.keyReused) }
            guard let row = try store.history(at: receipt.position) else {
                throw .damaged("a receipt of \(agency) names history row \(receipt.position), which is not there")
            }
            do throws(WireError) {
                return .success(try Receipt(repeating: row))
            } catch {
                throw .damaged("history row \(row.position) cannot be read: \(error)")
            }
        } catch {
            return .failure(refusal(error))
        }
    }

    private func malformed(_ command: Command) -> Rejection? {
        switch command.kind {
        case .open(_, let county, let payload):
            guard payload.count <= Self.payloadLimit else { return .payloadTooLarge }
            return county.isDivisionCode ? nil : .badCounty
        case .send(_, _, let payload, _):
            return payload.count <= Self.payloadLimit ? nil : .payloadTooLarge
        case .unmask(_, let reason):
            guard reason.utf8.count > 1024 || reason.isEmpty else { return nil }
            return .invalid("reason", zh: "请写明查看理由（不超过 1024 字节）。", en: "Give the reason, in at most 1024 bytes.")
        case .setBudget(let pool, let amount, let document):
            return malformed(pool, amount, document)
        }
    }

    private func malformed(_ pool: Pool, _ amount: Int64, _ document: String) -> Rejection? {
        guard pool.county.isDivisionCode else { return .badCounty }
        guard !pool.fund.isEmpty, pool.fund.utf8.count <= 256 else {
            return .invalid("fund", zh: "资金名称为空或过长。", en: "The fund's name is empty or too long.")
        }
        guard (2000...2159).contains(pool.year) else {
            return .invalid("year", zh: "预算年度应在 2000 至 2159 之间。", en: "The budget year must lie between 2000 and 2159.")
        }
        guard (0...1_000_000_000_000_000).contains(amount) else {
            return .invalid("amount_fen", zh: "预算金额超出范围。", en: "The amount is out of range.")
        }
        guard !document.isEmpty, document.utf8.count <= 1024 else {
            return .invalid("document", zh: "请写明下达预算的文号。", en: "Name the document that grants the budget.")
        }
        return nil
    }

    private func route(_ work: Work, _ command: Command) {
        switch command.kind {
        case .open(let type, let county, _): open(work, type, county)
        case .send(let id, _, _, _), .unmask(let id, _): enqueue(work, id)
        case .setBudget:
            budgets.append(work)
            pumpBudgets()
        }
    }

    private func open(_ work: Work, _ name: String, _ county: String) {
        guard let type = newest[name] else { return finish(work, .failure(.typeUnknown(name))) }
        let id: CaseID
        do throws(StoreFault) {
            id = try newID(at: work.stamp)
        } catch {
            return finish(work, .failure(refusal(error)))
        }
        let version = policies.values(type: name, county: county, on: LocalDate(work.stamp))
        let policy = version.map {
            pinnedPolicies.shared(PinnedPolicy($0, declared: type.plugin.manifest.policyValues))
        }
        let body = CaseBody(definition: type.plugin.definitionDigest, plugin: type.plugin.digest, policy: policy)
        let live = LiveCase(opening: id, type: type, body: body)
        keep(live)
        live.append(work)
        pump(live)
    }

    private static var idTries: Int { 4096 }

    private func newID(at stamp: Instant) throws(StoreFault) -> CaseID {
        for _ in 0..<Self.idTries {
            let id = ids.next(at: stamp)
            guard id.instant <= idsProbedUntil else { return id }
            do throws(StoreFault) {
                if try store.load(id) == nil { return id }
            } catch .damaged {
                // Whatever is there, it has the id.
                continue
            }
        }
        throw .damaged("wherever a new case was to be, something is there or cannot be read")
    }

    private func enqueue(_ work: Work, _ id: CaseID) {
        switch find(id) {
        case .absent: finish(work, .failure(.notFound))
        case .unusable(let rejection): finish(work, .failure(rejection))
        case .live(let live):
            // Its timers go first, so that nothing overtakes them.
            postponed.cases.remove(id)
            live.append(work)
            pump(live)
        }
    }
}

extension KernelMode {
    fileprivate var isFull: Bool {
        if case .readOnly = self { true } else { false }
    }
}

extension Rejection {
    fileprivate static var badCounty: Rejection {
        .invalid(
            "county", zh: "区划代码应为 6 位数字。请更正后再发。",
            en: "The county is a division code of six digits. Correct it and send again.")
    }
}

extension String {
    fileprivate var isDivisionCode: Bool { utf8.count == 6 && utf8.allSatisfy { (0x30...0x39).contains($0) } }
}
