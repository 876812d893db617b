public import ChartAnalysis
public import Statechart

/// A finding with the place it stands at.
public struct ChartRemark: Hashable, Sendable {
    public var finding: ChartFinding
    /// As given by the caller.
    public var file: String
    /// From 1; 0 where a file has no lines to speak of, as canonical JSON.
    public var line: Int
    /// From 1, counted in Unicode scalars; 0 where the place is not known.
    public var column: Int

    public init(_ finding: ChartFinding, file: String, line: Int, column: Int) {
        self.finding = finding
        self.file = file
        self.line = line
        self.column = column
    }
}

/// What `casework chart check` says about a file.
public struct ChartReview: Sendable {
    public let file: String
    /// The chart, unless the file could not be read as one; then the remarks say why.
    public let definition: Definition?
    /// In the order of the files.
    public let remarks: [ChartRemark]

    public var errors: Int { remarks.count { $0.finding.code.severity == .error } }
    public var warnings: Int { remarks.count - errors }

    /// Reads a chart and says everything that is wrong with it, all at once.
    ///
    /// - Parameters:
    ///   - text: of a file in any form `ChartFile` reads.
    ///   - file: its name, which tells the form.
    ///   - names: what the plugin implements; nil leaves names unchecked.
    ///   - old: the version that running cases follow; nil compares with none.
    public init(of text: String, file: String, names: ImplementedNames? = nil, against old: Definition? = nil) {
        self.init(file, names, old) { () throws(ChartFileError) in try ChartFile.document(text: text, file: file) }
    }

    /// As `init(of:file:names:against:)`, of a file in a folder and of the shells it names: each remark has its file.
    public init(
        at path: String, in folder: ChartFolder, names: ImplementedNames? = nil, against old: Definition? = nil
    ) {
        self.init(folder.name + path, names, old) { () throws(ChartFileError) in
            try ChartFile.document(at: path, in: folder)
        }
    }

    private init(
        _ file: String, _ names: ImplementedNames?, _ old: Definition?,
        reading: () throws(ChartFileError) -> ChartFile.Document
    ) {
        self.file = file
        do throws(ChartFileError) {
            let document = try reading()
            let definition = try ChartFile.definition(document, file: file)
            var findings = definition.findings(names: names?.spelled(as: definition))
            if let old { findings += ChartComparison(from: old, to: definition).findings }
            self.definition = definition
            let places = document.located(findings.map { ChartError(.invalid, "", pointer: $0.pointer) })
            let unordered = zip(findings, places).map { finding, place in
                var finding = finding
                finding.pointer = place.pointer
                return ChartRemark(finding, file: place.file, line: place.line, column: place.column)
            }
            remarks = unordered.enumerated().sorted { ChartReview.isBefore($0, $1) }.map(\.element)
        } catch {
            definition = nil
            remarks = error.problems.map(ChartReview.remark)
        }
    }

    private static func isBefore(
        _ a: EnumeratedSequence<[ChartRemark]>.Element, _ b: EnumeratedSequence<[ChartRemark]>.Element
    ) -> Bool {
        (a.element.file, a.element.line, a.element.column, a.offset)
            < (b.element.file, b.element.line, b.element.column, b.offset)
    }

    private static func remark(_ problem: ChartProblem) -> ChartRemark {
        let code = ChartFinding.Code(reading: problem.code)
        let sentence = Sentence(ReadingSentence.zh(problem.message), problem.message)
        return ChartRemark(
            ChartFinding(code, sentence, pointer: problem.pointer), file: problem.file, line: problem.line,
            column: problem.column)
    }
}

extension ChartFinding.Code {
    /// Of what `ChartError.Code` calls it.
    init(reading code: String) {
        switch ChartError.Code(rawValue: code) {
        case .syntax: self = .syntax
        case .limit: self = .limit
        case .unknownKey: self = .unknownKey
        case .missing: self = .missing
        case .duplicate: self = .duplicate
        case .unknownName: self = .unknownName
        case .expression: self = .expression
        default: self = .invalid
        }
    }
}

// MARK: - Names

extension ImplementedNames {
    /// Reads what a plugin implements: either Swift source of handlers, where a function of one `Decision` that answers
    /// a `Verdict` is a guard and one of an `inout Decision` an action, or a list with one `guard NAME`, `action NAME`
    /// or `event NAME` a line, `#` before remarks.
    ///
    /// - Throws: the first line that is neither, as a problem with its place.
    public init(reading text: String, file: String) throws(ChartFileError) {
        self.init()
        guard !file.hasSuffix(".swift") else {
            let handlers = SwiftHandlers(reading: text)
            (guards, actions) = (handlers.guards, handlers.actions)
            return
        }
        for (offset, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        where !read(line) {
            let problem = ChartProblem(
                file: file, line: offset + 1, column: 1, code: ChartError.Code.invalid.rawValue,
                message: "expected guard, action or event and a name")
            throw ChartFileError(problems: [problem])
        }
    }

    public mutating func formUnion(_ other: ImplementedNames) {
        guards.formUnion(other.guards)
        actions.formUnion(other.actions)
        events.formUnion(other.events)
    }

    private mutating func read(_ line: Substring) -> Bool {
        let words = line.prefix { $0 != "#" }.split { $0.isWhitespace }.map(String.init)
        switch (words.count, words.first) {
        case (0, _): break
        case (2, "guard"): guards.insert(words[1])
        case (2, "action"): actions.insert(words[1])
        case (2, "event"): events.insert(words[1])
        default: return false
        }
        return true
    }
}
