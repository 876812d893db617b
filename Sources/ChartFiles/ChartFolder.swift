public import Statechart

/// Files that a chart may be made of, all inside one folder; how they are read is the caller's.
public struct ChartFolder {
    /// Why a file cannot be read, for a person.
    public struct Failure: Error {
        public var message: String
        public var code: ChartError.Code

        public init(message: String, code: ChartError.Code = .unknownName) {
            self.message = message
            self.code = code
        }
    }

    /// What is written before the paths of its files in messages: empty, or with `/` at its end.
    public let name: String
    private let read: (String) throws(Failure) -> [UInt8]

    /// - Parameter read: given a path inside the folder, with `/` and without `.` or `..`, the bytes of that file.
    public init(name: String, read: @escaping (String) throws(Failure) -> [UInt8]) {
        self.name = name
        self.read = read
    }

    func bytes(_ path: String) throws(ChartFileError) -> [UInt8] {
        do {
            return try read(path)
        } catch {
            throw ChartFileError(problems: [
                ChartProblem(
                    file: name + path, line: 0, column: 0, code: error.code.rawValue,
                    message: error.message)
            ])
        }
    }

    /// The path of a file that another one names, or nil where it would lie outside.
    static func resolve(_ path: String, from file: String) -> String? {
        guard !path.isEmpty, !path.hasPrefix("/"), !path.utf8.contains(0), !path.contains("\\") else { return nil }
        var parts = file.split(separator: "/").dropLast().map(String.init)
        for part in path.split(separator: "/") {
            switch part {
            case ".": break
            case "..":
                guard parts.popLast() != nil else { return nil }
            default: parts.append(String(part))
            }
        }
        return parts.isEmpty ? nil : parts.joined(separator: "/")
    }
}
