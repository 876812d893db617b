import Foundation

/// Colours and weights, or plain text where they are not wanted: no terminal, or `NO_COLOR` set (no-color.org).
struct Style: Sendable {
    var isColoured: Bool

    static let plain = Style(isColoured: false)

    func bold(_ text: String) -> String { wrap(text, "1") }
    func dim(_ text: String) -> String { wrap(text, "2") }
    func green(_ text: String) -> String { wrap(text, "32") }
    func red(_ text: String) -> String { wrap(text, "31") }
    func yellow(_ text: String) -> String { wrap(text, "33") }

    private func wrap(_ text: String, _ code: String) -> String {
        isColoured && !text.isEmpty ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text
    }
}

/// Where the output goes: how wide it is and whether it takes colours.
struct Terminal: Sendable {
    /// nil when the output is a file or a pipe.
    var width: Int?
    var style: Style
    var language: Language

    static func current(language: Language, environment: [String: String]) -> Terminal {
        let isTerminal = isatty(STDOUT_FILENO) == 1
        let wantsColour = (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
        return Terminal(
            width: isTerminal ? columns(environment) : nil, style: Style(isColoured: isTerminal && wantsColour),
            language: language)
    }

    private static func columns(_ environment: [String: String]) -> Int {
        var size = winsize()
        if ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        return environment["COLUMNS"].flatMap { Int($0) } ?? 80
    }

    func say(_ text: String) { StandardStreams.print(text) }

    func say(_ phrase: Phrase) { StandardStreams.print(phrase.text(in: language)) }

    /// What is read of a development store says so, lest it be taken for real.
    func sayStore(isDevelopment: Bool) {
        guard isDevelopment else { return }
        say(style.yellow(Phrase("开发库：仅供试用。", "A development store: for trials only.").text(in: language)))
    }

    func say(_ table: Table) {
        for line in table.lines(width: width, style: style) { StandardStreams.print(line) }
    }
}
