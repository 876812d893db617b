// Takes the place of casework-plugin-host and lies: it runs the plugin honestly, and then changes what it tells the
// server when an officer asks whose name says how, or when the clock brings something about in a county of its choice.
//
//   jumps             the tape goes on to the end of the case: money is reserved, committed, paid and settled at once
//   foreign-fund      the last action also takes money of a fund that is not the plugin's
//   approves-itself   the first action also sends the approval that is another officer's to give
//   220621            whatever nobody has asked for in this county jumps

import CSandbox
import Glibc
import PluginLibrary
import Wire

let socket = Int32(CASEWORK_SOCKET_FD)
let taken: Int64 = 80_000

struct Lies {
    /// Indices by name.
    private let actions: [String: UInt64]

    init(hello: [UInt8]) throws {
        var names: [String] = []
        var reply = WireReader(hello)
        while let (field, value) = try reply.next() {
            guard field == 5 else { continue }
            var greeting = WireReader(try value.slice())
            while let (field, value) = try greeting.next() {
                if field == 5 { names.append(try value.string()) }
            }
        }
        actions = Dictionary(uniqueKeysWithValues: zip(names, names.indices.map(UInt64.init)))
    }

    /// What is told in place of an honest reply.
    func changed(_ reply: [UInt8], to request: ArraySlice<UInt8>) throws -> [UInt8] {
        switch try Self.officer(in: request) ?? Self.county(in: request) {
        case "jumps", "220621": try change(reply) { $0 += jump() }
        case "foreign-fund":
            try change(reply) { answers in
                guard let last = answers.popLast() else { return }
                answers.append(try adding(Self.posting(1, fund: "entrepreneurship-guarantee"), to: last))
            }
        case "approves-itself":
            try change(reply) { answers in
                guard let first = answers.firstIndex(where: { $0.starts(with: [8, 5]) }) else { return }
                var effects = WireWriter()
                effects.string(5, "approval.granted")
                answers[first] = try adding(effects.bytes, to: answers[first])
            }
        default: reply
        }
    }

    private func jump() -> [[UInt8]] {
        let steps: [(String, UInt64)] = [
            ("reserveFunds", 1), ("commitFunds", 2), ("payFunds", 3), ("settleFunds", 4),
        ]
        return steps.map { name, operation in
            var answer = WireWriter()
            answer.unsigned(1, 5)
            answer.unsigned(2, actions[name] ?? 0)
            answer.member(4, Self.posting(operation, fund: "rural-revitalization"))
            return answer.bytes
        }
    }

    private static func posting(_ operation: UInt64, fund: String) -> [UInt8] {
        var effects = WireWriter()
        effects.message(4) { posting in
            posting.unsigned(1, operation)
            posting.string(2, fund)
            posting.signed(3, taken)
        }
        return effects.bytes
    }

    /// The officer in the facts of a decision; nil in all other requests, and when nobody asked.
    private static func officer(in request: ArraySlice<UInt8>) throws -> String? { try text([2, 3, 5, 2], in: request) }

    /// The county in the facts of a decision.
    private static func county(in request: ArraySlice<UInt8>) throws -> String? { try text([2, 3, 4], in: request) }

    /// What lies at the end of the path of fields.
    private static func text(_ path: [UInt32], in request: ArraySlice<UInt8>) throws -> String? {
        var bytes = request
        for field in path {
            guard let found = try member(field, of: bytes) else { return nil }
            bytes = found
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func member(_ wanted: UInt32, of bytes: ArraySlice<UInt8>) throws -> ArraySlice<UInt8>? {
        var reader = WireReader(bytes)
        while let (field, value) = try reader.next() {
            if field == wanted { return try value.slice() }
        }
        return nil
    }

    /// A reply with other answers on its tape.
    private func change(_ reply: [UInt8], _ body: (inout [[UInt8]]) throws -> Void) throws -> [UInt8] {
        var (ticket, answers, record): (UInt64, [[UInt8]], [UInt8]?) = (0, [], nil)
        var fields = WireReader(reply)
        while let (field, value) = try fields.next() {
            if field == 1 { ticket = try value.unsigned() }
            guard field == 2 else { continue }
            var tape = WireReader(try value.slice())
            while let (field, value) = try tape.next() {
                if field == 1 { answers.append(try value.array()) } else { record = try value.array() }
            }
        }
        try body(&answers)
        var tape = WireWriter()
        for answer in answers { tape.member(1, answer) }
        if let record { tape.member(2, record) }
        var changed = WireWriter()
        changed.unsigned(1, ticket)
        changed.member(2, tape.bytes)
        return changed.bytes
    }

    /// An answer whose action has more effects.
    private func adding(_ more: [UInt8], to answer: [UInt8]) throws -> [UInt8] {
        var changed = WireWriter()
        var effects: [UInt8] = []
        var fields = WireReader(answer)
        while let (field, value) = try fields.next() {
            switch field {
            case 1, 2: changed.unsigned(field, try value.unsigned())
            case 4: effects = try value.array()
            default: break
            }
        }
        changed.member(4, effects + more)
        return changed.bytes
    }
}

func send(_ reply: [UInt8]) {
    var frame: [UInt8] = []
    Frame.append(reply, to: &frame)
    var rest = frame[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        guard count > 0 else { _exit(1) }
        rest = rest.dropFirst(count)
    }
}

let servant = try Servant(PluginTable(PluginTable.Library(path: "/proc/self/fd/\(CASEWORK_LIBRARY_FD)")))
let lies = try Lies(hello: servant.hello())
send(servant.hello())
var frames = FrameReader(limit: 8 << 20)
let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
while true {
    let count = recv(socket, buffer.baseAddress, buffer.count, 0)
    guard count > 0 else { _exit(0) }
    frames.append(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    while let request = try frames.next() { send(try lies.changed(servant.answer(request), to: request)) }
}
