/// Expressions and executable content of one chart, as flat tables.
package struct Program: Sendable {
    package var nodes: [Node] = []
    package var constants: [ChartValue] = []
    /// Operands of lists.
    package var operands: [Int32] = []
    package var names: [String] = []
    /// Executable content; a block is a run of steps.
    package var steps: [Step] = []
    package var blocks: [Tables.Slice] = []
    package var payloads: [Payload] = []
    package var sends: [Send] = []

    /// One node of an expression's tree.
    package struct Node: Equatable, Sendable {
        package enum Operation: UInt8, Sendable {
            /// `a`: constant.
            case constant
            /// `a`: variable.
            case variable
            /// `a`: guard.
            case ask
            /// `a`: state.
            case isIn
            /// Field of the current event; `a`: `EventField`.
            case event
            /// `a`: node, `b`: name.
            case member
            case add, subtract, multiply, negate
            case equal, notEqual, less, lessEqual, greater, greaterEqual
            case and, or, not
            /// `a`: node; true if reading it does not fail.
            case bound
            /// `a`: first operand, `b`: count.
            case list
            /// Fails always: `throws()`, or a name nobody declared.
            case failing
            case startsWith
            /// A list with one element more: its length, as the suites of others want it.
            case extend
        }

        package var operation: Operation
        package var a: Int32 = -1
        package var b: Int32 = -1
    }

    package enum EventField: Int32, Sendable, CaseIterable {
        case whole, name, data, type, sendID, origin, originType, invokeID
    }

    package enum Step: Equatable, Sendable {
        case call(action: Int32)
        case raise(event: Int32, payload: Int32)
        case send(Int32)
        /// Expression of the send's id.
        case cancel(Int32)
        case assign(variable: Int32, expression: Int32)
        case branch(condition: Int32, then: Int32, otherwise: Int32)
        case loop(list: Int32, item: Int32, index: Int32, body: Int32)
        /// Name and expression, either may be -1.
        case log(label: Int32, expression: Int32)
        case timer(TimerOperation, Int32)
        /// A block of its own: its failure ends only itself.
        case block(Int32)
        case fail
    }

    package enum TimerOperation: Sendable { case start, pause, resume, stop }

    /// The data an event carries: one expression, or named ones.
    package struct Payload: Equatable, Sendable {
        package struct Parameter: Equatable, Sendable {
            package var name: String
            package var expression: Int32
        }
        package var content: Int32 = -1
        package var parameters: [Parameter] = []
    }

    package struct Send: Equatable, Sendable {
        /// Of the event where its name is a literal, or -1: then `event` tells it.
        package var eventID: Int32 = -1
        /// Expressions, or -1.
        package var event: Int32 = -1
        package var delay: Int32 = -1
        package var target: Int32 = -1
        package var type: Int32 = -1
        /// Literal id, or -1.
        package var id: Int32 = -1
        /// Variable that receives a made id, or -1.
        package var idLocation: Int32 = -1
        package var payload: Int32 = -1
    }

    package mutating func add(_ node: Node) -> Int32 {
        nodes.append(node)
        return Int32(nodes.count - 1)
    }

    package mutating func constant(_ value: ChartValue) -> Int32 {
        constants.append(value)
        return add(Node(operation: .constant, a: Int32(constants.count - 1)))
    }

    package mutating func name(_ text: String) -> Int32 {
        names.append(text)
        return Int32(names.count - 1)
    }

    package mutating func block(_ content: [Step]) -> Int32 {
        blocks.append(.init(start: Int32(steps.count), count: Int32(content.count)))
        steps += content
        return Int32(blocks.count - 1)
    }
}
