/// What an expression may name, and what its names stand for.
protocol ExpressionScope {
    /// Index of a variable.
    func variable(_ name: String) -> Int32?
    /// Index of a state, or -1 where an unknown state is simply never active; nil is an error.
    func state(_ name: String) -> Int32?
    /// Index of a guard; nil where guards have no names.
    mutating func guardIndex(_ name: String) -> Int32?
    /// A constant the platform provides.
    func system(_ name: String) -> ChartValue?
    /// The wider grammar that the suites of others need.
    var isScxml: Bool { get }
    /// It stands as its author wrote it, so that what can only fail is refused.
    var isAuthored: Bool { get }
}

/// Reads one expression into a program, by precedence climbing with a bound on depth.
struct ExpressionParser<Scope: ExpressionScope> {
    private var tokens: ExpressionLexer
    private var token: ExpressionLexer.Token
    private var scope: Scope
    private var program: Program
    private var depth = 0
    /// Depth of each node's tree, to bound evaluation.
    private var depths: [Int32: Int] = [:]
    /// Where texts stand, by node.
    private var columns: [Int32: Int] = [:]

    /// Adds the expression's nodes to `program`.
    ///
    /// - Returns: the index of the root node.
    static func parse(_ text: String, scope: inout Scope, program: inout Program) throws(ChartError) -> Int32 {
        guard text.utf8.count <= ChartLimits.expressionBytes else {
            throw ChartError(.limit, "the expression has more than \(ChartLimits.expressionBytes) bytes")
        }
        var lexer = ExpressionLexer(text)
        let first = try lexer.next()
        var parser = ExpressionParser(tokens: lexer, token: first, scope: scope, program: program)
        // The parser holds the only reference while it works, so that growing the tables does not copy them.
        program = Program()
        defer {
            scope = parser.scope
            program = parser.program
        }
        let root = try parser.expression(0)
        guard parser.token == .end else { throw parser.unexpected("an operator or the end") }
        return root
    }

    private init(tokens: ExpressionLexer, token: ExpressionLexer.Token, scope: Scope, program: Program) {
        self.tokens = tokens
        self.token = token
        self.scope = scope
        self.program = program
    }

    private func unexpected(_ wanted: String) -> ChartError {
        ChartError(.expression, "at column \(tokens.column): expected \(wanted), found \(token.text)")
    }

    private mutating func advance() throws(ChartError) { token = try tokens.next() }

    private mutating func expect(_ symbol: String) throws(ChartError) {
        guard token == .symbol(symbol) else { throw unexpected("'\(symbol)'") }
        try advance()
    }

    private mutating func add(
        _ operation: Program.Node.Operation, _ a: Int32 = -1, _ b: Int32 = -1, over children: [Int32] = []
    ) throws(ChartError) -> Int32 {
        let deepest = children.map { depths[$0] ?? 1 }.max() ?? 0
        guard deepest < ChartLimits.expressionDepth else { throw tooDeep }
        let node = program.add(.init(operation: operation, a: a, b: b))
        depths[node] = deepest + 1
        return node
    }

    private var tooDeep: ChartError {
        ChartError(.limit, "the expression is nested more than \(ChartLimits.expressionDepth) deep")
    }
}

// MARK: - Grammar

extension ExpressionParser {
    private static var operators: [String: (level: Int, operation: Program.Node.Operation)] {
        [
            "||": (1, .or), "&&": (2, .and),
            "==": (3, .equal), "===": (3, .equal), "!=": (3, .notEqual), "!==": (3, .notEqual),
            "<": (4, .less), "<=": (4, .lessEqual), ">": (4, .greater), ">=": (4, .greaterEqual),
            "+": (5, .add), "-": (5, .subtract), "*": (6, .multiply),
        ]
    }

    private mutating func expression(_ minimum: Int) throws(ChartError) -> Int32 {
        depth += 1
        defer { depth -= 1 }
        guard depth <= ChartLimits.expressionDepth else { throw tooDeep }
        var left = try unary()
        while case .symbol(let symbol) = token, let known = Self.operators[symbol], known.level > minimum {
            try advance()
            let right = try expression(known.level)
            if known.level >= 5 { try refuseText(left, right) }
            left = try add(known.operation, left, right, over: [left, right])
        }
        return left
    }

