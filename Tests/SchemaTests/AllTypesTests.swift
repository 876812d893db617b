import Schema
import SwiftProtobuf
import Testing

/// Every kind of field, against SwiftProtobuf's own JSON for a message made of the same descriptors.
@Suite("RecordCodec: every kind of field")
struct AllTypesTests {
    /// A schema built by hand: one message with a field of each kind.
    private static func codec() throws -> RecordCodec {
        typealias Field = Google_Protobuf_FieldDescriptorProto
        func field(_ name: String, _ number: Int32, _ type: Field.TypeEnum, _ typeName: String = "") -> Field {
            Field.with {
                $0.name = name
                $0.jsonName = name
                $0.number = number
                $0.type = type
                $0.label = .optional
                $0.typeName = typeName
            }
        }
        var all = Google_Protobuf_DescriptorProto()
        all.name = "All"
        let scalars: [(String, Field.TypeEnum)] = [
            ("flag", .bool), ("text", .string), ("data", .bytes), ("double", .double), ("float", .float),
            ("i32", .int32),
            ("i64", .int64), ("s32", .sint32), ("s64", .sint64), ("u32", .uint32), ("u64", .uint64), ("f32", .fixed32),
            ("f64", .fixed64), ("g32", .sfixed32), ("g64", .sfixed64),
        ]
        for (index, scalar) in scalars.enumerated() { all.field.append(field(scalar.0, Int32(index + 1), scalar.1)) }
        all.field.append(field("colour", 16, .enum, ".test.Colour"))
        all.field.append(field("inner", 17, .message, ".test.All"))
        var many = field("many", 18, .sint32)
        many.label = .repeated
        var words = field("words", 19, .string)
        words.label = .repeated
        var map = field("map", 20, .message, ".test.All.MapEntry")
        map.label = .repeated
        var left = field("left", 21, .string)
        left.oneofIndex = 0
        var right = field("right", 22, .int32)
        right.oneofIndex = 0
        var maybe = field("maybe", 23, .int32)
        maybe.oneofIndex = 1
        maybe.proto3Optional = true
        all.field += [many, words, map, left, right, maybe]
        all.oneofDecl = [.with { $0.name = "choice" }, .with { $0.name = "_maybe" }]
        all.nestedType = [
            .with {
                $0.name = "MapEntry"
                $0.options.mapEntry = true
                $0.field = [field("key", 1, .string), field("value", 2, .int64)]
            }
        ]
        let colour = Google_Protobuf_EnumDescriptorProto.with {
            $0.name = "Colour"
            $0.value = [
                .with { $0.name = "NONE" },
                .with {
                    $0.name = "RED"
                    $0.number = 1
                    $0.options.Casework_valueLabel = .with {
                        $0.zh = "红"
                        $0.en = "Red"
                    }
                },
            ]
        }
        let file = Google_Protobuf_FileDescriptorProto.with {
            $0.name = "test.proto"
            $0.package = "test"
            $0.syntax = "proto3"
            $0.messageType = [all]
            $0.enumType = [colour]
        }
        let set: [UInt8] = try Google_Protobuf_FileDescriptorSet.with { $0.file = [file] }.serializedBytes()
        return try RecordCodec(descriptorSet: set)
    }

    @Test(
        "JSON goes to bytes and back unchanged",
        arguments: [
            #"{"flag":true}"#, #"{"text":"\"\\\n\u0001é中😀"}"#, #"{"data":"AP8="}"#, #"{"double":0.1}"#,
            #"{"double":"NaN"}"#, #"{"double":"-Infinity"}"#, #"{"float":1.5}"#, #"{"i32":-2147483648}"#,
            #"{"i64":"-9223372036854775808"}"#, #"{"s32":-7}"#, #"{"s64":"-9223372036854775808"}"#,
            #"{"u32":4294967295}"#,
            #"{"u64":"18446744073709551615"}"#, #"{"f32":4294967295}"#, #"{"f64":"18446744073709551615"}"#,
            #"{"g32":-1}"#, #"{"g64":"-1"}"#, #"{"colour":"RED"}"#, #"{"inner":{"inner":{}}}"#,
            #"{"many":[0,-1,2147483647]}"#,
            #"{"words":["a","","c"]}"#, #"{"map":{"":"0","b":"2"}}"#, #"{"left":""}"#, #"{"right":0}"#, #"{"maybe":0}"#,
        ])
    func roundTrip(json: String) throws {
        let codec = try Self.codec()
        let bytes = try codec.encode(json: json, as: "test.All")
        #expect(try codec.json(bytes, as: "test.All") == json)
        #expect(throws: Never.self) { try codec.validate(bytes, as: "test.All") }
    }

