import Foundation
import Schema
import SwiftProtobuf

/// One agency at its desk: the sessions of its own officers, its own book, and nothing of anybody else's.
struct Agency: Sendable {
    let name: String
    let sessions: [String: Session]
    let outbox: Outbox
    let samples: String
    let language: Language

    /// Opens a session for each officer whose folder lies in `identities`.
    static func open(
        _ name: String, at address: Address, identities: String, outbox: Outbox, samples: String, language: Language
    ) async throws(Failure) -> Agency {
        let folders: [String]
        do {
            folders = try FileManager.default.contentsOfDirectory(atPath: identities).sorted()
        } catch {
            throw .usage("无法读取目录 \(identities)", "cannot read the folder \(identities)")
        }
        var sessions: [String: Session] = [:]
        for officer in folders where !officer.hasPrefix(".") {
            sessions[officer] = try await Session.open(address, identity: identities + "/" + officer)
        }
        return Agency(name: name, sessions: sessions, outbox: outbox, samples: samples, language: language)
    }

    func close() async {
        for session in sessions.values { await session.close() }
    }

    func session(of officer: String) throws(Failure) -> Session {
        guard let session = sessions[officer] else {
            throw .usage("没有 \(officer) 的证书", "there is no certificate of \(officer)")
        }
        return session
    }

    func table(_ file: String) throws(Failure) -> CSV { try CSV(parsing: TextFile.read(samples + "/" + file)) }

    // MARK: - Commands

    enum Outcome: Sendable {
        case done(Request.Receipt)
        /// The server said no, and changed nothing.
        case refused(Failure)
    }

    /// Writes the request down, sends it and writes the answer down.
    ///
    /// - Throws: what ends the walk: no server, or an officer who may not do this at all.
    func ask(_ request: Request, label: String, officer: String) async throws(Failure) -> Outcome {
        try await outbox.write(Outbox.Sent(label: label, officer: officer, kind: request.kind, request: bytes(request)))
        return try await perform(request, label: label, officer: officer)
    }

    func perform(_ request: Request, label: String, officer: String) async throws(Failure) -> Outcome {
        do {
            let receipt = try await request.perform(session(of: officer))
            try await outbox.write(Outbox.Answer(label: label, caseID: receipt.caseID, number: receipt.number))
            return .done(receipt)
        } catch {
            guard error.isAnAnswer else { throw error }
            try await outbox.write(Outbox.Answer(label: label, refusal: error.codes))
            return .refused(error)
        }
    }

    private func bytes(_ request: Request) throws(Failure) -> Data {
        do {
            return try request.bytes()
        } catch {
            throw .usage("请求无法编码", "a request cannot be encoded")
        }
    }

    /// Sends an event to a case. The key comes from the case's number and version, so each event of its life has its
    /// own.
    func send(
        _ event: String, to item: Casework_V1_Case, payload: Data = Data(), officer: String
    ) async throws(Failure) -> Outcome {
        let label = "\(item.number):\(item.version):\(event)"
        let request = Casework_V1_SendRequest.with {
            $0.key = Data(WalkKey.bytes(label))
            $0.caseID = item.caseID
            $0.event = event
            if !payload.isEmpty { $0.protobuf = payload }
        }
        return try await ask(.send(request), label: label, officer: officer)
    }

    /// Reads a case's record in clear, for a reason that stays in its history.
    func unmask(_ item: Casework_V1_Case, reason: String, officer: String) async throws(Failure) -> Record {
        let label = "\(item.number):\(item.version):unmask"
        let request = Casework_V1_UnmaskRequest.with {
            $0.key = Data(WalkKey.bytes(label))
            $0.caseID = item.caseID
            $0.reason = reason
        }
        switch try await ask(.unmask(request), label: label, officer: officer) {
        case .refused(let failure): throw failure
        case .done(let receipt):
            // Without a record nobody could be found in any register: better no answer than a wrong one.
            guard !receipt.record.isEmpty else {
                throw .refused("未取得案卷明文。请重新运行。", "the record did not come in clear: run it again")
            }
            do {
                return try Record(serializedBytes: receipt.record)
            } catch {
                throw .refused("案卷无法解读", "the record cannot be read")
            }
        }
    }

