import ChartFiles
import Foundation
import Testing

@testable import casework

/// `Schemas/chart.schema.json` is what authors' editors check by; it must know the same keys as the reader of charts.
@Suite("The chart's schema")
struct ChartSchemaTests {
    private static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Keys that the reader takes from elsewhere in the file, and one it knows only to say where it belongs.
    private static let notForAuthors: Set = ["id", "regions"]

    /// Keys of files that the reader makes one chart of before it is judged.
    private static let ofComposition: Set = ["shell", "places", "place"]

    /// A chart with an unknown key in one place, and the place in the schema that describes it.
    static let places: [(name: String, definition: [String], chart: String)] = [
        ("chart", [], "zz: 1\nstates: { a: }"),
        ("state", ["$defs", "state"], "states: { a: { zz: 1 } }"),
        ("transition", ["$defs", "transition"], "states: { a: { transitions: [{ zz: 1 }] } }"),
        ("task", ["$defs", "task"], "states: { a: { tasks: [{ zz: 1 }] } }"),
        ("job", ["$defs", "job"], "states: { a: { jobs: [{ zz: 1 }] } }"),
        ("timer", ["$defs", "timer", "oneOf", "1"], "states: { a: }\ntimers: { t: { zz: 1 } }"),
        ("variable", ["$defs", "variable", "oneOf", "1"], "states: { a: }\nvariables: { v: { zz: 1 } }"),
        ("role", ["$defs", "labelsByName", "additionalProperties"], "states: { a: }\nroles: { r: { zz: 1 } }"),
        ("guard", ["$defs", "labelsByName", "additionalProperties"], "states: { a: }\nguards: { g: { zz: 1 } }"),
        ("raise", ["$defs", "raise"], "states: { a: { entry: { raise: e, zz: 1 } } }"),
        ("send", ["$defs", "send"], "states: { a: { entry: { send: e, zz: 1 } } }"),
        ("cancel", ["$defs", "cancel"], "states: { a: { entry: { cancel: i, zz: 1 } } }"),
        ("assign", ["$defs", "assign"], "states: { a: { entry: { assign: n, zz: 1 } } }"),
        ("if", ["$defs", "branch"], "states: { a: { entry: { if: x, zz: 1 } } }"),
        ("foreach", ["$defs", "loop"], "states: { a: { entry: { foreach: x, zz: 1 } } }"),
        ("log", ["$defs", "log"], "states: { a: { entry: { log: x, zz: 1 } } }"),
        ("block", ["$defs", "block"], "states: { a: { entry: { block: x, zz: 1 } } }"),
    ]

    @Test("it knows the keys the reader knows", arguments: places.indices)
    func keys(index: Int) throws {
        let place = Self.places[index]
        let text = "chart: c\nlabel: { zh: 甲, en: A }\n" + place.chart
        let failure = #expect(throws: ChartFileError.self) { try ChartFile.load(yaml: text, file: "c.yaml") }
        let message = try #require(failure?.problems.first { $0.message.contains("unknown key zz") }?.message)
        let known = Set(message.components(separatedBy: "known here: ")[1].components(separatedBy: ", "))
        var schema = try #require(
            JSONText(parsing: TextFile.read(Self.root.appendingPathComponent("Schemas/chart.schema.json").path)))
        for name in place.definition {
            if case .array(let elements) = schema {
                schema = elements[try #require(Int(name))]
            } else {
                schema = try #require(schema[name])
            }
        }
        guard case .object(let members) = schema["properties"] else {
            Issue.record("\(place.name) has no properties in the schema")
            return
        }
        let described = Set(members.map(\.name))
        let judged = described.subtracting(Self.ofComposition)
        #expect(judged.isSubset(of: known), "\(judged.subtracting(known))")
        #expect(known.subtracting(described).isSubset(of: Self.notForAuthors), "\(known.subtracting(described))")
    }
}
