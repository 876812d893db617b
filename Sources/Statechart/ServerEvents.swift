/// Events that come from the server itself: one list for the check of charts and for the kernel, which believes them.
package enum ServerEvents {
    /// Opens a case, and comes to none that is open already.
    package static let opening = "case.open"
    /// The head of a queue gets its money.
    package static let granted = "fund.granted"
    package static let names: Set<String> = [opening, granted]
    /// First tokens of what the chart's own machinery raises, and of what jobs and children send.
    package static let platform: Set<String> = ["done", "error", "job", "child"]
    /// First tokens of what would be taken for word of the server: that a state is done, that money was granted. An
    /// error a chart may raise of its own.
    package static let reserved: Set<String> = ["case", "fund", "done", "job", "child"]

    package static func firstToken(of name: String) -> String {
        name.split(separator: ".").first.map(String.init) ?? ""
    }

    /// Whether a plugin may raise an event of this name, as far as the server's word goes.
    package static func isOpenToPlugins(_ name: String) -> Bool {
        let first = firstToken(of: name)
        return !first.isEmpty && !reserved.contains(first) && !platform.contains(first)
    }
}