    @Test(
        "the wire form is protobuf's",
        arguments: [
            (#"{"s32":-1}"#, [0x40, 1]), (#"{"i32":-1}"#, [0x30] + [UInt8](repeating: 0xff, count: 9) + [1]),
            (#"{"many":[1,-1]}"#, [0x92, 1, 2, 2, 1]), (#"{"g32":-2}"#, [0x75, 0xfe, 0xff, 0xff, 0xff]),
            (#"{"float":1}"#, [0x2d, 0, 0, 0x80, 0x3f]), (#"{"map":{"a":1}}"#, [0xa2, 1, 5, 0x0a, 1, 0x61, 0x10, 1]),
            (#"{"data":"_-8"}"#, [0x1a, 2, 0xff, 0xef]),
        ] as [(String, [UInt8])])
    func wireForm(json: String, bytes: [UInt8]) throws {
        #expect(try Self.codec().encode(json: json, as: "test.All") == bytes)
    }

    @Test(
        "what does not fit is refused",
        arguments: [
            (#"{"colour":"BLUE"}"#, RecordError.Code.outOfRange, "colour"), (#"{"colour":1}"#, .wrongType, "colour"),
            (#"{"i32":2147483648}"#, .outOfRange, "i32"), (#"{"u32":-1}"#, .outOfRange, "u32"),
            (#"{"u64":-1}"#, .outOfRange, "u64"), (#"{"float":1e39}"#, .outOfRange, "float"),
            (#"{"double":1e999}"#, .wrongType, "double"), (#"{"data":"!"}"#, .wrongType, "data"),
            (#"{"many":1}"#, .wrongType, "many"), (#"{"many":[1,"x"]}"#, .wrongType, "many[1]"),
            (#"{"many":[null]}"#, .wrongType, "many[0]"), (#"{"left":"a","right":1}"#, .duplicate, "right"),
            (#"{"map":[]}"#, .wrongType, "map"), (#"{"map":{"a":"x"}}"#, .wrongType, "map[0]"),
        ] as [(String, RecordError.Code, String)])
    func refused(json: String, code: RecordError.Code, path: String) throws {
        let codec = try Self.codec()
        let error = #expect(throws: RecordError.self) { try codec.encode(json: json, as: "test.All") }
        #expect(error?.code == code)
        #expect(error?.path == path)
    }

    @Test("messages nest 32 deep and no deeper, in JSON and in bytes")
    func depth() throws {
        let codec = try Self.codec()
        func nested(_ depth: Int) -> String {
            String(repeating: #"{"inner":"#, count: depth - 1) + "{}" + String(repeating: "}", count: depth - 1)
        }
        let deepest = try codec.encode(json: nested(32), as: "test.All")
        #expect(throws: Never.self) { try codec.validate(deepest, as: "test.All") }
        let json = #expect(throws: RecordError.self) { try codec.encode(json: nested(33), as: "test.All") }
        #expect(json?.code == .tooDeep)
        let deeper = [0x8a, 1, UInt8(deepest.count)] + deepest
        let bytes = #expect(throws: RecordError.self) { try codec.validate(deeper, as: "test.All") }
        #expect(bytes?.code == .tooDeep)
    }

    @Test("an enum's value is shown by its label")
    func enumLabel() throws {
        let codec = try Self.codec()
        let rows = try codec.rows(try codec.encode(json: #"{"colour":"RED"}"#, as: "test.All"), as: "test.All")
        #expect(rows.map(\.value) == [Bilingual(zh: "红", en: "Red")])
    }
}
