internal import COpenSSL

/// HMAC-SHA-256 under one key, which is set up once.
@safe package final class HMACSHA256 {
    private let context: OpaquePointer
    private var code = [UInt8](repeating: 0, count: SHA256.byteCount)

    /// A key of any length but zero.
    package init(key: Span<UInt8>) {
        precondition(key.count > 0, "an HMAC key is empty")
        unsafe self.context = made(EVP_MAC_CTX_new(Algorithm.hmac))
        unsafe Self.withParameters { parameters in
            unsafe key.withUnsafeBufferPointer { key in
                unsafe mustSucceed(EVP_MAC_init(context, key.baseAddress, key.count, parameters))
            }
        }
    }

    /// A key of any length but zero.
    package convenience init(key: [UInt8]) { self.init(key: key.span) }

    deinit {
        unsafe EVP_MAC_CTX_free(context)
    }

    /// The 32-byte code of the pieces as one message.
    package func authenticate(
        _ first: Span<UInt8>, _ second: Span<UInt8> = Span(), _ third: Span<UInt8> = Span()
    ) -> [UInt8] {
        compute(first, second, third)
        return code
    }

    /// The 32-byte code of these bytes.
    package func authenticate(_ bytes: [UInt8]) -> [UInt8] { authenticate(bytes.span) }

    /// The first 16 bytes of the code as two big-endian halves, without an allocation.
    package func authenticate128(
        _ first: Span<UInt8>, _ second: Span<UInt8> = Span(), _ third: Span<UInt8> = Span()
    ) -> (high: UInt64, low: UInt64) {
        compute(first, second, third)
        return bigEndianHalves(code)
    }

    /// True when `code` is the code of these bytes; takes the same time for each wrong code of the right length.
    package func isValid(_ code: [UInt8], for bytes: Span<UInt8>) -> Bool {
        compute(bytes, Span(), Span())
        return constantTimeEquals(code, self.code)
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

    /// Lends what makes HMAC use SHA-256. Parameters point to their name and value, so both must outlive the call.
    private static func withParameters(_ body: (UnsafePointer<OSSL_PARAM>) -> Void) {
        var digest = Array("SHA256".utf8CString)
        unsafe "digest".withCString { name in
            unsafe digest.withUnsafeMutableBufferPointer { digest in
                let parameters = unsafe [
                    OSSL_PARAM_construct_utf8_string(name, digest.baseAddress, 0), OSSL_PARAM_construct_end(),
                ]
                unsafe body(parameters)
            }
        }
    }

    private func compute(_ first: Span<UInt8>, _ second: Span<UInt8>, _ third: Span<UInt8>) {
        // No key means: again with the one it has.
        unsafe mustSucceed(EVP_MAC_init(context, nil, 0, nil))
        add(first)
        if second.count > 0 { add(second) }
        if third.count > 0 { add(third) }
        unsafe code.withUnsafeMutableBufferPointer { code in
            var count = 0
            unsafe mustSucceed(EVP_MAC_final(context, code.baseAddress, &count, code.count))
        }
    }

    private func add(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { unsafe mustSucceed(EVP_MAC_update(context, $0.baseAddress, $0.count)) }
    }
}

/// The first 16 bytes as two numbers.
func bigEndianHalves(_ bytes: [UInt8]) -> (high: UInt64, low: UInt64) {
    unsafe bytes.withUnsafeBytes { bytes in
        unsafe (
            UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
            UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        )
    }
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
