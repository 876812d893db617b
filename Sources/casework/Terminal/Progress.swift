import Foundation

/// A line on standard error for work that lasts longer than two seconds: what, how many of how many.
/// On a terminal the line is rewritten in place; elsewhere one is added every ten seconds.
actor Progress {
    private let what: Phrase
    private let total: Int
    private let language: Language
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let begin = ContinuousClock.now
    private var shownAt: ContinuousClock.Instant?
    private var done = 0

    init(_ what: Phrase, total: Int, language: Language) {
        self.what = what
        self.total = total
        self.language = language
    }

    func step() {
        done += 1
        let now = ContinuousClock.now
        let pause: Duration = isTerminal ? .milliseconds(200) : .seconds(10)
        guard now - begin > .seconds(2), shownAt.map({ now - $0 > pause }) ?? true else { return }
        shownAt = now
        let text = "\(what.text(in: language)) \(done)/\(total)"
        emit(isTerminal ? "\r\u{1b}[K  \(text)" : "  \(text)\n")
    }

    /// Takes the line away again.
    func finish() {
        if shownAt != nil, isTerminal { emit("\r\u{1b}[K") }
    }

    private func emit(_ text: String) { StandardStreams.warn(text) }
}
