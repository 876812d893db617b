public import Schema
public import SwiftProtobuf

/// What a plugin is: one case type, with its chart, its messages and its handlers.
///
/// An author conforms to the protocol generated from the chart, which refines this one: it asks for one method for each
/// guard and each action and supplies `chart`, `guardNames`, `actionNames`, `answer` and `perform`; beside it stands an
/// enum of the chart's events. What is left to write besides the handlers are the record's type, the manifest and the
/// descriptors of the messages.
///
/// Handlers are pure: everything a decision may depend on is in `Decision`, and nothing happens before the server has
/// accepted all that a decision asks for. A handler that traps ends its own process, never the server.
public protocol CaseType {
    associatedtype Record: SwiftProtobuf.Message

    static var manifest: Manifest { get }
    /// An encoded `google.protobuf.FileDescriptorSet` of the record and the payloads with all they import.
    static var descriptors: [UInt8] { get }

    /// The chart as canonical JSON.
    static var chart: String { get }
    /// Names in the order of their indices.
    static var guardNames: [String] { get }
    static var actionNames: [String] { get }

    func answer(guard index: Int, _ decision: Decision<Record>) throws -> Verdict
    func perform(action index: Int, _ decision: inout Decision<Record>) throws
}

public typealias Manifest = Casework_Plugin_V1_Manifest
/// Everything a decision may depend on besides the record and the payload.
public typealias Facts = Casework_Plugin_V1_Facts

/// A sentence for people, in both languages.
public struct Sentence: Hashable, Sendable {
    public var zh: String
    public var en: String

    public init(zh: String, en: String) {
        self.zh = zh
        self.en = en
    }

    /// As a tape keeps it: `中文 | English`.
    var line: String { "\(zh) | \(en)" }
}

/// A guard's answer. A guard that throws has failed; one that asks for a payload when there is none answers so.
public enum Verdict: Equatable, Sendable {
    case yes
    case no(Sentence)

    public static func no(zh: String, en: String) -> Verdict { .no(Sentence(zh: zh, en: en)) }
}

/// Thrown by an action: nothing of the event happens, and the caller is told why.
public struct Refusal: Error, Equatable, Sendable {
    /// What is wrong with one field of the payload.
    public struct Violation: Hashable, Sendable {
        /// Path in the payload, in the names of the schema: `person.resident_number`.
        public var field: String
        /// Upper case and stable: `BAD_CHECK_DIGIT`.
        public var code: String
        public var sentence: Sentence

        public init(_ field: String, _ code: String, zh: String, en: String) {
            self.field = field
            self.code = code
            self.sentence = Sentence(zh: zh, en: en)
        }
    }

    /// Upper case and stable: `POLICY_NOT_CONFIGURED`.
    public var code: String
    public var sentence: Sentence
    public var violations: [Violation]

    public init(_ code: String, zh: String, en: String, violations: [Violation] = []) {
        self.code = code
        self.sentence = Sentence(zh: zh, en: en)
        self.violations = violations
    }
}

/// A guard or an action was asked for by an index the chart does not have.
public struct UnknownHandler: Error, Sendable {
    public var index: Int

    public init(index: Int) { self.index = index }
}
