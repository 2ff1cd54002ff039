internal import COpenSSL

/// SHA-256, in pieces or at once.
@safe package struct SHA256: ~Copyable {
    /// Bytes of a digest.
    package static let byteCount = 32

    private let context: OpaquePointer

    /// Starts a digest.
    package init() {
        unsafe self.context = made(EVP_MD_CTX_new())
        unsafe mustSucceed(EVP_DigestInit_ex2(context, Algorithm.sha256, nil))
    }

    deinit {
        unsafe EVP_MD_CTX_free(context)
    }

    /// Adds bytes.
    package mutating func update(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { unsafe mustSucceed(EVP_DigestUpdate(context, $0.baseAddress, $0.count)) }
    }

    /// Adds bytes.
    package mutating func update(_ bytes: [UInt8]) { update(bytes.span) }

    /// Adds a number in big-endian order.
    package mutating func update<T: FixedWidthInteger>(bigEndian value: T) {
        unsafe withUnsafeBytes(of: value.bigEndian) {
            unsafe mustSucceed(EVP_DigestUpdate(context, $0.baseAddress, $0.count))
        }
    }

    /// The digest of everything added; starts again from nothing.
    package mutating func finish() -> [UInt8] {
        let digest = unsafe [UInt8](unsafeUninitializedCapacity: Self.byteCount) { buffer, count in
            unsafe mustSucceed(EVP_DigestFinal_ex(context, buffer.baseAddress, nil))
            count = Self.byteCount
        }
        unsafe mustSucceed(EVP_DigestInit_ex2(context, Algorithm.sha256, nil))
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
