import Statechart

/// A picture with its title above and its legend below.
struct DiagramPage {
    typealias Point = ContainerLayout.Point

    /// One line of the legend: a sign and what it means.
    struct Sign {
        enum Symbol: Equatable {
            case initial, final, settled, active, region, history, clock, task, job, person, condition
        }

        var symbol: Symbol
        var origin: Point
        var text: String
        var width: Int
    }

    static let signGap = 34
    static let signHeight = 22

    var layout: DiagramLayout
    let title: TextBlock
    let titleOrigin: Point
    private(set) var signs: [Sign] = []
    let width: Int
    let height: Int
    /// Where the line above the legend lies.
    let ruleY: Int

    init(
        _ definition: Definition, active: Set<Int>, language: ChartLanguage, searches: Bool = true
    ) throws(DiagramError) {
        let model = DiagramModel(definition, active: active, language: language)
        title = DiagramPage.title(definition, language)
        let margin = DiagramMetrics.margin
        titleOrigin = Point(x: margin, y: margin - 6)
        let top = titleOrigin.y + title.height + 18
        layout = try DiagramLayout(model, at: Point(x: margin, y: top), searches: searches)
        let chart = layout.boxes[0].frame
        let content = max(chart.width, title.width, 420)
        width = content + 2 * margin
        ruleY = chart.maxY + 26
        let (placed, bottom) = DiagramPage.legend(layout, definition, width: content, top: ruleY + 12)
        signs = placed
        height = bottom + margin - 6
    }

    private static func title(_ definition: Definition, _ language: ChartLanguage) -> TextBlock {
        var block = TextBlock()
        let label = language.label(definition.label)
        block.add(label ?? definition.name, .chartTitle, wrap: 900)
        let note = [label == nil ? nil : definition.name, definition.source].compactMap(\.self)
        if !note.isEmpty { block.add(note.joined(separator: " · "), .chartNote, wrap: 900) }
        return block
    }

    private static func legend(
        _ layout: DiagramLayout, _ definition: Definition, width: Int, top: Int
    ) -> ([Sign], bottom: Int) {
        let left = DiagramMetrics.margin
        var (x, y) = (left, top)
        var signs: [Sign] = []
        for (symbol, text) in meanings(layout, definition) {
            let textWidth = TextMetrics.width(text, .detail)
            if x > left, x + signGap + textWidth > left + width { (x, y) = (left, y + signHeight) }
            signs.append(Sign(symbol: symbol, origin: Point(x: x, y: y), text: text, width: textWidth))
            x += signGap + textWidth + 22
        }
        return (signs, y + signHeight)
    }

    /// What the picture shows, in the order of the legend.
    private static func meanings(_ layout: DiagramLayout, _ definition: Definition) -> [(Sign.Symbol, String)] {
        let words = layout.model.words
        let nodes = layout.model.nodes
        func shows(_ shape: DiagramModel.Shape) -> Bool { nodes.contains { $0.shape == shape } }
        let conditions = definition.transitions.contains { $0.guardText != nil }
        let rows: [(Bool, Sign.Symbol, String, String)] = [
            (shows(.initial), .initial, "开始", "start"),
            (shows(.final), .final, "终结", "end"),
            (nodes.contains(where: \.isSettled), .settled, "视为办结，仍可收事件", "settled, still takes events"),
            (nodes.contains(where: \.isActive), .active, "当前所处", "active now"),
            (shows(.region), .region, "并行区域的分界", "between parallel regions"),
            (
                shows(.history(isDeep: false)) || shows(.history(isDeep: true)), .history, "回到上次所处",
                "back to where it was"
            ),
            (!definition.timers.isEmpty, .clock, "期限届满", "time is up"),
            (!definition.tasks.isEmpty, .task, "待办、岗位、时限", "task, role, due time"),
            (!definition.jobs.isEmpty, .job, "机器作业", "work for a machine"),
            (
                definition.transitions.contains { !$0.by.isEmpty }, .person, "可提交者；≠ 须另一人",
                "who may send it; ≠ not the same person"
            ),
            (conditions, .condition, "条件", "condition"),
        ]
        return rows.filter(\.0).map { ($0.1, words.pick($0.2, $0.3)) }
    }
}
