import Schema
import SwiftProtobuf
import Testing

private let codec = Result { () throws(RecordError) in try RecordCodec(descriptorSet: TestSchema.transportSubsidy) }
private let record = "cases.transport_subsidy.v1.Record"
private let application = "cases.transport_subsidy.v1.Application"

private let filledJSON = """
    {"application":{"person":{"name":"张三丰","residentNumber":"220122198001011234","phone":"13812340000",\
    "cardNumber":"6217000000001234"},"journey":{"destination":"330100","employer":"某厂","departedOn":"2026-03-01"},\
    "consentSigned":true},"amountFen":"30000"}
    """

@Suite("RecordCodec")
struct RecordCodecTests {
    @Test("personal values are masked unless the view is clear")
    func masking() throws {
        let codec = try codec.get()
        let bytes = try codec.encode(json: filledJSON, as: record)
        #expect(
            try codec.json(bytes, as: record) == """
                {"application":{"person":{"name":"张*","residentNumber":"**************1234","phone":"138****0000",\
                "cardNumber":"************1234"},"journey":{"destination":"330100","employer":"某厂",\
                "departedOn":"2026-03-01"},"consentSigned":true},"amountFen":"30000"}
                """)
        #expect(try codec.json(bytes, as: record, view: .clear) == filledJSON)
    }

    @Test(
        "a value too short for its format shows nothing of itself",
        arguments: [
            ("residentNumber", "22012219800101123", "****"), ("residentNumber", "1", "****"),
            ("residentNumber", "22012219800101123X", "**************123X"), ("cardNumber", "62170000000", "****"),
            ("phone", "1381234", "****"), ("phone", "+8613812340000", "+86*******0000"), ("name", "张", "张*"),
            ("name", "👩‍👩‍👧李", "👩‍👩‍👧*"),
        ])
    func shortValues(field: String, value: String, shown: String) throws {
        let codec = try codec.get()
        let bytes = try codec.encode(json: #"{"person":{"\#(field)":"\#(value)"}}"#, as: application)
        #expect(try codec.json(bytes, as: application) == #"{"person":{"\#(field)":"\#(shown)"}}"#)
    }

    @Test("rows carry labels in both languages, money in yuan, and the same masks")
    func rows() throws {
        let codec = try codec.get()
        let rows = try codec.rows(try codec.encode(json: filledJSON, as: record), as: record)
        let lines = rows.map { "\($0.path) \($0.label.zh)/\($0.label.en) \($0.value.zh)/\($0.value.en)" }
        #expect(
            lines == [
                "application.person.name 姓名/Name 张*/张*",
                "application.person.resident_number 公民身份号码/Resident number **************1234/**************1234",
                "application.person.phone 联系电话/Phone 138****0000/138****0000",
                "application.person.card_number 社会保障卡银行账号/Social-security card account "
                    + "************1234/************1234",
                "application.journey.destination 务工地行政区划代码/Destination division 330100/330100",
                "application.journey.employer 用人单位/Employer 某厂/某厂",
                "application.journey.departed_on 外出日期/Departed on 2026-03-01/2026-03-01",
                "application.consent_signed 已签署授权/Consent signed 是/yes",
                "amount_fen 补助金额/Amount 300.00 元/CNY 300.00",
            ])
    }

    @Test("JSON and generated code make the same message")
    func sameBytes() throws {
        let codec = try codec.get()
        let message = try Cases_TransportSubsidy_V1_Record(jsonString: filledJSON)
        let bytes: [UInt8] = try message.serializedBytes()
        #expect(try codec.encode(json: filledJSON, as: record) == bytes)
        #expect(try codec.json(bytes, as: record, view: .clear) == message.jsonString())
    }

    @Test("both names of a field are read, null is absent, defaults are left out")
    func inputForms() throws {
        let codec = try codec.get()
        let forms = [
            #"{"amountFen":"7","decision":null,"bankReference":""}"#, #"{"amount_fen":7}"#,
            " {\n\"amount_fen\" : \"7\"}\t",
        ]
        for form in forms { #expect(try codec.encode(json: form, as: record) == [0x18, 7]) }
        #expect(try codec.encode(json: "{}", as: record) == [])
    }

    struct BadJSON: Sendable, CustomTestStringConvertible {
        var json: String
        var code: RecordError.Code
        var path = ""
        var testDescription: String { "\(json.prefix(50)) → \(code)" }
    }

    @Test(
        "JSON that is not the message is refused with its path",
        arguments: [
            BadJSON(json: "", code: .notJSON), BadJSON(json: "{", code: .notJSON),
            BadJSON(json: "{} {}", code: .notJSON),
            BadJSON(json: #"{"amountFen":01}"#, code: .notJSON), BadJSON(json: #"{"amountFen":7,}"#, code: .notJSON),
            BadJSON(json: #"{"amountFen":1,"amountFen":1}"#, code: .notJSON),
            BadJSON(json: "{\"bankReference\":\"\u{1}\"}", code: .notJSON),
            BadJSON(json: #"{"bankReference":"\ud800"}"#, code: .notJSON),
            BadJSON(json: #"{"bankReference":"\x"}"#, code: .notJSON),
            BadJSON(json: "'a'", code: .notJSON), BadJSON(json: "nul", code: .notJSON),
            BadJSON(json: "[]", code: .wrongType), BadJSON(json: "null", code: .wrongType),
            BadJSON(json: #"{"amountFen":1,"amount_fen":1}"#, code: .duplicate, path: "amount_fen"),
            BadJSON(json: #"{"amounts":1}"#, code: .unknownField, path: "amounts"),
            BadJSON(
                json: #"{"application":{"person":{"id no\n":1}}}"#, code: .unknownField,
                path: "application.person.(?)"),
            BadJSON(json: #"{"amountFen":true}"#, code: .wrongType, path: "amount_fen"),
            BadJSON(json: #"{"amountFen":1.5}"#, code: .wrongType, path: "amount_fen"),
            BadJSON(json: #"{"amountFen":1e3}"#, code: .wrongType, path: "amount_fen"),
            BadJSON(json: #"{"amountFen":"9223372036854775808"}"#, code: .outOfRange, path: "amount_fen"),
            BadJSON(
                json: #"{"application":{"consentSigned":"true"}}"#, code: .wrongType, path: "application.consent_signed"
            ),
            BadJSON(json: #"{"application":[]}"#, code: .wrongType, path: "application"),
            BadJSON(
                json: #"{"application":{"person":{"phone":13800000000}}}"#, code: .wrongType,
                path: "application.person.phone"),
        ])
    func badJSON(_ bad: BadJSON) throws {
        let codec = try codec.get()
        let error = #expect(throws: RecordError.self) { try codec.encode(json: bad.json, as: record) }
        #expect(error?.code == bad.code)
        #expect(error?.path == bad.path)
    }

    @Test("an error never repeats the value")
    func errorsAreSilent() throws {
        let codec = try codec.get()
        let secret = "220122198001011234"
        let inputs = [
            #"{"application":{"person":{"residentNumber":\#(secret)}}}"#, #"{"amountFen":"x\#(secret)"}"#,
            #"{"application":{"consentSigned":"\#(secret)"}}"#, #"{"\#(secret)x \#(secret)\#(secret)\#(secret)":1}"#,
            #"{"a":"\#(secret)"#,
        ]
        for input in inputs {
            let error = #expect(throws: RecordError.self) { try codec.encode(json: input, as: record) }
            #expect(error.map { !"\($0) \($0.zh) \($0.path)".contains(secret) } == true)
        }
    }

    @Test("limits: size of the text, size of the message, depth")
    func limits() throws {
        let codec = try codec.get()
        let large = #"{"bankReference":"\#(String(repeating: "a", count: 256 << 10))"}"#
        let huge = #"{"bankReference":"\#(String(repeating: "a", count: 1 << 20))"}"#
        let deep = String(repeating: "[", count: 100_000)
        for (json, code) in [(large, RecordError.Code.tooLarge), (huge, .tooLarge), (deep, .notJSON)] {
            let error = #expect(throws: RecordError.self) { try codec.encode(json: json, as: record) }
            #expect(error?.code == code)
        }
        let error = #expect(throws: RecordError.self) {
            try codec.validate([UInt8](repeating: 0, count: 256 << 10 + 1), as: record)
        }
        #expect(error?.code == .tooLarge)
    }

    struct BadBytes: Sendable, CustomTestStringConvertible {
        var bytes: [UInt8]
        var code: RecordError.Code
        var path = ""
        var testDescription: String { "\(bytes.prefix(16)) → \(code)" }
    }

    @Test(
        "bytes that are not the message are refused with their path",
        arguments: [
            BadBytes(bytes: [0xff], code: .malformed), BadBytes(bytes: [0x0a, 5, 1], code: .malformed),
            BadBytes(bytes: [0x0b, 0x0c], code: .malformed), BadBytes(bytes: [0x00, 0x01], code: .malformed),
            BadBytes(bytes: [0x18] + [UInt8](repeating: 0xff, count: 11), code: .malformed),
            BadBytes(bytes: [0x0a, 2, 0x0a, 9], code: .malformed, path: "application"),
            BadBytes(bytes: [0x22, 1, 0xff], code: .malformed, path: "amount_source"),
            BadBytes(bytes: [0x1a, 1, 7], code: .wrongType, path: "amount_fen"),
            BadBytes(bytes: [0x08, 1], code: .wrongType, path: "application"),
            BadBytes(bytes: [0x78, 1], code: .unknownField),
            BadBytes(bytes: [0x0a, 2, 0x48, 1], code: .unknownField, path: "application"),
            BadBytes(bytes: [0x18, 1, 0x18, 1], code: .duplicate, path: "amount_fen"),
        ])
    func badBytes(_ bad: BadBytes) throws {
        let codec = try codec.get()
        let error = #expect(throws: RecordError.self) { try codec.validate(bad.bytes, as: record) }
        #expect(error?.code == bad.code)
        #expect(error?.path == bad.path)
    }

    @Test("what is kept is shown though it has fields that this schema does not know")
    func tolerantView() throws {
        let codec = try codec.get()
        #expect(try codec.json([0x18, 7, 0x78, 1], as: record) == #"{"amountFen":"7"}"#)
    }

    @Test("an unknown message and a broken schema are named")
    func badSchema() throws {
        let codec = try codec.get()
        #expect(codec.has(record) && !codec.has("Record"))
        let unknown = #expect(throws: RecordError.self) { try codec.json([], as: "Record") }
        #expect(unknown?.code == .unknownMessage)
        let broken = #expect(throws: RecordError.self) { try RecordCodec(descriptorSet: [1, 2, 3]) }
        #expect(broken?.code == .badSchema)
    }

    @Test("random bytes never end the process, and what validates is shown")
    func randomBytes() throws {
        let codec = try codec.get()
        var generator = SeededGenerator(seed: 20_260_301)
        let valid = try codec.encode(json: filledJSON, as: record)
        for _ in 0..<20_000 {
            var bytes = valid
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            if (try? codec.validate(bytes, as: record)) != nil {
                #expect(throws: Never.self) { try codec.json(bytes, as: record) }
            }
        }
    }
}

private struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
        return word ^ word >> 31
    }
}
