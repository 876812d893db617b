import Wire

/// Bounds of everything a child may answer; each one passed has its own sentence.
enum TapeLimits {
    /// Bytes of the whole reply.
    static let tape = 1 << 20
    static let record = 64 << 10
    /// Answers of one macrostep.
    static let answers = 4096
    /// Effects of one macrostep, of all kinds together.
    static let effects = 64
    static let postings = 16
    /// Of one posting, in fen: sums of all that an event posts stay far from overflow.
    static let amounts: ClosedRange<Int64> = 1...1_000_000_000_000_000
    static let attributes = 16
    /// Bytes of one reason or sentence.
    static let reason = 2048
    /// Bytes of a name, a scope, a claim's key or an attribute's text.
    static let name = 1024
    static let violations = 64
    /// Timers and delayed sends of one case.
    static let timers = 32
    /// Unique keys held by one case.
    static let claims = 16
}

/// Why a tape is not believed.
enum TapeError: Error, Equatable {
    /// The child erred or lies. Worth one fresh child.
    case illegal(PluginFault)
    /// A bound was passed; a fresh child would pass it again.
    case limit(String)
    case recordTooLarge

    static func malformed(_ what: String) -> TapeError { .illegal(PluginFault(.malformed, what)) }

    var sentence: String {
        switch self {
        case .illegal(let fault): fault.detail
        case .limit(let what): what
        case .recordTooLarge: "the record is larger than 64 KiB"
        }
    }
}

/// What the child says was asked and answered; decoded, within bounds, not yet believed.
struct Tape: Equatable {
    enum Kind: UInt64 {
        case guardYes = 1
        case guardNo, guardFailed, guardNeedsPayload, actionDone, actionFailed, actionRefused
    }

    struct Answer: Equatable {
        var kind: Kind
        var index: Int
        var reason: String
        var effects: Effects?
    }

    var answers: [Answer] = []
    /// Nil when the record is unchanged.
    var record: [UInt8]?

    init(decoding bytes: [UInt8]) throws(TapeError) {
        guard bytes.count <= TapeLimits.tape else { throw .limit("the reply is longer than 1 MiB") }
        do {
            try read(bytes)
        } catch let error as TapeError {
            throw error
        } catch {
            throw .malformed((error as? WireError)?.message ?? "the reply cannot be read")
        }
        try checkBounds()
    }

    private mutating func read(_ bytes: [UInt8]) throws {
        var reader = WireReader(bytes)
        while let (field, value) = try reader.next() {
            switch field {
            case 1:
                guard answers.count < TapeLimits.answers else { throw TapeError.limit("more than 4096 answers") }
                answers.append(try Answer(decoding: value.slice()))
            case 2:
                let slice = try value.slice()
                guard slice.count <= TapeLimits.record else { throw TapeError.recordTooLarge }
                record = Array(slice)
            default: break
            }
        }
    }

    private func checkBounds() throws(TapeError) {
        let effects = answers.compactMap(\.effects)
        guard effects.reduce(0, { $0 + $1.count }) <= TapeLimits.effects else { throw .limit("more than 64 effects") }
        guard effects.reduce(0, { $0 + $1.postings.count }) <= TapeLimits.postings else {
            throw .limit("more than 16 postings")
        }
    }
}

extension Tape.Answer {
    fileprivate init(decoding bytes: ArraySlice<UInt8>) throws {
        var reader = WireReader(bytes)
        var (kind, index, reason): (Tape.Kind?, Int, String) = (nil, 0, "")
        var effects: Effects?
        while let (field, value) = try reader.next() {
            switch field {
            case 1: kind = Tape.Kind(rawValue: try value.unsigned())
            case 2: index = Int(clamping: try value.unsigned())
            case 3: reason = try value.text(TapeLimits.reason)
            case 4: effects = try Effects(decoding: value.slice())
            default: break
            }
        }
        guard let kind else { throw TapeError.malformed("an answer has no known kind") }
        guard effects == nil || kind == .actionDone || kind == .actionRefused else {
            throw TapeError.malformed("an answer that is neither a done nor a refused action carries effects")
        }
        self.init(kind: kind, index: index, reason: reason, effects: effects)
    }
}

/// What one action asks for.
struct Effects: Equatable {
    struct Claim: Equatable {
        var scope: String
        var key: [UInt8]
    }

    struct Posting: Equatable {
        enum Operation: UInt64 { case reserve = 1, commit, pay, settle, bounce, release }

        var operation: Operation
        var fund: String
        var amount: Int64
    }

    struct Wait: Equatable {
        var fund: String
        var amount: Int64
    }

    struct Refusal: Equatable {
        var code: String
        var zh: String
        var en: String
        var violations: [Rejection.Violation]
    }

    struct AttributeChange: Equatable {
        var name: String
        /// Nil removes the attribute.
        var value: PolicyValue?
        var isPersonal: Bool
    }

    var attributes: [AttributeChange] = []
    var claims: [Claim] = []
    var releases: [Claim] = []
    var postings: [Posting] = []
    var raised: [String] = []
    var refusal: Refusal?
    var wait: Wait?

    var count: Int {
        attributes.count + claims.count + releases.count + postings.count + raised.count + (wait == nil ? 0 : 1)
    }

