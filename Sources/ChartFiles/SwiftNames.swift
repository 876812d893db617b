public import ChartAnalysis
import Statechart

/// Names of a chart that would be the same name in Swift.
public struct SwiftNameError: Error, Equatable, Sendable, CustomStringConvertible {
    /// In both languages, with what to do.
    public let sentence: Sentence

    public var description: String { sentence.en }
}

/// The names of a chart as Swift's guidelines want them: words in camel case, first small; keywords in backquotes.
///
/// `guard_is_out_of_province` is `isOutOfProvince`, `account.corrected` is `accountCorrected`.
enum SwiftName {
    enum Kind: String {
        case guards = "guard"
        case actions = "action"
        case events = "event"

        var zh: String {
            switch self {
            case .guards: "条件"
            case .actions: "动作"
            case .events: "事件"
            }
        }
    }

    /// The Swift names of a chart's names, in their order.
    static func all(_ names: [String], _ kind: Kind) throws(SwiftNameError) -> [String] {
        var first: [String: String] = [:]
        var result: [String] = []
        for name in names {
            guard let swift = camelCase(name, kind) else {
                throw SwiftNameError(
                    sentence: Sentence(
                        "\(kind.zh) \(name) 没有字母或数字，无法取 Swift 名称；请改名",
                        "the \(kind.rawValue) \(name) has no letter or digit to make a Swift name of; rename it"))
            }
            if let other = first.updateValue(name, forKey: swift) {
                throw SwiftNameError(
                    sentence: Sentence(
                        "\(kind.zh) \(other) 与 \(name) 在 Swift 中都是 \(swift)；请改其中一个的名称",
                        "the \(kind.rawValue)s \(other) and \(name) are both \(swift) in Swift; rename one of them"))
            }
            result.append(escaped(swift, kind))
        }
        return result
    }

    /// What the handlers' function of a guard or action is called, without backquotes.
    static func plain(_ name: String, _ kind: Kind) -> String { camelCase(name, kind) ?? name }

    private static func camelCase(_ name: String, _ kind: Kind) -> String? {
        var words = name.split { !$0.isLetter && !$0.isNumber }.map(String.init)
        // The protocol says already which of the two it is.
        if kind != .events, words.count > 1, words.first?.lowercased() == kind.rawValue { words.removeFirst() }
        // Where all is in capitals they carry nothing.
        if !name.contains(where: \.isLowercase) { words = words.map { $0.lowercased() } }
        guard let first = words.first else { return nil }
        let rest = words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }
        let joined = ([lowerStart(first)] + rest).joined()
        return joined.first?.isNumber == true ? "_\(joined)" : joined
    }

    /// `IsOpen` is `isOpen`, `URLValid` is `urlValid`.
    private static func lowerStart(_ word: String) -> String {
        let capitals = word.prefix { $0.isUppercase }
        guard capitals.count > 1, capitals.count < word.count else {
            return capitals.lowercased() + word.dropFirst(capitals.count)
        }
        return capitals.dropLast().lowercased() + word.dropFirst(capitals.count - 1)
    }

    private static func escaped(_ name: String, _ kind: Kind) -> String {
        // `CaseIterable` makes this one.
        if kind == .events, name == "allCases" { return "allCases_" }
        return keywords.contains(name) ? "`\(name)`" : name
    }

    private static let keywords: Set<String> = [
        "as", "associatedtype", "break", "case", "catch", "class", "continue", "default", "defer", "deinit", "do",
        "else", "enum", "extension", "fallthrough", "false", "fileprivate", "for", "func", "guard", "if", "import",
        "in", "init", "inout", "internal", "is", "let", "nil", "operator", "precedencegroup", "private", "protocol",
        "public", "repeat", "rethrows", "return", "self", "static", "struct", "subscript", "super", "switch",
        "throw", "throws", "true", "try", "typealias", "var", "where", "while",
    ]
}

extension ImplementedNames {
    /// The same with names as the chart has them where they stand as Swift spells those of its handlers.
    func spelled(as definition: Definition) -> ImplementedNames {
        var result = self
        result.guards = ImplementedNames.spell(guards, definition.guards, .guards)
        result.actions = ImplementedNames.spell(actions, definition.actions, .actions)
        return result
    }

    private static func spell(_ names: Set<String>, _ wanted: [String], _ kind: SwiftName.Kind) -> Set<String> {
        var result = names
        for name in wanted where !names.contains(name) {
            if result.remove(SwiftName.plain(name, kind)) != nil { result.insert(name) }
        }
        return result
    }
}