    typealias Record = Cases_TransportSubsidy_V1_Record

    // MARK: - Waiting

    /// Waits until no case in `state` has a deadline that has passed: what a deadline brings about happens a moment
    /// after the clock has reached it.
    func waitForDeadlines(in state: String, officer: String) async throws(Failure) {
        let session = try session(of: officer)
        for _ in 0..<1200 {
            let now = try await session.call(Methods.Operations.health, Casework_V1_HealthRequest()).nowMillis
            guard try await hasPassedDeadline(in: state, session, now: now) else { return }
            await Agency.pause()
        }
        throw .refused("到期事项迟迟未处理", "deadlines have passed and nothing happens")
    }

    private func hasPassedDeadline(in state: String, _ session: Session, now: Int64) async throws(Failure) -> Bool {
        let filter = Casework_V1_ListRequest.with { $0.state = state }
        for listed in try await session.cases(filter, limit: 100_000).cases {
            let item = try await session.call(Methods.Cases.get, .with { $0.caseID = listed.caseID })
            if item.states.contains(state), item.timers.contains(where: { $0.dueMillis <= now }) { return true }
        }
        return false
    }

    /// Waits until the queue for money stands still: a grant is handed out case by case after it is set.
    func waitForGrants(officer: String) async throws(Failure) {
        let session = try session(of: officer)
        var still = 0
        var before: [Casework_V1_PoolBalance] = []
        while still < 10 {
            let pools = try await session.call(Methods.Funds.accounts, Casework_V1_AccountsRequest()).pools
            guard pools.contains(where: { $0.waiting > 0 && $0.availableFen > 0 }) else { return }
            still = pools == before ? still + 1 : 0
            before = pools
            await Agency.pause()
        }
    }

    private static func pause() async {
        do { try await Task.sleep(for: .milliseconds(50)) } catch { return }
    }

    // MARK: - Worklists

    /// Takes every case with an open task of `role`, county by county at the same time, within a county strictly in
    /// order of acceptance: who came first is served first, and gets the money first.
    ///
    /// - Returns: how often `work` answered true.
    func workThrough(
        role: String, officer: String, _ what: Phrase,
        _ work: @escaping @Sendable (Casework_V1_Case) async throws(Failure) -> Bool
    ) async throws(Failure) -> Int {
        let session = try session(of: officer)
        let filter = Casework_V1_ListRequest.with { $0.role = role }
        let cases = try await session.cases(filter, limit: 100_000).cases
        let progress = Progress(what, total: cases.count, language: language)
        let lanes = Dictionary(grouping: cases, by: \.county).values
        let result = await withTaskGroup(of: Result<Int, Failure>.self) { group in
            for lane in lanes {
                group.addTask { await Agency.work(lane, session, outbox, progress, work) }
            }
            return await group.reduce(into: Result<Int, Failure>.success(0)) { total, lane in
                total = total.flatMap { sum in lane.map { sum + $0 } }
            }
        }
        await progress.finish()
        return try result.get()
    }

    private static func work(
        _ lane: [Casework_V1_Case], _ session: Session, _ outbox: Outbox, _ progress: Progress,
        _ work: @Sendable (Casework_V1_Case) async throws(Failure) -> Bool
    ) async -> Result<Int, Failure> {
        var count = 0
        for listed in lane {
            do throws(Failure) {
                let item = try await session.call(Methods.Cases.get, .with { $0.caseID = listed.caseID })
                try await outbox.note(item)
                if try await work(item) { count += 1 }
            } catch {
                return .failure(error)
            }
            await progress.step()
        }
        return .success(count)
    }
}

extension Outbox {
    /// Writes down until when the case's open tasks and timers run.
    func note(_ item: Casework_V1_Case) throws(Failure) {
        for task in item.tasks where task.dueMillis > 0 {
            try write(Deadline(caseID: item.caseID, id: task.id, day: Moment.lastDay(task.dueMillis)))
        }
        for timer in item.timers {
            try write(Deadline(caseID: item.caseID, id: timer.id, day: Moment.lastDay(timer.dueMillis)))
        }
    }
}
