import Testing

@testable import casework

@Suite("JSON as the server sent it")
struct JSONTextTests {
    @Test(
        "what is read is written again",
        arguments: [
            #"{"b":1,"a":[true,null,"x\"y"]}"#, "[]", "{}", #""农安县""#, "-12.5e3", #"{"a":{"b":{}}}"#, #"["\u0001"]"#,
        ])
    func compact(text: String) {
        #expect(JSONText(parsing: text)?.compact == text)
    }

    @Test(
        "escapes",
        arguments: [
            (#""\u519c\u5b89""#, "农安"), (#""\ud83d\ude00""#, "😀"), (#""\n\t\/""#, "\n\t/"),
        ])
    func escapes(text: String, value: String) {
        #expect(JSONText(parsing: text) == .string(value))
    }

    @Test(
        "not JSON",
        arguments: ["", "{", "[1,]", "{\"a\"}", "tru", "\"", "1 2", "{\"a\":1,}", String(repeating: "[", count: 70)])
    func refused(text: String) {
        #expect(JSONText(parsing: text) == nil)
    }

    @Test func prettyKeepsTheOrder() {
        let text = "{\n  \"b\": 1,\n  \"a\": [\n    2\n  ],\n  \"c\": {}\n}"
        #expect(JSONText(parsing: text)?.pretty() == text)
    }
}
