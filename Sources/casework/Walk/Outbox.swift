import Foundation

/// An agency's own book of what it asked: a request is written down before it is sent, its answer after. Whoever loses
/// the connection or is stopped sends the open ones again under the same keys; sending all of them again does no harm.
/// It holds personal data, as the agency's own files do, and only its owner may read it.
actor Outbox {
    struct Sent: Codable, Sendable {
        /// Says what is asked and makes the key, such as `applications-2026-08.csv:12:case.open`.
        var label: String
        var officer: String
        var kind: String
        var request: Data
    }

    struct Answer: Codable, Sendable {
        var label: String
        /// Empty for a refusal.
        var caseID = ""
        var number = ""
        /// Codes of a refusal, joined by `+` when fields were wrong; empty when it was done.
        var refusal = ""
    }

    /// What was seen on a case: the last day of a task or a timer.
    struct Deadline: Codable, Sendable {
        var caseID: String
        var id: String
        var day: String
    }

    private struct Line: Codable {
        var sent: Sent?
        var answer: Answer?
        var deadline: Deadline?
    }

    private(set) var sent: [Sent] = []
    private(set) var answers: [String: Answer] = [:]
    private(set) var deadlines: [Deadline] = []
    private let file: FileHandle
    private let path: String

    /// Opens the book in `path`, or begins one.
    init(path: String) throws(Failure) {
        self.path = path
        let manager = FileManager.default
        if !manager.fileExists(atPath: path) {
            guard manager.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]) else {
                throw .usage("无法写入 \(path)", "cannot write \(path)")
            }
        }
        let content = try TextFile.read(path)
        for text in content.split(separator: "\n") {
            let line: Line
            do {
                line = try JSONDecoder().decode(Line.self, from: Data(text.utf8))
            } catch {
                // A line cut short by a kill: the request it was about had not been sent, or will be asked again.
                continue
            }
            if let item = line.sent { sent.append(item) }
            if let answer = line.answer { answers[answer.label] = answer }
            if let deadline = line.deadline { deadlines.append(deadline) }
        }
        guard let file = FileHandle(forUpdatingAtPath: path) else {
            throw .usage("无法写入 \(path)", "cannot write \(path)")
        }
        file.seekToEndOfFile()
        if !content.isEmpty, !content.hasSuffix("\n") { file.write(Data("\n".utf8)) }
        self.file = file
    }

    func isKnown(_ label: String) -> Bool { answers[label] != nil }

    func write(_ item: Sent) throws(Failure) {
        sent.append(item)
        try append(Line(sent: item))
    }

    func write(_ answer: Answer) throws(Failure) {
        answers[answer.label] = answer
        try append(Line(answer: answer))
    }

    func write(_ deadline: Deadline) throws(Failure) {
        deadlines.append(deadline)
        try append(Line(deadline: deadline))
    }

    private func append(_ line: Line) throws(Failure) {
        do {
            try file.write(contentsOf: JSONEncoder().encode(line) + Data("\n".utf8))
        } catch {
            throw .usage("无法写入 \(path)", "cannot write \(path)")
        }
    }
}