    init(decoding bytes: ArraySlice<UInt8>) throws {
        var reader = WireReader(bytes)
        while let (field, value) = try reader.next() {
            guard count <= TapeLimits.effects else { throw TapeError.limit("more than 64 effects") }
            switch field {
            case 1: attributes.append(try AttributeChange(decoding: value.slice()))
            case 2: claims.append(try Claim(decoding: value.slice()))
            case 3: releases.append(try Claim(decoding: value.slice()))
            case 4: postings.append(try Posting(decoding: value.slice()))
            case 5: raised.append(try value.text(TapeLimits.name))
            case 6: refusal = try Refusal(decoding: value.slice())
            case 7: wait = try Wait(decoding: value.slice())
            default: break
            }
        }
    }
}

extension Effects.AttributeChange {
    fileprivate init(decoding bytes: ArraySlice<UInt8>) throws {
        var reader = WireReader(bytes)
        self.init(name: "", value: nil, isPersonal: false)
        while let (field, value) = try reader.next() {
            switch field {
            case 1: name = try value.text(TapeLimits.name)
            case 2, 3, 4: self.value = try PolicyValue(field: field, value)
            case 5: isPersonal = try value.unsigned() != 0
            default: break
            }
        }
        if case .text(let text) = self.value, text.utf8.count > TapeLimits.name {
            throw TapeError.limit("an attribute's text is longer than 1024 bytes")
        }
        guard !name.isEmpty else { throw TapeError.malformed("an attribute has no name") }
    }
}

extension Effects.Claim {
    fileprivate init(decoding bytes: ArraySlice<UInt8>) throws {
        var reader = WireReader(bytes)
        self.init(scope: "", key: [])
        while let (field, value) = try reader.next() {
            switch field {
            case 1: scope = try value.text(TapeLimits.name)
            case 2:
                key = try value.array()
                guard key.count <= TapeLimits.name else { throw TapeError.limit("a claim's key is over 1024 bytes") }
            default: break
            }
        }
        guard !scope.isEmpty, !key.isEmpty else { throw TapeError.malformed("a claim needs a scope and a key") }
    }
}

extension Effects.Posting {
    fileprivate init(decoding bytes: ArraySlice<UInt8>) throws {
        var reader = WireReader(bytes)
        var (operation, fund, amount): (Operation?, String, Int64) = (nil, "", 0)
        while let (field, value) = try reader.next() {
            switch field {
            case 1: operation = Operation(rawValue: try value.unsigned())
            case 2: fund = try value.text(TapeLimits.name)
            case 3: amount = try value.signed()
            default: break
            }
        }
        guard let operation else { throw TapeError.malformed("a posting has no known operation") }
        guard TapeLimits.amounts.contains(amount) else {
            throw TapeError.illegal(PluginFault(.wrongPosting, "an amount is out of range"))
        }
        self.init(operation: operation, fund: fund, amount: amount)
    }
}

extension Effects.Wait {
    fileprivate init(decoding bytes: ArraySlice<UInt8>) throws {
        var reader = WireReader(bytes)
        self.init(fund: "", amount: 0)
        while let (field, value) = try reader.next() {
            switch field {
            case 1: fund = try value.text(TapeLimits.name)
            case 2: amount = try value.signed()
            default: break
            }
        }
        guard TapeLimits.amounts.contains(amount) else {
            throw TapeError.illegal(PluginFault(.wrongPosting, "an amount waited for is out of range"))
        }
    }
}

extension Effects.Refusal {
    fileprivate init(decoding bytes: ArraySlice<UInt8>) throws {
        var reader = WireReader(bytes)
        self.init(code: "", zh: "", en: "", violations: [])
        while let (field, value) = try reader.next() {
            switch field {
            case 1: code = try value.text(TapeLimits.name)
            case 2: zh = try value.text(TapeLimits.reason)
            case 3: en = try value.text(TapeLimits.reason)
            case 4:
                guard violations.count < TapeLimits.violations else { throw TapeError.limit("more than 64 violations") }
                violations.append(try Rejection.Violation(decoding: value.slice()))
            default: break
            }
        }
    }
}

extension Rejection.Violation {
    fileprivate init(decoding bytes: ArraySlice<UInt8>) throws {
        var reader = WireReader(bytes)
        self.init(field: "", code: "", zh: "", en: "")
        while let (number, value) = try reader.next() {
            switch number {
            case 1: field = try value.text(TapeLimits.name)
            case 2: code = try value.text(TapeLimits.name)
            case 3: zh = try value.text(TapeLimits.reason)
            case 4: en = try value.text(TapeLimits.reason)
            default: break
            }
        }
    }
}

extension PolicyValue {
    /// Reads a member of the `oneof` of integer 2, text 3 and flag 4.
    init?(field: UInt32, _ value: WireReader.Value) throws(WireError) {
        switch field {
        case 2: self = .integer(try value.signed())
        case 3: self = .text(try value.string())
        case 4: self = .flag(try value.unsigned() != 0)
        default: return nil
        }
    }
}

extension WireReader.Value {
    /// Text of at most `bound` bytes.
    fileprivate func text(_ bound: Int) throws -> String {
        guard try slice().count <= bound else { throw TapeError.limit("a text is longer than \(bound) bytes") }
        return try string()
    }
}
