/// Gives every line in the channel between two levels a track of its own, so that horizontal parts lie beside each
/// other, and chooses tracks so that few lines cross.
struct Channels {
    /// Lines that share an end in a channel: they run on one track.
    struct Net {
        var channel: Int
        /// Where it comes from above, and from below.
        var uppers: [Int] = []
        var lowers: [Int] = []
        var low = Int.max
        var high = Int.min
        /// From the top; nil for a line that is straight.
        var track: Int?
    }

    private(set) var nets: [Net] = []
    /// By terminal; -1 for one without line in a channel.
    private(set) var netOfTerminal: [Int]
    /// By channel.
    private(set) var trackCount: [Int]

    /// Channels with more lines are filled from left to right without regard to crossings.
    private static let bound = 120

    init(_ graph: LevelGraph) {
        netOfTerminal = Array(repeating: -1, count: graph.terminals.count)
        trackCount = Array(repeating: 0, count: graph.levels.count)
        gather(graph)
        var byChannel: [[Int]] = Array(repeating: [], count: graph.levels.count)
        for (index, net) in nets.enumerated() where net.low < net.high { byChannel[net.channel].append(index) }
        for (channel, members) in byChannel.enumerated() { assign(members, channel) }
    }

    /// Joins lines that share an end.
    private mutating func gather(_ graph: LevelGraph) {
        var leader = Array(graph.terminals.indices)
        func find(_ terminal: Int) -> Int {
            var top = terminal
            while leader[top] != top { top = leader[top] }
            return top
        }
        for link in graph.links {
            let (a, b) = (find(link.upper), find(link.lower))
            if a != b { leader[max(a, b)] = min(a, b) }
        }
        for link in graph.links {
            for terminal in [link.upper, link.lower] where netOfTerminal[terminal] < 0 {
                let top = find(terminal)
                if netOfTerminal[top] < 0 {
                    netOfTerminal[top] = nets.count
                    nets.append(Net(channel: link.channel))
                    add(top, graph)
                }
                guard terminal != top else { continue }
                netOfTerminal[terminal] = netOfTerminal[top]
                add(terminal, graph)
            }
        }
    }

    private mutating func add(_ terminal: Int, _ graph: LevelGraph) {
        let net = netOfTerminal[terminal]
        let x = graph.x(of: terminal)
        nets[net].low = min(nets[net].low, x)
        nets[net].high = max(nets[net].high, x)
        if graph.terminals[terminal].isTop { nets[net].lowers.append(x) } else { nets[net].uppers.append(x) }
    }

    private mutating func assign(_ members: [Int], _ channel: Int) {
        var order: [Int] = []
        let sorted = members.sorted { (nets[$0].low, nets[$0].high, $0) < (nets[$1].low, nets[$1].high, $1) }
        for net in sorted { order.insert(net, at: members.count > Channels.bound ? order.count : place(net, order)) }
        for (index, net) in order.enumerated() {
            var track = 0
            for earlier in order[..<index] where overlaps(nets[earlier], nets[net]) {
                track = max(track, (nets[earlier].track ?? 0) + 1)
            }
            nets[net].track = track
            trackCount[channel] = max(trackCount[channel], track + 1)
        }
    }

    /// Where in the order from the top the line crosses the fewest others.
    private func place(_ net: Int, _ order: [Int]) -> Int {
        // At first below all others, then step by step upwards.
        var cost = order.reduce(0) { $0 + price(above: nets[$1], below: nets[net]) }
        var (least, best) = (cost, order.count)
        for index in order.indices.reversed() {
            let other = nets[order[index]]
            cost += price(above: nets[net], below: other) - price(above: other, below: nets[net])
            if cost < least { (least, best) = (cost, index) }
        }
        return best
    }

    private func overlaps(_ a: Net, _ b: Net) -> Bool {
        a.low <= b.high + DiagramMetrics.corner && b.low <= a.high + DiagramMetrics.corner
    }

    /// Crossings when the first runs above the second; lines that would lie upon each other count much.
    private func price(above: Net, below: Net) -> Int {
        guard overlaps(above, below) else { return 0 }
        var price = 0
        for x in below.uppers where x > above.low && x < above.high { price += 1 }
        for x in above.lowers where x > below.low && x < below.high { price += 1 }
        for x in below.uppers where above.lowers.contains(where: { abs($0 - x) < 5 }) { price += 100 }
        return price
    }
}
