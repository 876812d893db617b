public import Statechart

/// One thing wrong with a chart's file, where it stands.
public struct ChartProblem: Hashable, Sendable {
    /// As given by the caller.
    public var file: String
    /// From 1; 0 where the place is not known.
    public var line: Int
    /// From 1, counted in Unicode scalars; 0 where the place is not known.
    public var column: Int
    public var code: String
    /// What was expected, for a person.
    public var message: String
    /// JSON pointer (RFC 6901) into the canonical JSON; empty where the problem is one of the file's form.
    public var pointer: String

    public init(file: String, line: Int, column: Int, code: String, message: String, pointer: String = "") {
        self.file = file
        self.pointer = pointer
        self.line = line
        self.column = column
        self.code = code
        self.message = ChartError.shortened(message)
    }
}

extension ChartProblem: CustomStringConvertible {
    /// `chart.yaml:12:7: to rejectd: there is no such state`
    public var description: String {
        line > 0 ? "\(file):\(line):\(column): \(message)" : "\(file): \(message)"
    }
}

/// All that is wrong with a chart's file, in the order of the file.
public struct ChartFileError: Error, Sendable, CustomStringConvertible {
    public var problems: [ChartProblem]

    public var description: String { problems.map(\.description).joined(separator: "\n") }
}

/// Charts as people and other tools write them, made into the canonical JSON the server runs.
public enum ChartFile {
    /// Bytes of a file that are read at most.
    public static let maximumBytes = 4 << 20

    /// As `maximumBytes`, of a file by its name: canonical JSON may be longer than what people write.
    public static func maximumBytes(of path: String) -> Int {
        path.hasSuffix(".json") ? ChartLimits.bytes : maximumBytes
    }

    /// Why a longer file is refused.
    public static func tooLong(_ limit: Int) -> String { "the file has more than \(limit) bytes" }

    /// Reads `chart.yaml`.
    ///
    /// - Parameter file: its name, for messages.
    /// - Returns: canonical JSON that `Definition(canonicalJSON:)` accepts.
    /// - Throws: every problem of the file at once.
    public static func load(yaml: String, file: String) throws(ChartFileError) -> [UInt8] {
        try definition(yaml: yaml, file: file).canonicalJSON
    }

    public static func definition(yaml: String, file: String) throws(ChartFileError) -> Definition {
        try definition(Document(Composition.alone(try YAMLChart.read(yaml, file: file))), file: file)
    }

    /// Reads a chart's file from a folder, and the shells it names, which are part of it from then on.
    ///
    /// - Parameter path: of the file inside the folder, told by its end: `.yaml`, `.yml`, `.json` or `.scxml`.
    /// - Throws: every problem of all files at once, each with its own file.
    public static func definition(at path: String, in folder: ChartFolder) throws(ChartFileError) -> Definition {
        try definition(try document(at: path, in: folder), file: folder.name + path)
    }

    /// Reads SCXML, as far as it needs no scripts and no other sessions.
    public static func definition(scxml: String, file: String) throws(ChartFileError) -> Definition {
        try definition(Document(try ScxmlReader.read(scxml, file: file)), file: file)
    }

    /// The chart as SCXML, which reads back to the same canonical JSON. What SCXML has no words for stands in a
    /// namespace of its own.
    public static func scxml(of definition: Definition) throws(ChartError) -> String {
        try ScxmlWriter.text(of: definition)
    }

    /// Reads a chart's JSON, with or without blanks.
    public static func definition(json text: String, file: String) throws(ChartFileError) -> Definition {
        try definition(try Document(json: text, file: file), file: file)
    }

    /// Reads a file's text in the form its name ends with: `.yaml`, `.yml`, `.json` or `.scxml`.
    public static func definition(text: String, file: String) throws(ChartFileError) -> Definition {
        try definition(try document(text: text, file: file), file: file)
    }

    /// As `definition(text:file:)`, for bytes that may be no text.
    public static func definition(bytes: [UInt8], file: String) throws(ChartFileError) -> Definition {
        try definition(text: try text(of: bytes, file: file), file: file)
    }

    /// The text of a file, or where its bytes stop being UTF-8.
    static func text(of bytes: [UInt8], file: String) throws(ChartFileError) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        let place = firstFault(in: bytes)
        throw ChartFileError(problems: [
            ChartProblem(
                file: file, line: place.line, column: place.column, code: ChartError.Code.syntax.rawValue,
                message: "expected UTF-8, found the byte 0x\(String(place.byte, radix: 16, uppercase: true))")
        ])
    }

    private static func firstFault(in bytes: [UInt8]) -> (line: Int, column: Int, byte: UInt8) {
        var decoder = UTF8()
        var input = bytes.makeIterator()
        var place = (line: 1, column: 1)
        var length = 0
        while case .scalarValue(let scalar) = decoder.decode(&input) {
            length += UTF8.width(scalar)
            place = scalar == "\n" ? (place.line + 1, 1) : (place.line, place.column + 1)
        }
        return (place.line, place.column, length < bytes.count ? bytes[length] : 0)
    }

    public static func definition(canonicalJSON: [UInt8], file: String) throws(ChartFileError) -> Definition {
        do {
            return try Definition(canonicalJSON: canonicalJSON)
        } catch {
            throw ChartFileError(problems: [
                ChartProblem(
                    file: file, line: 0, column: 0, code: error.code.rawValue, message: error.description,
                    pointer: error.pointer)
            ])
        }
    }

    /// Throws what is wrong with the file's form, and with what it says.
    static func refuse(_ document: Document) throws(ChartFileError) {
        // Without a root there is nothing more to judge.
        guard document.json != .null else { throw ChartFileError(problems: document.problems) }
        var all = document.problems
        let problems = Definition.problems(of: document.json, isAuthored: document.isAuthored)
        for problem in document.located(problems) {
            // What follows from a problem of the form would only distract from it.
            let isKnown = document.problems.contains {
                $0.file == problem.file && $0.line == problem.line && $0.column == problem.column
            }
            if !isKnown || problem.line == 0 { all.append(problem) }
        }
        guard all.isEmpty else { throw ChartFileError(problems: all.sorted(by: isBefore)) }
    }

    private static func isBefore(_ a: ChartProblem, _ b: ChartProblem) -> Bool {
        (a.file, a.line, a.column, a.message) < (b.file, b.line, b.column, b.message)
    }
}
