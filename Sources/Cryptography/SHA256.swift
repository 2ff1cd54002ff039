internal import COpenSSL

/// SHA-256, in pieces or at once.
///
/// By the calls of OpenSSL that keep a digest's state in place: those of EVP, which came after them, allocate it and look
/// the algorithm's functions up, which is ten times the work on a short message. Both end in the same assembler.
package struct SHA256: ~Copyable {
    /// Bytes of a digest.
    package static let byteCount = 32

    private var context = SHA256_CTX()

    /// Starts a digest.
    package init() {
        unsafe mustSucceed(SHA256_Init(&context))
    }

    /// Adds bytes.
    package mutating func update(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { unsafe mustSucceed(SHA256_Update(&context, $0.baseAddress, $0.count)) }
    }

    /// Adds bytes.
    package mutating func update(_ bytes: [UInt8]) { update(bytes.span) }

    /// Adds a number in big-endian order.
    package mutating func update<T: FixedWidthInteger>(bigEndian value: T) {
        unsafe withUnsafeBytes(of: value.bigEndian) {
            unsafe mustSucceed(SHA256_Update(&context, $0.baseAddress, $0.count))
        }
    }

    /// The digest of everything added; starts again from nothing.
    package mutating func finish() -> [UInt8] {
        let digest = unsafe [UInt8](unsafeUninitializedCapacity: Self.byteCount) { buffer, count in
            unsafe mustSucceed(SHA256_Final(buffer.baseAddress, &context))
            count = Self.byteCount
        }
        unsafe mustSucceed(SHA256_Init(&context))
        return digest
    }

    /// The digest of these bytes.
    package static func hash(_ bytes: Span<UInt8>) -> [UInt8] {
        var digest = SHA256()
        digest.update(bytes)
        return digest.finish()
    }

    /// The digest of these bytes.
    package static func hash(_ bytes: [UInt8]) -> [UInt8] { hash(bytes.span) }
}
