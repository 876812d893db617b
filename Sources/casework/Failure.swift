import Foundation

/// What a command ends with when it does not end well: a sentence for a person and the code a script can branch on.
struct Failure: Error, Equatable {
    /// Exit codes are part of the command line's face: scripts branch on them.
    enum Code: Int32 {
        case refused = 1
        case usage = 2
        case unreachable = 3
    }

    var code: Code
    var phrase: Phrase
    /// One line each, indented under the sentence.
    var details: [Phrase] = []
    /// Stable code of the server or the plugin, such as `STALE_VERSION`; empty when the failure is the command line's
    /// own.
    var reason = ""
    /// Codes of wrong fields, such as `BAD_CHECK_DIGIT`.
    var violations: [String] = []
    /// It is not known whether the command was carried out, or it could not be for now: sending it again under the same
    /// key settles it.
    var isUnsettled = false
    /// The officer has no right to ask this at all, or the server cannot do it now, so that asking for the next case
    /// would help as little.
    var endsTheWalk = false

    static func == (a: Failure, b: Failure) -> Bool { a.code == b.code && a.reason == b.reason }

    static func refused(_ zh: String, _ en: String) -> Failure { Failure(code: .refused, phrase: Phrase(zh, en)) }
    static func usage(_ zh: String, _ en: String) -> Failure { Failure(code: .usage, phrase: Phrase(zh, en)) }
    static func unreachable(_ zh: String, _ en: String) -> Failure {
        Failure(code: .unreachable, phrase: Phrase(zh, en))
    }

    /// The same, as something that happened with a file.
    func of(_ path: String) -> Failure {
        var copy = self
        copy.phrase = Phrase("\(path)：\(phrase.text(in: .zh))", "\(path): \(phrase.text(in: .en))")
        return copy
    }

    func text(in language: Language) -> String {
        let head = "casework: " + phrase.text(in: language) + (reason.isEmpty ? "" : " [\(reason)]")
        return ([head] + details.map { "  " + $0.text(in: language) }).joined(separator: "\n")
    }

    /// On standard error, so that what programs read on standard output stays theirs.
    func say(in language: Language) { StandardStreams.warn(text(in: language) + "\n") }
}
