import Testing

@testable import Statechart

@Suite("JSON")
struct JSONTests {
    @Test(
        "What is read and how it is written",
        arguments: [
            (#" { "b" : 1 , "a" : [ true, null ] } "#, #"{"a":[true,null],"b":1}"#),
            (#""\u4e2d\ud83d\ude00\n\u0001""#, "\"中😀\\n\\u0001\""),
            ("-9223372036854775808", "-9223372036854775808"),
            ("[]", "[]"),
            (#"{"":{}}"#, #"{"":{}}"#),
        ])
    func canonical(text: String, expected: String) throws {
        let json = try JSONReader.read(Array(text.utf8))
        #expect(String(decoding: json.canonicalBytes(), as: UTF8.self) == expected)
        #expect(try JSONReader.read(json.canonicalBytes()).canonicalBytes() == json.canonicalBytes())
    }

    @Test(
        "What is refused",
        arguments: [
            "", "{", "[1,]", "01", "-", "-0", "1.5", "1e3", "9223372036854775808", "nul", "\"", "\"\u{1}\"",
            #""\x""#, #""\ud800""#, #""\udc00\ud800""#, #""\u12g4""#, #"{"a":1,"a":2}"#, "{1:2}", "[1 2]", "1 2",
        ])
    func refused(text: String) {
        #expect(throws: ChartError(.syntax, "")) { try JSONReader.read(Array(text.utf8)) }
    }

    @Test("Bytes that are not UTF-8 are refused")
    func notUTF8() {
        #expect(throws: ChartError(.syntax, "")) { try JSONReader.read([0x22, 0xFF, 0x22]) }
    }

    @Test("Depth and length are bounded", arguments: [1_000, 1_000_000])
    func deep(levels: Int) {
        let bytes = Array(repeating: UInt8(ascii: "["), count: levels)
        #expect(throws: ChartError(.limit, "")) { try JSONReader.read(bytes) }
    }

    @Test("Too many bytes are refused unread")
    func long() {
        let bytes = Array(repeating: UInt8(ascii: " "), count: ChartLimits.bytes + 1)
        #expect(throws: ChartError(.limit, "")) { try JSONReader.read(bytes) }
    }
}