    private mutating func unary() throws(ChartError) -> Int32 {
        depth += 1
        defer { depth -= 1 }
        guard depth <= ChartLimits.expressionDepth else { throw tooDeep }
        switch token {
        case .symbol("!"):
            try advance()
            let operand = try unary()
            return try add(.not, operand, over: [operand])
        case .symbol("-"):
            try advance()
            let operand = try unary()
            try refuseText(operand)
            return try add(.negate, operand, over: [operand])
        default: return try primary()
        }
    }

    /// One calculates with numbers; with a text it would fail in every run.
    private func refuseText(_ operands: Int32...) throws(ChartError) {
        guard scope.isAuthored, !scope.isScxml else { return }
        for operand in operands {
            guard let column = columns[operand] else { continue }
            throw ChartError(
                .expression,
                "at column \(column): + - * take no text; write it as one text, or let an action put it together")
        }
    }

    private mutating func primary() throws(ChartError) -> Int32 {
        switch token {
        case .integer(let value):
            try advance()
            return program.constant(.integer(value))
        case .string(let value):
            let column = tokens.column
            try advance()
            let node = program.constant(.string(value))
            columns[node] = column
            return node
        case .symbol("("):
            try advance()
            let inner = try expression(0)
            try expect(")")
            return inner
        case .symbol("["): return try list()
        case .name(let name):
            try advance()
            return try named(name)
        default: throw unexpected("a value")
        }
    }

    private mutating func list() throws(ChartError) -> Int32 {
        try advance()
        var elements: [Int32] = []
        while token != .symbol("]") {
            if !elements.isEmpty { try expect(",") }
            elements.append(try expression(0))
        }
        try expect("]")
        let start = Int32(program.operands.count)
        program.operands += elements
        return try add(.list, start, Int32(elements.count), over: elements)
    }

    private mutating func named(_ name: String) throws(ChartError) -> Int32 {
        switch name {
        case "true", "false": return program.constant(.boolean(name == "true"))
        case "_event": return try event()
        case "In" where token == .symbol("("): return try isIn()
        case "bound" where token == .symbol("("): return try bound()
        case "throws", "startsWith", "extend":
            if scope.isScxml, token == .symbol("(") { return try foreign(name) }
        default: break
        }
        if let variable = scope.variable(name) { return try add(.variable, variable) }
        if let value = scope.system(name) { return program.constant(value) }
        if token == .symbol("(") {
            throw ChartError(.expression, "at column \(tokens.column): there is no function \(name)")
        }
        if scope.isScxml { return try add(.failing) }
        guard let index = scope.guardIndex(name) else {
            throw ChartError(.expression, "\(name) cannot be the name of a guard")
        }
        return try add(.ask, index)
    }

    private mutating func isIn() throws(ChartError) -> Int32 {
        try advance()
        guard case .string(let path) = token else { throw unexpected("the path of a state in quotes") }
        guard let state = scope.state(path) else {
            throw ChartError(.unknownName, "In('\(path)'): there is no such state")
        }
        try advance()
        try expect(")")
        return try add(.isIn, state)
    }

    private mutating func bound() throws(ChartError) -> Int32 {
        try advance()
        let operand = try expression(0)
        try expect(")")
        return try add(.bound, operand, over: [operand])
    }

    private mutating func foreign(_ name: String) throws(ChartError) -> Int32 {
        try advance()
        if name == "throws" {
            try expect(")")
            return try add(.failing)
        }
        let first = try expression(0)
        if name == "extend" {
            try expect(")")
            return try add(.extend, first, over: [first])
        }
        try expect(",")
        let second = try expression(0)
        try expect(")")
        return try add(.startsWith, first, second, over: [first, second])
    }

    private mutating func event() throws(ChartError) -> Int32 {
        let fields: [String: Program.EventField] = [
            "name": .name, "data": .data, "type": .type, "sendid": .sendID, "origin": .origin,
            "origintype": .originType, "invokeid": .invokeID,
        ]
        var field = Program.EventField.whole
        if token == .symbol(".") {
            try advance()
            guard case .name(let name) = token, let known = fields[name] else { throw unexpected("a field of _event") }
            guard scope.isScxml || known == .name || known == .data else {
                throw ChartError(
                    .expression, "at column \(tokens.column): a chart reads _event.name and _event.data only")
            }
            try advance()
            field = known
        } else if !scope.isScxml {
            throw unexpected("'.name' or '.data'")
        }
        var node = try add(.event, field.rawValue)
        while field == .data, token == .symbol(".") {
            try advance()
            guard case .name(let name) = token else { throw unexpected("a name") }
            node = try add(.member, node, program.name(name), over: [node])
            try advance()
        }
        return node
    }
}
