/// What names stand for in one chart while it is read.
struct ChartNames: ExpressionScope {
    var isScxml = false
    var isAuthored = false
    var chart = ""
    var variables: [String: Int32] = [:]
    var states: [String: Int] = [:]
    /// In the order first seen; sorted when the chart is complete.
    private(set) var guards: [String] = []
    private(set) var actions: [String] = []
    private var guardIndices: [String: Int32] = [:]
    private var actionIndices: [String: Int32] = [:]

    func variable(_ name: String) -> Int32? { variables[name] }

    func state(_ path: String) -> Int32? {
        let key = path.hasPrefix("/") ? String(path.dropFirst()) : path
        if let index = states[key] { return Int32(index) }
        return isScxml ? -1 : nil
    }

    mutating func guardIndex(_ name: String) -> Int32? {
        if let index = guardIndices[name] { return index }
        guards.append(name)
        guardIndices[name] = Int32(guards.count - 1)
        return Int32(guards.count - 1)
    }

    mutating func actionIndex(_ name: String) -> Int32 {
        if let index = actionIndices[name] { return index }
        actions.append(name)
        actionIndices[name] = Int32(actions.count - 1)
        return Int32(actions.count - 1)
    }

    func system(_ name: String) -> ChartValue? {
        guard isScxml else { return nil }
        switch name {
        case "_name": return .string(chart)
        case "_sessionid": return .string("session")
        case "_ioprocessors": return .map([])
        default: return nil
        }
    }
}
