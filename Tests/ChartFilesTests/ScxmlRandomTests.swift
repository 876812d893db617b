import ChartFiles
import Testing

@testable import Statechart

/// Adds to a random chart what only charts of the own form have, at random.
private struct Decorator {
    var random: Seeded

    private mutating func text() -> String {
        let parts = ["a", " ", "村", "\u{0}", "\n", "<b>", "&", "\"", "]]>", "\r", "😀", "x.y"]
        return (0..<Int.random(in: 1...4, using: &random)).map { _ in
            parts.randomElement(using: &random) ?? ""
        }.joined()
    }

    private mutating func label() -> JSON { .object([.init("zh", .string(text())), .init("en", .string(text()))]) }

    private mutating func roles() -> JSON { .array([.string("clerk"), .string(text())]) }

    mutating func chart(_ json: JSON) -> JSON {
        guard case .object(let members) = json else { return json }
        let timer = JSON.object([
            .init("id", .string("late")), .init("duration", .string("5wd")), .init("label", label()),
        ])
        let result = members.map { member in
            switch (member.key, member.value) {
            case ("states", let value): JSON.Member("states", states(value))
            case ("timers", .array(let timers)): JSON.Member("timers", .array(timers + [timer]))
            default: member
            }
        }
        return .object(result + [.init("label", label()), .init("source", .string(text()))])
    }

    private mutating func states(_ json: JSON) -> JSON {
        guard case .array(let elements) = json else { return json }
        return .array(elements.map { state($0) })
    }

    private mutating func state(_ json: JSON) -> JSON {
        guard case .object(let members) = json else { return json }
        var result = members.map { member in
            switch member.key {
            case "states", "regions": JSON.Member(member.key, states(member.value))
            case "transitions": JSON.Member(member.key, transitions(member.value))
            default: member
            }
        }
        if random.chance(40) { result.append(.init("label", label())) }
        if random.chance(20) { result.append(.init("source", .string(text()))) }
        guard json["history"] == nil else { return .object(result) }
        if json["settled"] == nil, random.chance(20) { result.append(.init("settled", .boolean(true))) }
        guard json["final"] == nil else { return .object(result) }
        if json["tasks"] == nil, random.chance(30) {
            let task = JSON.object([
                .init("id", .string("t")), .init("role", .string(text())), .init("due", .string("5wd")),
                .init("label", label()),
            ])
            result.append(.init("tasks", .array([task])))
        }
        if json["jobs"] == nil, random.chance(30) {
            let job = JSON.object([
                .init("id", .string("j")), .init("worker", .string(text())), .init("attempts", .integer(3)),
                .init("wait", .string("30s")),
            ])
            result.append(.init("jobs", .array([job])))
        }
        return .object(result)
    }

    private mutating func transitions(_ json: JSON) -> JSON {
        guard case .array(let elements) = json else { return json }
        var result = elements.map { element -> JSON in
            guard case .object(let members) = element else { return element }
            return .object(members + [.init("by", roles()), .init("label", label()), .init("source", .string(text()))])
        }
        if random.chance(30) {
            result.append(.object([.init("after", .string("3d")), .init("firstDay", .string("counted"))]))
        }
        if random.chance(30) {
            let steps = JSON.array([
                .object([.init("log", .string(text())), .init("value", .string("'a' == '<'"))]),
                .object([.init("send", .string("e")), .init("delay", .string("2h")), .init("id", .string(text()))]),
                .object([.init("start", .string("late"))]),
            ])
            result.append(.object([.init("timer", .string("late")), .init("do", steps)]))
        }
        return .array(result)
    }
}

@Suite("SCXML of random charts")
struct ScxmlRandomTests {
    @Test("Each comes back the same, plain and with labels, roles, tasks, jobs and timers", arguments: 0..<4)
    func comesBack(part: UInt64) throws {
        for seed in stride(from: part, to: 200, by: 4) {
            let plain = RandomChart(seed: seed).json
            var decorator = Decorator(random: Seeded(seed: seed))
            for json in [plain, decorator.chart(plain)] {
                let definition = try Definition(canonicalJSON: json.canonicalBytes())
                let scxml = try ChartFile.scxml(of: definition)
                let copy = try ChartFile.definition(scxml: scxml, file: "again.scxml")
                #expect(copy.canonicalJSON == definition.canonicalJSON, "seed \(seed)\n\(scxml)")
                if copy.canonicalJSON != definition.canonicalJSON { return }
            }
        }
    }
}
