/// The levels of a container and the channels between them, from top to bottom. Pixels.
struct LevelHeights {
    /// By level.
    private(set) var top: [Int] = []
    private var height: [Int] = []
    /// By channel.
    private var channelTop: [Int] = []
    private(set) var total = 0

    init(_ graph: LevelGraph, _ channels: Channels, isRoot: Bool) {
        let hasBoxes = graph.levels.map { level in
            level.contains { if case .box = graph.places[$0].kind { true } else { false } }
        }
        var isUsed = Array(repeating: false, count: graph.levels.count)
        for link in graph.links { isUsed[link.channel] = true }
        var y = 0
        for level in graph.levels.indices {
            top.append(y)
            height.append(graph.levels[level].map { graph.places[$0].height }.max() ?? 0)
            y += height[level]
            channelTop.append(y)
            guard level + 1 < graph.levels.count else { break }
            let isBorder = level == 0 || level + 2 == graph.levels.count
            if channels.trackCount[level] > 0 {
                y += 2 * DiagramMetrics.channelMargin + (channels.trackCount[level] - 1) * DiagramMetrics.track
            } else if isUsed[level] {
                y += hasBoxes[level + 1] || isBorder ? 20 : 8
            } else if !(isRoot && isBorder) {
                y += DiagramMetrics.smallestChannel
            }
        }
        total = y
    }

    func y(ofTrack track: Int, in channel: Int) -> Int {
        channelTop[channel] + DiagramMetrics.channelMargin + track * DiagramMetrics.track
    }

    func y(of terminal: Int, _ graph: LevelGraph) -> Int {
        let end = graph.terminals[terminal]
        let place = graph.places[end.place]
        guard !end.isTop else { return top[place.level] }
        if case .box = place.kind { return top[place.level] + place.height }
        return top[place.level] + height[place.level]
    }

    /// Where the boxes' part begins, under the container's own text.
    var firstTop: Int { channelTop.first ?? 0 }

    /// Where the lines between a row's regions end: at the border or the next row, but above labels.
    func end(ofRow level: Int) -> Int {
        let bottom = top[level] + height[level]
        guard level + 1 < top.count else { return total }
        return level + 2 == top.count && height[level + 1] == 0 ? total : min(bottom + 8, total)
    }
}
