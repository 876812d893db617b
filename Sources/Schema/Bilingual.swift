/// A text in the two languages every label and every sentence of the product has.
public struct Bilingual: Hashable, Sendable {
    public var zh: String
    public var en: String

    public init(zh: String, en: String) {
        self.zh = zh
        self.en = en
    }

    /// Takes apart what `joined` made; a text without the mark stands for both languages.
    public init(joined: String) {
        let parts = joined.split(separator: Self.mark, maxSplits: 1)
        self.init(zh: parts.first.map(String.init) ?? "", en: parts.last.map(String.init) ?? "")
    }

    /// Both in one text, Chinese first, where a format has room for one only.
    public var joined: String { zh == en ? zh : zh + Self.mark + en }

    private static let mark = " | "
}
