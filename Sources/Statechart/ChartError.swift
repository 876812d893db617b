/// Why a chart, a snapshot or an expression was refused. Equality is on the code.
public struct ChartError: Error, Sendable {
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The bytes are not JSON, or not UTF-8.
        public static let syntax = Code(rawValue: "SYNTAX")
        /// A limit of `ChartLimits` was passed.
        public static let limit = Code(rawValue: "LIMIT")
        /// A key the form does not know.
        public static let unknownKey = Code(rawValue: "UNKNOWN_KEY")
        /// A required key is absent.
        public static let missing = Code(rawValue: "MISSING")
        /// A value of another type or range than the form wants.
        public static let invalid = Code(rawValue: "INVALID")
        /// An id that was already given.
        public static let duplicate = Code(rawValue: "DUPLICATE")
        /// A state, variable or timer that does not exist.
        public static let unknownName = Code(rawValue: "UNKNOWN_NAME")
        /// An expression that cannot be read.
        public static let expression = Code(rawValue: "EXPRESSION")
        /// A snapshot that is damaged or does not fit the chart.
        public static let snapshot = Code(rawValue: "SNAPSHOT")
    }

    public var code: Code
    /// What is wrong and what was expected, for a person.
    public var message: String
    /// JSON pointer (RFC 6901) into the canonical JSON, or empty.
    public var pointer: String
    /// Byte of the JSON text at which reading stopped, or nil where it did not stop.
    public var offset: Int?

    public init(_ code: Code, _ message: String, pointer: String = "", offset: Int? = nil) {
        self.code = code
        self.message = ChartError.shortened(message)
        self.pointer = pointer
        self.offset = offset
    }
}

extension ChartError {
    /// What an author wrote stands in messages, and may be as long as the file.
    package static func shortened(_ message: String) -> String {
        guard message.utf8.count > 600 else { return message }
        return String(decoding: message.utf8.prefix(500), as: UTF8.self) + "…"
    }
}

extension ChartError: Equatable {
    public static func == (a: ChartError, b: ChartError) -> Bool { a.code == b.code }
}

extension ChartError: CustomStringConvertible {
    public var description: String { pointer.isEmpty ? message : "\(pointer): \(message)" }
}

/// Bounds on everything a chart can make grow. What passes one is refused with `ChartError.Code.limit`; while a chart
/// runs it raises `error.execution` or ends the macrostep.
public enum ChartLimits {
    /// Bytes of canonical JSON.
    public static let bytes = 8 << 20
    /// Nesting of JSON arrays and objects.
    public static let jsonDepth = 256
    public static let states = 16_384
    public static let transitions = 32_768
    /// States inside states.
    public static let stateDepth = 64
    /// Bytes of a name, an event or a path.
    public static let nameBytes = 512
    /// Bytes of one expression.
    public static let expressionBytes = 4_096
    /// Levels of one expression's tree.
    public static let expressionDepth = 128
    /// Executable content inside executable content.
    public static let contentDepth = 32
    /// Microsteps of one macrostep, internal events that nothing takes included.
    public static let microsteps = 1_000
    /// Elements of executable content run in one macrostep.
    public static let contentSteps = 100_000
    /// Events waiting in one queue.
    public static let queuedEvents = 1_024
    /// Weight of one value: a byte of text, or an element, each counts one.
    public static let valueWeight = 65_536
    /// Levels of lists in lists.
    public static let valueDepth = 16
}
