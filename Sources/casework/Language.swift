/// The two languages every sentence for a person exists in.
enum Language: String, CaseIterable, Sendable {
    case zh, en

    /// The language asked for by the option, else by the terminal's locale, else Chinese.
    static func chosen(option: Language?, environment: [String: String]) -> Language {
        if let option { return option }
        let locale = environment["LC_ALL"] ?? environment["LC_MESSAGES"] ?? environment["LANG"] ?? ""
        return locale.hasPrefix("en") ? .en : .zh
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
