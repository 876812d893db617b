import ChartAnalysis
import ArgumentParser
import ChartFiles
import Statechart

struct ChartCheck: SpeakingCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Say everything that is wrong with a chart, with line and column. 检查。",
        discussion: """
            An error can never take effect as written, or leaves a case stuck, turning
            or without owner. A warning is probably not meant. Exit 1 on errors.
            错误：写了也不起作用，或会使案件停住、空转、无人负责。警告：多半不是本意。

            --json prints one object: file, errors, warnings and findings, each with
            code, severity, file, line, column (0: not known), pointer (JSON pointer
            into the canonical JSON), message.zh, message.en, advice.zh, advice.en.

            --names reads what the plugin implements: Swift sources of its handlers,
            or a list with one "guard NAME", "action NAME" or "event NAME" (raised by
            an action) a line.

            Examples:
              casework chart check Plugins/TransportSubsidy/chart.yaml
              casework chart check chart.yaml --names Sources/Checks.swift --strict
              casework chart check chart.yaml --against released/chart.yaml --json

            Codes:
            \(codes)
            """)

    @OptionGroup var output: OutputOptions
    @Argument(help: "Chart: .yaml, canonical .json, or .scxml.") var file: String
    @Option(help: ArgumentHelp("Version that running cases follow; may be any form.", valueName: "file"))
    var against: String?
    @Option(help: ArgumentHelp("What the plugin implements; may be repeated.", valueName: "file")) var names: [String] =
        []
    @Flag(help: "Exit 1 on warnings too.") var strict = false

    /// The catalogue as a list: errors marked E, warnings W.
    private static var codes: String {
        ChartFinding.Code.all.map { code in
            "  \(code.name) \(code.severity == .error ? "E" : "W") \(code.title.en) \(code.title.zh)"
        }.joined(separator: "\n")
    }

    func run() throws {
        let old = try against.map { try ChartSource.definition($0) }
        let review = try ChartSource.review(file, names: try implemented(), against: old)
        if output.json {
            StandardStreams.print(ChartCheck.json(review).pretty())
        } else {
            ChartCheckText(terminal: output.terminal).say(review)
        }
        guard review.errors == 0, !strict || review.warnings == 0 else {
            throw Failure(code: .refused, phrase: ChartCheckText.summary(review))
        }
    }

    private func implemented() throws(Failure) -> ImplementedNames? {
        var all: ImplementedNames?
        for path in names {
            let text = try TextFile.read(path)
            do {
                let some = try ImplementedNames(reading: text, file: path)
                all = all ?? ImplementedNames()
                all?.formUnion(some)
            } catch {
                throw .usage("\(error)", "\(error)")
            }
        }
        return all
    }

    private static func json(_ review: ChartReview) -> JSONText {
        .object([
            .init(name: "file", value: .string(review.file)),
            .init(name: "errors", value: .word(String(review.errors))),
            .init(name: "warnings", value: .word(String(review.warnings))),
            .init(name: "findings", value: .array(review.remarks.map(json))),
        ])
    }

    private static func json(_ remark: ChartRemark) -> JSONText {
        let finding = remark.finding
        return .object([
            .init(name: "code", value: .string(finding.code.name)),
            .init(name: "severity", value: .string(finding.code.severity.rawValue)),
            .init(name: "file", value: .string(remark.file)),
            .init(name: "line", value: .word(String(remark.line))),
            .init(name: "column", value: .word(String(remark.column))),
            .init(name: "pointer", value: .string(finding.pointer)),
            .init(name: "message", value: finding.sentence.json),
            .init(name: "advice", value: finding.code.advice.json),
        ])
    }
}

extension Sentence {
    var phrase: Phrase { Phrase(zh, en) }

    var json: JSONText {
        .object([.init(name: "zh", value: .string(zh)), .init(name: "en", value: .string(en))])
    }
}

/// The remarks of a check on a terminal: place and code on a line of their own, below what is wrong and what to do.
struct ChartCheckText {
    let terminal: Terminal

    func say(_ review: ChartReview) {
        // What to do is the same for all of a code.
        var told: Set<ChartFinding.Code> = []
        for remark in review.remarks { say(remark, isFirst: told.insert(remark.finding.code).inserted) }
        guard review.errors == 0 else { return }
        terminal.say(ChartCheckText.summary(review))
    }

    private func say(_ remark: ChartRemark, isFirst: Bool) {
        let finding = remark.finding
        let isError = finding.code.severity == .error
        let kind = Phrase(isError ? "错误" : "警告", isError ? "error" : "warning").text(in: terminal.language)
        let pointer = finding.pointer.isEmpty ? "" : " \(finding.pointer)"
        let place = remark.line > 0 ? "\(remark.file):\(remark.line):\(remark.column)" : remark.file + pointer
        let mark = "\(kind) \(finding.code.name)"
        terminal.say(
            "\(terminal.style.bold(place))  \(isError ? terminal.style.red(mark) : terminal.style.yellow(mark))")
        say(finding.sentence, indentation: "  ", head: "")
        if isFirst { say(finding.code.advice, indentation: "  ", head: "→ ") }
    }

    private func say(_ sentence: Sentence, indentation: String, head: String) {
        let width = terminal.width.map { max(20, $0 - TextWidth.of(indentation + head)) }
        let lines = TextWidth.wrap(sentence.phrase.text(in: terminal.language), columns: width)
        for (offset, line) in lines.enumerated() {
            let blank = String(repeating: " ", count: TextWidth.of(head))
            let text = indentation + (offset == 0 ? head : blank) + line
            terminal.say(head.isEmpty ? text : terminal.style.dim(text))
        }
    }

    static func summary(_ review: ChartReview) -> Phrase {
        if review.remarks.isEmpty, let chart = review.definition {
            return Phrase(
                "\(review.file)：\(chart.states.count) 个状态，\(chart.transitions.count) 条转换，没有问题",
                "\(review.file): \(chart.states.count) states, \(chart.transitions.count) transitions, nothing wrong")
        }
        func count(_ number: Int, _ word: String) -> String { "\(number) \(word)\(number == 1 ? "" : "s")" }
        return Phrase(
            "\(review.file)：\(review.errors) 处错误，\(review.warnings) 处警告",
            "\(review.file): \(count(review.errors, "error")), \(count(review.warnings, "warning"))")
    }
}
