/// Why a store cannot be opened or used. Equality is on the code; the message is one line for people.
public struct StoreError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// Another process has the store open for writing.
        case busy
        /// The store has been begun once, and what lies there is nothing: no file, an empty one, one without tables.
        case missing
        /// There is no file, or it may not be read or written.
        case inaccessible
        /// The file is something else.
        case foreign
        /// A newer version of the program made it.
        case newer
        /// The master key is not the store's.
        case wrongKey
        /// A development store was opened as a real one, or the reverse.
        case developmentMark
        /// What the file holds is not what was written.
        case corrupt
        /// The disk is full: nothing was written.
        case full
        /// An earlier write ended with an unknown outcome; the store must be opened anew.
        case broken
        /// The operating system or SQLite refused.
        case failed
    }

    public let code: Code
    public let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}

extension StoreError: Equatable {
    public static func == (a: StoreError, b: StoreError) -> Bool { a.code == b.code }
}
