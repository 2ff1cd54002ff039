import Cryptography
import Testing

/// Known answers of the standards; texts are hexadecimal.
@Suite struct CryptographyTests {
    private func bytes(_ hex: String) throws -> [UInt8] { try #require(Hex.decode(hex)) }

    @Test func sha256() throws {
        // FIPS 180-4, examples of NIST.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(Hex.encode(SHA256.hash(Array("abc".utf8))) == abc)
        #expect(
            Hex.encode(SHA256.hash([])) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        var digest = SHA256()
        for piece in ["a", "b", "c"] { digest.update(Array(piece.utf8)) }
        #expect(Hex.encode(digest.finish()) == abc)
        digest.update(bigEndian: UInt16(0x6162))
        digest.update([0x63])
        #expect(Hex.encode(digest.finish()) == abc)
    }

    @Test func hmacSHA256() throws {
        // RFC 4231, cases 1, 2 and 6.
        let one = HMACSHA256(key: [UInt8](repeating: 0x0b, count: 20))
        let expected = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        #expect(Hex.encode(one.authenticate(Array("Hi There".utf8))) == expected)
        let pieces = one.authenticate(Array("Hi".utf8).span, Array(" ".utf8).span, Array("There".utf8).span)
        #expect(Hex.encode(pieces) == expected)
        let short = one.authenticate128(Array("Hi There".utf8).span)
        #expect(short == (0xb034_4c61_d8db_3853, 0x5ca8_afce_af0b_f12b))
        #expect(one.isValid(pieces, for: Array("Hi There".utf8)))
        #expect(!one.isValid(Array(pieces.dropLast()), for: Array("Hi There".utf8)))
        let two = HMACSHA256.authenticate(Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8))
        #expect(Hex.encode(two) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        let long = HMACSHA256.authenticate(
            Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            key: [UInt8](repeating: 0xaa, count: 131))
        #expect(Hex.encode(long) == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
    }

    @Test func hmacSHA256IsWhatItsDefinitionSays() {
        let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        for keyCount in [1, 32, 63, 64, 65, 130] {
            let key = Array(bytes.prefix(keyCount))
            let block = keyCount > 64 ? SHA256.hash(key) : key
            let padded = block + [UInt8](repeating: 0, count: 64 - block.count)
            let code = HMACSHA256(key: key)
            for count in 0..<200 {
                let message = Array(bytes.suffix(count))
                let inner = SHA256.hash(padded.map { $0 ^ 0x36 } + message)
                #expect(code.authenticate(message) == SHA256.hash(padded.map { $0 ^ 0x5C } + inner))
            }
        }
    }

    @Test func sealingBehindAHeadIsSealingWithItsLastBytesAsNonce() {
        let (key, nonce) = (SecureRandom.bytes(32), SecureRandom.bytes(12))
        let cipher = AES256GCM(key: [UInt8](repeating: 1, count: 32))
        let plain = Array("secret".utf8)
        for head in [[], [9, 8, 7]] as [[UInt8]] {
            var out = head + nonce
            cipher.seal(plain.span, under: key.span, aad: [5].span, behind: &out)
            let expected = AES256GCM(key: key).seal(plain, nonce: nonce, aad: head + nonce + [5])
            #expect(out == head + nonce + expected)
        }
    }

    @Test func whatIsSealedOpensWhateverItsLength() throws {
        // Sealing and opening come from different functions of OpenSSL; 3 KiB is how much the mode takes at a time.
        let (key, nonce) = (SecureRandom.bytes(32), SecureRandom.bytes(12))
        let (sealer, opener) = (AES256GCM(key: SecureRandom.bytes(32)), AES256GCM(key: key))
        sealer.setKey(key.span)
        for count in Array(0..<70) + [255, 256, 1000, 3071, 3072, 3073, 6143, 6145, 100_000] {
            let plain = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ count) }
            let aad = Array(plain.prefix(count % 40))
            let sealed = sealer.seal(plain, nonce: nonce, aad: aad)
            #expect(try opener.open(sealed, nonce: nonce, aad: aad) == plain)
        }
    }

    @Test func hkdf() throws {
        // RFC 5869, cases 1 and 3.
        let secret = [UInt8](repeating: 0x0b, count: 22)
        let one = HKDF.derive(
            secret: secret, salt: try bytes("000102030405060708090a0b0c"), info: try bytes("f0f1f2f3f4f5f6f7f8f9"),
            count: 42)
        #expect(
            Hex.encode(one)
                == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")
        let three = HKDF.derive(secret: secret, info: [UInt8](), count: 42)
        #expect(
            Hex.encode(three)
                == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8")
    }

    @Test func aes256GCM() throws {
        // McGrew and Viega, test cases 13, 14 and 16.
        let zeros = AES256GCM(key: [UInt8](repeating: 0, count: 32))
        let nonce = [UInt8](repeating: 0, count: 12)
        #expect(Hex.encode(zeros.seal([], nonce: nonce)) == "530f8afbc74536b9a963b4f1c4cb738b")
        #expect(
            Hex.encode(zeros.seal([UInt8](repeating: 0, count: 16), nonce: nonce))
                == "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919")
        let cipher = AES256GCM(key: try bytes("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"))
        let plain = try bytes(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
        )
        let aad = try bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2")
        let sealed = try bytes(
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b"
        )
        let iv = try bytes("cafebabefacedbaddecaf888")
        #expect(cipher.seal(plain, nonce: iv, aad: aad) == sealed)
        #expect(try cipher.open(sealed, nonce: iv, aad: aad) == plain)
        var out: [UInt8] = [9]
        cipher.seal(
            plain.span, nonce: iv.span, aad: aad.span.extracting(0..<5), aad.span.extracting(5...), appendingTo: &out)
        #expect(out == [9] + sealed)
    }

    @Test func whatWasChangedDoesNotOpen() throws {
        let cipher = AES256GCM(key: SecureRandom.bytes(32))
        let nonce = SecureRandom.bytes(12)
        let sealed = cipher.seal(Array("secret".utf8), nonce: nonce, aad: [1])
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(throws: CryptographyError.self) { try cipher.open(changed, nonce: nonce, aad: [1]) }
        }
        #expect(throws: CryptographyError.self) { try cipher.open(sealed, nonce: nonce, aad: [2]) }
        #expect(throws: CryptographyError.self) { try cipher.open([1, 2], nonce: nonce) }
        #expect(try cipher.open(sealed, nonce: nonce, aad: [1]) == Array("secret".utf8))
        cipher.setKey(SecureRandom.bytes(32).span)
        #expect(throws: CryptographyError.self) { try cipher.open(sealed, nonce: nonce, aad: [1]) }
    }

    @Test func ed25519() throws {
        // RFC 8032, tests 1 and 2.
        let seed = try bytes("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
        let publicKey = try Ed25519.publicKey(seed: seed)
        #expect(Hex.encode(publicKey) == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
        let signature = try Ed25519.sign([0x72], seed: seed)
        #expect(
            Hex.encode(signature)
                == "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        )
        #expect(Ed25519.isValid(signature, for: [0x72], publicKey: publicKey))
        #expect(!Ed25519.isValid(signature, for: [0x73], publicKey: publicKey))
        #expect(!Ed25519.isValid([], for: [0x72], publicKey: publicKey))
        #expect(throws: CryptographyError.self) { try Ed25519.sign([1], seed: [1]) }
    }

    @Test func fingerprintsDependOnEveryBitAndOnTheKey() {
        let message = [UInt8](repeating: 5, count: 2000)
        let one = Fingerprint128(key: [UInt8](repeating: 1, count: 32))
        let expected = one.of(message.span)
        #expect(one.of(message.span) == expected)
        #expect(one.of(message.span.extracting(0..<32), message.span.extracting(32...)) == expected)
        for index in [0, 1000, 1999] {
            var changed = message
            changed[index] ^= 0x80
            #expect(one.of(changed.span) != expected)
        }
        #expect(one.of((message + [0]).span) != expected)
        #expect(Fingerprint128(key: [UInt8](repeating: 2, count: 32)).of(message.span) != expected)
    }

    /// Logs are full of them: they may never change.
    @Test(arguments: [0, 1, 15, 16, 17, 63, 64, 1_801])
    func fingerprintsAreTheTagsOfNothingSealed(count: Int) {
        let key = (0..<32).map { UInt8($0 * 7) }
        let message = (0..<count).map { UInt8(truncatingIfNeeded: $0 * $0 + 3) }
        let nonce = [UInt8](repeating: 0, count: AES256GCM.nonceByteCount)
        let fingerprints = Fingerprint128(key: key)
        for _ in 0..<2 {
            let (high, low) = fingerprints.of(message.span)
            let bytes = [high, low].flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - $0 * 8)) } }
            #expect(bytes == AES256GCM(key: key).seal([], nonce: nonce, aad: message))
        }
    }

    @Test func randomBytesDiffer() {
        let random = BufferedRandom()
        let drawn = (0..<2000).map { _ in random.bytes(12) }
        #expect(Set(drawn).count == 2000)
        #expect(drawn.allSatisfy { $0.count == 12 })
        #expect(SecureRandom.bytes(0).isEmpty)
        #expect(Set((0..<100).map { _ in random.next() }).count == 100)
    }

    @Test func constantTimeComparison() {
        #expect(constantTimeEquals([1, 2], [1, 2]))
        #expect(!constantTimeEquals([1, 2], [1, 3]))
        #expect(!constantTimeEquals([1, 2], [1]))
        #expect(constantTimeEquals([UInt8](), []))
    }

    @Test(arguments: [
        ("", "", ""), ("f", "Zg==", "Zg"), ("fo", "Zm8=", "Zm8"), ("foo", "Zm9v", "Zm9v"),
        ("foob", "Zm9vYg==", "Zm9vYg"),
        ("~~\u{7f}?", "fn5/Pw==", "fn5_Pw"),
    ])
    func base64(_ text: String, _ standard: String, _ url: String) {
        let bytes = Array(text.utf8)
        #expect(Base64.encode(bytes) == standard)
        #expect(Base64.encode(bytes, .url) == url)
        #expect(Base64.decode(standard) == bytes)
        #expect(Base64.decode(url, .url) == bytes)
    }

    @Test(arguments: ["Z", "Zg=", "Zh==", "Zm9v!", "Zm9vY", "====", "fn5_Pw=="])
    func malformedBase64IsRefused(_ text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test func hex() {
        #expect(Hex.encode([0, 0xAB, 0xFF]) == "00abff")
        #expect(Hex.decode("00ABff") == [0, 0xAB, 0xFF])
        #expect(Hex.decode("0") == nil)
        #expect(Hex.decode("0g") == nil)
    }
}
