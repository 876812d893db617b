import Glibc

/// The reader under test: `CASEWORK_FUZZ=yaml`, `scxml`, `json` or `expression`.
private let reader: ReaderProperties.Reader = {
    let name = getenv("CASEWORK_FUZZ").map { String(cString: $0) } ?? ""
    guard let reader = ReaderProperties.Reader(rawValue: name) else {
        fatalError("CASEWORK_FUZZ: expected yaml, scxml, json or expression, found '\(name)'")
    }
    return reader
}()

/// What libFuzzer calls, again and again.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    if let violation = ReaderProperties.violation(of: reader, bytes) { fatalError(violation) }
    return 0
}
