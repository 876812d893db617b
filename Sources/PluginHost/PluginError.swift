/// Why a library could not be installed. Equality is on the code.
public struct PluginError: Error, Sendable {
    public enum Code: Sendable {
        /// The file cannot be read, or is larger than a plugin may be.
        case unreadable
        /// The file is not the one that was asked for.
        case digestMismatch
        /// The file is no plugin, or one this host cannot serve.
        case notAPlugin
        /// Its process could not be started, or ended before it had said what it is.
        case notStarted
    }

    public var code: Code
    /// For an operator: names the file and what to do.
    public var message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension PluginError: Equatable {
    public static func == (a: PluginError, b: PluginError) -> Bool { a.code == b.code }
}

extension PluginError: CustomStringConvertible {
    public var description: String { message }
}
