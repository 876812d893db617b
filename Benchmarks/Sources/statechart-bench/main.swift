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

/// One line of figures: macrosteps a second of CPU time, when a body makes `steps` of them, and how often a macrostep
/// asks for memory. The best of five rounds, because neighbours only ever make it slower.
func measure(_ name: String, steps: Int, _ body: () throws -> Void) rethrows {
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
    print("casework  \(name)\(padding)\(Int(best)) macrosteps/s\(try allocations(steps, body))")
}

/// Once everything has the room it needs: allocations a macrostep, or nothing where they cannot be counted.
func allocations(_ steps: Int, _ body: () throws -> Void) rethrows -> String {
    let before = casework_allocations()
    guard before >= 0 else { return "" }
    for _ in 0..<100 { try body() }
    let hundredths = Int(casework_allocations() - before) / steps
    return ", \(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100) allocations each"
}

/// Stops when a step did not do what its event asks: a figure of a chart that stands still means nothing.
func check(_ macrostep: Macrostep) {
    precondition(macrostep.outcome == .completed && !macrostep.taken.isEmpty, "the chart stands still")
}

func inPlace(_ name: String, _ course: Course) {
    var responder = Answers(course.definition)
    var interpreter = Interpreter(course.definition)
    _ = interpreter.start(&responder)
    measure(name, steps: course.events.count) {
        for event in course.events { check(interpreter.send(event, &responder)) }
    }
}

/// As the kernel does: the step is made on a copy, which then takes the place of what it was made from.
func copied(_ name: String, _ course: Course) {
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
func restored(_ name: String, _ course: Course) throws {
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
inPlace("flat, 10 states", flat)
for count in [40, 400, 4_000] { inPlace("3 levels, parallel, guards, \(count) states", try .layered(states: count)) }
for count in [40, 4_000] { copied("copy and send, \(count) states", try .layered(states: count)) }
for count in [40, 4_000] { try restored("restore, send, snapshot, \(count) states", try .layered(states: count)) }
