/// Why a chart cannot be drawn. Equality is on the code.
public struct DiagramError: Error, Sendable, CustomStringConvertible {
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// More states, or more lines beside each other, than a picture can hold.
        public static let tooLarge = Code(rawValue: "TOO_LARGE")
    }

    public var code: Code
    public var description: String

    static let tooLarge = DiagramError(
        code: .tooLarge,
        description: "more states or longer arrows than a picture can hold; try the tree, or Mermaid or DOT")
}

extension DiagramError: Equatable {
    public static func == (a: DiagramError, b: DiagramError) -> Bool { a.code == b.code }
}
