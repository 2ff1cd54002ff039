internal import COpenSSL

/// HMAC-SHA-256 (RFC 2104) under one key. A value that any thread may use: the key is hashed once, and each code starts
/// from a copy of what that left.
package struct HMACSHA256: Sendable {
    /// The digest's state behind the key's block, for the message and for the message's digest.
    private var (inner, outer) = (SHA256_CTX(), SHA256_CTX())

    /// SHA-256 takes so many bytes at a time.
    private static let blockBytes = 64
    private typealias Code = (UInt64, UInt64, UInt64, UInt64)

    /// A key of any length but zero.
    package init(key: Span<UInt8>) {
        precondition(key.count > 0, "an HMAC key is empty")
        var block = key.count > Self.blockBytes ? SHA256.hash(key) : key.array
        block += repeatElement(0, count: Self.blockBytes - block.count)
        for index in block.indices { block[index] ^= Self.innerPad }
        Self.start(&inner, block)
        for index in block.indices { block[index] ^= Self.innerPad ^ Self.outerPad }
        Self.start(&outer, block)
    }

    /// A key of any length but zero.
    package init(key: [UInt8]) { self.init(key: key.span) }

    /// The 32-byte code of the pieces as one message.
    package func authenticate(
        _ first: Span<UInt8>, _ second: Span<UInt8> = Span(), _ third: Span<UInt8> = Span()
    ) -> [UInt8] {
        unsafe withUnsafeBytes(of: compute(first, second, third)) { unsafe [UInt8]($0) }
    }

    /// The 32-byte code of these bytes.
    package func authenticate(_ bytes: [UInt8]) -> [UInt8] { authenticate(bytes.span) }

    /// The first 16 bytes of the code as two big-endian halves, without an allocation.
    package func authenticate128(
        _ first: Span<UInt8>, _ second: Span<UInt8> = Span(), _ third: Span<UInt8> = Span()
    ) -> (high: UInt64, low: UInt64) {
        let code = compute(first, second, third)
        return (UInt64(bigEndian: code.0), UInt64(bigEndian: code.1))
    }

    /// True when `code` is the code of these bytes; takes the same time for each wrong code of the right length.
    package func isValid(_ code: [UInt8], for bytes: Span<UInt8>) -> Bool {
        constantTimeEquals(code, authenticate(bytes))
    }

    /// True when `code` is the code of these bytes; takes the same time for each wrong code of the right length.
    package func isValid(_ code: [UInt8], for bytes: [UInt8]) -> Bool { isValid(code, for: bytes.span) }

    /// One code under a key that is used once.
    package static func authenticate(_ bytes: Span<UInt8>, key: Span<UInt8>) -> [UInt8] {
        HMACSHA256(key: key).authenticate(bytes)
    }

    /// One code under a key that is used once.
    package static func authenticate(_ bytes: [UInt8], key: [UInt8]) -> [UInt8] {
        authenticate(bytes.span, key: key.span)
    }

    private static let innerPad: UInt8 = 0x36
    private static let outerPad: UInt8 = 0x5C

    private static func start(_ context: inout SHA256_CTX, _ block: [UInt8]) {
        unsafe mustSucceed(SHA256_Init(&context))
        add(block.span, to: &context)
    }

    private func compute(_ first: Span<UInt8>, _ second: Span<UInt8>, _ third: Span<UInt8>) -> Code {
        if first.count + second.count + third.count <= Self.shortBytesMax { return computeShort(first, second, third) }
        var context = inner
        Self.add(first, to: &context)
        if second.count > 0 { Self.add(second, to: &context) }
        if third.count > 0 { Self.add(third, to: &context) }
        var code: Code = (0, 0, 0, 0)
        unsafe withUnsafeMutableBytes(of: &code) { bytes in
            let code = unsafe bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
            unsafe mustSucceed(SHA256_Final(code, &context))
            context = outer
            unsafe mustSucceed(SHA256_Update(&context, code, SHA256.byteCount))
            unsafe mustSucceed(SHA256_Final(code, &context))
        }
        return code
    }

    private typealias Block = InlineArray<8, UInt64>
    /// A message of so many bytes leaves room in its block for the end that FIPS 180-4, 5.1.1 prescribes.
    private static let shortBytesMax = 55

    /// The same for a short message: one block inside and one outside, which costs half of what telling OpenSSL where a
    /// message begins and ends does.
    private func computeShort(_ first: Span<UInt8>, _ second: Span<UInt8>, _ third: Span<UInt8>) -> Code {
        var block = Block(repeating: 0)
        unsafe withUnsafeMutableBytes(of: &block) { block in
            unsafe first.withUnsafeBytes { unsafe block.copyMemory(from: $0) }
            let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: block[first.count...])
            unsafe second.withUnsafeBytes { unsafe rest.copyMemory(from: $0) }
            let end = unsafe UnsafeMutableRawBufferPointer(rebasing: rest[second.count...])
            unsafe third.withUnsafeBytes { unsafe end.copyMemory(from: $0) }
        }
        var state = inner
        let digest = Self.digest(&block, first.count + second.count + third.count, behind: &state)
        block = Block(repeating: 0)
        (block[0], block[1], block[2], block[3]) = digest
        state.h = outer.h
        return Self.digest(&block, SHA256.byteCount, behind: &state)
    }

    /// The digest of what `state` has taken, a block, and of the `count` bytes that `block` begins with. The rest is zero.
    private static func digest(_ block: inout Block, _ count: Int, behind state: inout SHA256_CTX) -> Code {
        unsafe withUnsafeMutableBytes(of: &block) { block in
            unsafe block[count] = 0x80
            let bits = UInt64((Self.blockBytes + count) * UInt8.bitWidth)
            unsafe block.storeBytes(of: bits.bigEndian, toByteOffset: Self.blockBytes - 8, as: UInt64.self)
            unsafe SHA256_Transform(&state, block.baseAddress?.assumingMemoryBound(to: UInt8.self))
        }
        let h = state.h
        return (word(h.0, h.1), word(h.2, h.3), word(h.4, h.5), word(h.6, h.7))
    }

    /// Two words of a digest as they lie in memory.
    private static func word(_ first: UInt32, _ second: UInt32) -> UInt64 {
        (UInt64(first) << 32 | UInt64(second)).bigEndian
    }

    private static func add(_ bytes: Span<UInt8>, to context: inout SHA256_CTX) {
        unsafe bytes.withUnsafeBufferPointer { unsafe mustSucceed(SHA256_Update(&context, $0.baseAddress, $0.count)) }
    }
}

extension Span<UInt8> {
    fileprivate var array: [UInt8] { unsafe withUnsafeBufferPointer { unsafe [UInt8]($0) } }
}

/// Compares without telling by its time where the first difference is. The lengths are no secret.
package func constantTimeEquals(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
    guard left.count == right.count else { return false }
    return unsafe left.withUnsafeBytes { left in
        unsafe right.withUnsafeBytes { right in
            unsafe left.isEmpty || CRYPTO_memcmp(left.baseAddress, right.baseAddress, left.count) == 0
        }
    }
}

/// Compares without telling by its time where the first difference is. The lengths are no secret.
package func constantTimeEquals(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    constantTimeEquals(left.span, right.span)
}
