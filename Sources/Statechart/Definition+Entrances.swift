extension Definition {
    /// Where a compound state, a history or, given nil, the chart itself begins: indices of states, empty for others.
    package func entrance(of state: Int?) -> [Int] {
        let entrance = state.map { tables.states[$0].entrance } ?? tables.start
        return tables.stateLists[entrance.targets.range].map(Int.init)
    }
}
