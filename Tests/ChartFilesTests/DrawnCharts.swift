import ChartFiles
import Statechart

/// Charts to draw, as an author would write them: all that a picture shows, with labels of any length.
struct DrawnChart {
    private final class Box {
        let id: String
        let path: String
        var kind: String
        var children: [Box] = []

        init(_ id: String, in parent: Box?, kind: String) {
            self.id = id
            self.kind = kind
            path = parent.map { "\($0.path)/\(id)" } ?? id
        }
    }

    private var random: Seeded
    private var all: [Box] = []
    private let bound: Int
    private(set) var yaml = ""

    /// - Parameter states: about so many.
    init(seed: UInt64, states: Int) {
        random = Seeded(seed: seed)
        bound = states
        let top = children(of: nil, depth: 0)
        yaml = "chart: drawn-\(seed)\nlabel: { zh: \(words("图")), en: \(words("Chart")) }\n"
        yaml += "initial: \(top[0].id)\nstates:\n"
        for box in top { write(box, indent: "  ") }
    }

    func definition() throws -> Definition { try ChartFile.definition(yaml: yaml, file: "drawn.yaml") }

    private mutating func children(of parent: Box?, depth: Int) -> [Box] {
        let count = Int.random(in: 2...(depth == 0 ? 7 : 4), using: &random)
        var boxes: [Box] = []
        for index in 0..<count {
            let box = Box("s\(all.count)", in: parent, kind: "atomic")
            all.append(box)
            boxes.append(box)
            guard all.count < bound else {
                if index > 0 { break }
                continue
            }
            if depth < 3, random.chance(depth == 0 ? 50 : 25) {
                box.kind = random.chance(30) ? "regions" : "states"
                box.children = children(of: box, depth: depth + 1)
            } else if index > 0, parent?.kind != "regions", random.chance(20) {
                box.kind = "final"
            }
        }
        if let parent, random.chance(25) {
            let history = Box("h\(all.count)", in: parent, kind: "history")
            all.append(history)
            boxes.append(history)
        }
        return boxes
    }

    private mutating func words(_ start: String) -> String {
        let supply = ["核查", "Review", "the register of", "就业", "departure-in-another-province", "材料", "a", "公示期满"]
        let count = random.chance(15) ? 12 : Int.random(in: 0...2, using: &random)
        let more = (0..<count).map { _ in supply.randomElement(using: &random) ?? "" }
        return "'" + ([start] + more).joined(separator: random.chance(50) ? " " : "") + "'"
    }

    private mutating func write(_ box: Box, indent: String) {
        yaml += "\(indent)\(box.id):\n"
        let inner = indent + "  "
        if box.kind == "history" {
            let siblings = all.filter { $0.path == "\(parentPath(box))/\($0.id)" && $0.kind != "history" }
            yaml += "\(inner)history: \(random.chance(50) ? "deep" : "shallow")\n\(inner)to: /\(siblings[0].path)\n"
            return
        }
        if random.chance(90) { yaml += "\(inner)label: { zh: \(words("状态")), en: \(words("State")) }\n" }
        if box.kind == "final" {
            yaml += "\(inner)final: true\n"
            return
        }
        if random.chance(10) { yaml += "\(inner)settled: true\n" }
        if random.chance(30) {
            let label = "{ zh: \(words("办")), en: \(words("Do")) }"
            yaml += "\(inner)tasks: [{ id: t, role: some.role, due: 5wd, label: \(label) }]\n"
        }
        writeTransitions(of: box, indent: inner)
        guard !box.children.isEmpty else { return }
        if box.kind == "states" { yaml += "\(inner)initial: \(box.children[0].id)\n" }
        yaml += "\(inner)\(box.kind):\n"
        for child in box.children { write(child, indent: inner + "  ") }
    }

    private func parentPath(_ box: Box) -> String {
        String(box.path.dropLast(box.id.count + 1))
    }

    private mutating func writeTransitions(of box: Box, indent: String) {
        let count = Int.random(in: 0...3, using: &random)
        guard count > 0 else { return }
        yaml += "\(indent)transitions:\n"
        for index in 0..<count {
            let trigger: String
            switch Int.random(in: 0..<8, using: &random) {
            case 0: trigger = "after: \(Int.random(in: 1...90, using: &random))d"
            case 1 where !box.children.isEmpty: trigger = "event: done"
            case 2: trigger = "event: a.rather.long.event.name.\(index), by: [first.role, second.role]"
            default: trigger = "event: e\(index), by: [role]"
            }
            let target = all.randomElement(using: &random)
            let to = random.chance(10) ? "do: [note]" : "to: /\(target?.path ?? "s0")"
            let condition = random.chance(30) ? ", if: isRegistered && isOutOfProvince" : ""
            yaml += "\(indent)  - { \(trigger)\(condition), \(to) }\n"
        }
    }
}
