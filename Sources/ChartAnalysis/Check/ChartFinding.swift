public import Statechart

/// A sentence for a person, in the two languages every sentence exists in.
public struct Sentence: Hashable, Sendable {
    public var zh: String
    public var en: String

    public init(_ zh: String, _ en: String) {
        self.zh = zh
        self.en = en
    }
}

/// One remark of `casework chart check`.
public struct ChartFinding: Hashable, Sendable {
    public enum Severity: String, Sendable, CaseIterable {
        /// Something that can never take effect as written, or that leaves a case stuck, turning, or without owner.
        case error
        /// Probably not meant, or a rule of good charts; the chart runs.
        case warning
    }

    /// What a remark is about. Codes are a stable face: one is never given another meaning.
    public struct Code: Hashable, Sendable {
        /// `C101`.
        public let name: String
        public let severity: Severity
        /// In a few words.
        public let title: Sentence
        /// What to do.
        public let advice: Sentence
    }

    public var code: Code
    /// What is wrong here.
    public var sentence: Sentence
    /// JSON pointer (RFC 6901) into the canonical JSON, or empty for the whole chart.
    public var pointer: String

    public init(_ code: Code, _ sentence: Sentence, pointer: String) {
        self.code = code
        self.sentence = sentence
        self.pointer = pointer
    }
}

/// What a plugin offers, and what its actions may raise, as far as it is known from outside the chart.
public struct ImplementedNames: Hashable, Sendable {
    public var guards: Set<String>
    public var actions: Set<String>
    /// Internal events that actions raise.
    public var events: Set<String>

    public init(guards: Set<String> = [], actions: Set<String> = [], events: Set<String> = []) {
        self.guards = guards
        self.actions = actions
        self.events = events
    }
}

extension Definition {
    /// Everything about the chart that would leave a case stuck or is probably not meant, in the chart's order.
    ///
    /// Pure and bounded: nearly linear in the size of the chart. An error says only what holds for certain; what cannot
    /// be decided in bounded time is not reported.
    ///
    /// - Parameter names: what the plugin implements; nil leaves names unchecked.
    public func findings(names: ImplementedNames? = nil) -> [ChartFinding] {
        var inspection = Inspection(self, names: names)
        return inspection.run()
    }
}
