/// The two languages every sentence for a person exists in.
enum Language: String, CaseIterable, Sendable {
    case zh, en

    /// The language asked for by the option, else by the terminal's locale, else Chinese. A variable that is empty is
    /// as one that is not there (POSIX, XBD 8.2).
    static func chosen(option: Language?, environment: [String: String]) -> Language {
        if let option { return option }
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
        return locale?.hasPrefix("en") ?? false ? .en : .zh
    }
}

/// A sentence in both languages.
struct Phrase: Hashable, Sendable {
    var zh: String
    var en: String

    init(_ zh: String, _ en: String) {
        self.zh = zh
        self.en = en
    }

    func text(in language: Language) -> String { language == .zh ? zh : en }
}
