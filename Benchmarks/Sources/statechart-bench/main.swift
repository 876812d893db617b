import CAllocations
import Statechart

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// CPU time of this process, seconds: what one core spent here, whatever else the machine does.
func cpuSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// What a shape must reach, or this program ends with 1.
struct Aim {
    /// A second of CPU time.
    var macrosteps: Double
    /// As many allocations are allowed as these answers take by themselves: a step looks nothing up by its name and
    /// makes no sets.
    var answers: [Macrostep]
}

/// Sentences of what was not reached.
var failures: [String] = []

/// One line of figures: macrosteps a second of CPU time, when a body makes `steps` of them, and how often a macrostep
/// asks for memory. The best of five rounds, because neighbours only ever make it slower.
@MainActor func measure(_ name: String, steps: Int, _ aim: Aim? = nil, _ body: () throws -> Void) rethrows {
    var best = 0.0
    for _ in 0..<5 {
        var made = 0
        let start = cpuSeconds()
        var seconds = 0.0
        while seconds < 0.3 {
            for _ in 0..<100 { try body() }
            made += 100 * steps
            seconds = cpuSeconds() - start
        }
        best = max(best, Double(made) / seconds)
    }
    let padding = String(repeating: " ", count: max(1, 50 - name.count))
    let count = try allocations(body)
    let each = count.map { ", \(hundredths($0, steps)) allocations each" } ?? ""
    print("casework  \(name)\(padding)\(Int(best)) macrosteps/s\(each)")
    guard let aim else { return }
    if best < aim.macrosteps {
        failures.append("\(name): \(Int(best)) macrosteps/s, the aim is \(Int(aim.macrosteps))")
    }
    let alone = allocations { for answer in aim.answers { check(made(like: answer)) } }
    guard let count, let least = alone else { return }
    if count > least {
        failures.append(
            "\(name): \(hundredths(count, steps)) allocations a macrostep, its answer alone takes "
                + "\(hundredths(least, steps))")
    }
}

/// Once everything has the room it needs: allocations of a hundred bodies, or nil where they cannot be counted.
func allocations(_ body: () throws -> Void) rethrows -> Int64? {
    let before = casework_allocations()
    guard before >= 0 else { return nil }
    for _ in 0..<100 { try body() }
    return casework_allocations() - before
}

/// Of one macrostep, with two decimals.
func hundredths(_ allocations: Int64, _ steps: Int) -> String {
    let hundredths = allocations / Int64(steps)
    return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
}

/// The lists of an answer, filled as a step fills them.
@inline(never)
func made(like answer: Macrostep) -> Macrostep {
    var result = answer
    result.triggered = answer.triggered.map { $0 }
    result.taken = []
    for transition in answer.taken { result.taken.append(transition) }
    return result
}

/// Stops when a step did not do what its event asks: a figure of a chart that stands still means nothing.
func check(_ macrostep: Macrostep) {
    precondition(macrostep.outcome == .completed && !macrostep.taken.isEmpty, "the chart stands still")
}

@MainActor func inPlace(_ name: String, _ course: Course, macrosteps: Double) {
    var responder = Answers(course.definition)
    var interpreter = Interpreter(course.definition)
    _ = interpreter.start(&responder)
    // A course is a circle: every round answers as the first one.
    let answers = course.events.map { interpreter.send($0, &responder) }
    measure(name, steps: course.events.count, Aim(macrosteps: macrosteps, answers: answers)) {
        for event in course.events { check(interpreter.send(event, &responder)) }
    }
}

/// As the kernel does: the step is made on a copy, which then takes the place of what it was made from.
@MainActor func copied(_ name: String, _ course: Course) {
    var responder = Answers(course.definition)
    var interpreter = Interpreter(course.definition)
    _ = interpreter.start(&responder)
    measure(name, steps: course.events.count) {
        for event in course.events {
            var copy = interpreter
            check(copy.send(event, &responder))
            interpreter = copy
        }
    }
}

/// As a plugin's child does: nothing is kept between two steps but bytes.
@MainActor func restored(_ name: String, _ course: Course) throws {
    var responder = Answers(course.definition)
    var interpreter = Interpreter(course.definition)
    _ = interpreter.start(&responder)
    var bytes = interpreter.snapshot()
    try measure(name, steps: course.events.count) {
        for event in course.events {
            var again = try Interpreter(course.definition, restoring: bytes)
            check(again.send(event, &responder))
            bytes = again.snapshot()
        }
    }
}

let flat = try Course.flat()
inPlace("flat, 10 states", flat, macrosteps: 1_000_000)
for count in [40, 400, 4_000] {
    inPlace("3 levels, parallel, guards, \(count) states", try .layered(states: count), macrosteps: 500_000)
}
for count in [40, 4_000] { copied("copy and send, \(count) states", try .layered(states: count)) }
for count in [40, 4_000] { try restored("restore, send, snapshot, \(count) states", try .layered(states: count)) }

for failure in failures {
    let line = Array("statechart-bench: \(failure)\n".utf8)
    _ = write(STDERR_FILENO, line, line.count)
}
exit(failures.isEmpty ? 0 : 1)
