import Crypto
import Glibc
import Testing

func bytes(_ hex: String) -> [UInt8] {
    let digits = hex.filter { !$0.isWhitespace }.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

@Suite struct DigestTests {
    @Test("SHA-256: the vectors of FIPS 180-4", arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"),
    ])
    func sha256(text: String, digest: String) {
        #expect(SHA256.hash(Array(text.utf8)) == bytes(digest))
        var pieces = SHA256()
        for byte in text.utf8 { pieces.update([byte]) }
        #expect(pieces.finish() == bytes(digest))
        #expect(pieces.finish() == SHA256.hash([]), "finish starts anew")
    }

    @Test("HMAC-SHA256: the vectors of RFC 4231", arguments: [
        (String(repeating: "0b", count: 20), "4869205468657265",
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        ("4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        (String(repeating: "aa", count: 131),
         "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204b6579204669727374",
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
    ])
    func hmac(key: String, data: String, code: String) {
        let keyed = HMACSHA256(key: bytes(key))
        for _ in 0..<2 { #expect(keyed.authenticate(bytes(data)) == bytes(code), "each code stands for itself") }
    }

    @Test func comparison() {
        #expect(constantTimeEqual([], []))
        #expect(constantTimeEqual([1, 2], [1, 2]))
        #expect(!constantTimeEqual([1, 2], [1, 3]))
        #expect(!constantTimeEqual([1, 2], [1, 2, 3]))
    }

    @Test func randomBytesDiffer() {
        #expect(randomBytes(32).count == 32)
        #expect(Set((0..<100).map { _ in randomBytes(16) }).count == 100)
        var supply = RandomSupply(pieces: 3, of: 16)
        let pieces = (0..<100).map { _ in supply.next() }
        #expect(pieces.allSatisfy { $0.count == 16 })
        #expect(Set(pieces).count == 100)
    }
}

@Suite struct SealerTests {
    let key = [UInt8](repeating: 7, count: 32)

    @Test("AES-256-GCM: test case 16 of the specification opens")
    func vector() throws {
        let sealed = bytes(
            """
            01 cafebabefacedbaddecaf888
            522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa
            8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662
            76fc6ece0f4e1768cddf8853bb2d551b
            """)
        var sealer = Sealer()
        let key = bytes("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308")
        let opened = try sealer.open(sealed, key: key, associated: bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2"))
        #expect(
            opened
                == bytes(
                    """
                    d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72
                    1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39
                    """))
    }

    @Test("what is sealed opens again, whatever its length", arguments: [0, 1, 15, 16, 17, 700, 65_536])
    func roundTrip(length: Int) throws {
        var sealer = Sealer()
        let plain = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
        let sealed = sealer.seal(plain, key: key, associated: [1, 2, 3])
        #expect(sealed.count == length + Sealer.overhead)
        #expect(try sealer.open(sealed, key: key, associated: [1, 2, 3]) == plain)
        #expect(sealer.seal(plain, key: key, associated: [1, 2, 3]) != sealed, "every seal has its own nonce")
        #expect(try sealer.open(sealed, key: key, associated: [1, 2, 3]) == plain, "after sealing again")
    }

    @Test func noncesNeverRepeatWithinAThousand() {
        var sealer = Sealer()
        var seen: Set<[UInt8]> = []
        for _ in 0..<1000 { seen.insert(Array(sealer.seal([], key: key, associated: [])[1..<13])) }
        #expect(seen.count == 1000)
    }

    @Test("every altered bit, other key and other associated data is found")
    func alterations() {
        var sealer = Sealer()
        let sealed = sealer.seal(Array("记录 record".utf8), key: key, associated: [1])
        for bit in 0..<(sealed.count * 8) {
            var altered = sealed
            altered[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: SealBroken()) { try sealer.open(altered, key: key, associated: [1]) }
        }
        let other = [UInt8](repeating: 8, count: 32)
        #expect(throws: SealBroken()) { try sealer.open(sealed, key: other, associated: [1]) }
        #expect(throws: SealBroken()) { try sealer.open(sealed, key: key, associated: [2]) }
        #expect(throws: SealBroken()) { try sealer.open(sealed, key: key, associated: []) }
        for length in 0..<sealed.count {
            #expect(throws: SealBroken()) { try sealer.open(Array(sealed.prefix(length)), key: key, associated: [1]) }
        }
    }
}

@Suite final class MasterKeyTests {
    let folder: String

    init() throws {
        var template = Array("/tmp/casework-key-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        unlink(folder + "/key")
        rmdir(folder)
    }

    @Test func createdOnceAndReadBack() throws {
        let path = folder + "/key"
        let key = try MasterKey.create(path: path)
        #expect(try MasterKey.read(path: path).bytes == key.bytes)
        let again = #expect(throws: KeyFileError.self) { try MasterKey.create(path: path) }
        #expect(again?.description == "The key file \(path) cannot be created: File exists.")
    }

    @Test("a bad key file is refused in one line", arguments: [
        ("", 0o600, "does not hold a key of 64 hexadecimal digits"),
        ("zz" + String(repeating: "00", count: 31), 0o600, "does not hold a key of 64 hexadecimal digits"),
        (String(repeating: "0", count: 63), 0o600, "does not hold a key of 64 hexadecimal digits"),
        (String(repeating: "00", count: 33), 0o600, "does not hold a key of 64 hexadecimal digits"),
        (String(repeating: "00", count: 32), 0o640, "can be read by others: run chmod 600 on it"),
    ])
    func refused(content: String, mode: Int, reason: String) throws {
        let path = folder + "/key"
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        try #require(file >= 0 && write(file, content, content.utf8.count) == content.utf8.count)
        try #require(fchmod(file, mode_t(mode)) == 0 && close(file) == 0)
        let error = #expect(throws: KeyFileError.self) { try MasterKey.read(path: path) }
        #expect(error?.description == "The key file \(path) \(reason).")
    }

    @Test func aMissingFileIsNamed() throws {
        let pipe = folder + "/pipe"
        try #require(mkfifo(pipe, 0o600) == 0)
        _ = #expect(throws: KeyFileError.self, "and nobody waits") { try MasterKey.read(path: pipe) }
        let error = #expect(throws: KeyFileError.self) { try MasterKey.read(path: folder + "/none") }
        #expect(error?.description == "The key file \(folder)/none cannot be read: No such file or directory.")
    }

    @Test func subkeysDiffer() throws {
        let key = try #require(MasterKey(bytes: [UInt8](repeating: 1, count: 32)))
        #expect(key.subkey("claims").count == 32)
        #expect(key.subkey("claims") != key.subkey("wrap"))
        #expect(key.subkey("claims") == key.subkey("claims"))
        #expect(MasterKey(bytes: [1]) == nil)
    }
}
