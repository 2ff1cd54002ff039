internal import COpenSSL

/// A fast keyed 128-bit fingerprint of a message: AES-GMAC with a fixed nonce.
///
/// Two different messages meet with a probability of about their length in blocks / 2^128, also for a sender who picks
/// them, as long as fingerprints and key stay with us. It is no signature: with the nonce fixed, who sees fingerprints
/// of messages he knows can make others.
///
/// By OpenSSL's functions for the mode: those of EVP end in the same assembler, and take more than the hash of a short
/// message to get there. One belongs to one thread at a time.
@safe package final class Fingerprint128 {
    private static let nonce: (UInt64, UInt32) = (0, 0)

    /// AES of single blocks under the key.
    private let cipher: OpaquePointer
    private let state: OpaquePointer

    /// A key of 32 bytes.
    package init(key: [UInt8]) {
        precondition(key.count == AES256GCM.keyByteCount, "a fingerprint key of \(key.count) bytes")
        unsafe self.cipher = made(EVP_CIPHER_CTX_new())
        unsafe mustSucceed(EVP_EncryptInit_ex2(cipher, Algorithm.aes256ecb, key, nil, nil))
        unsafe mustSucceed(EVP_CIPHER_CTX_set_padding(cipher, 0))
        unsafe self.state = made(
            CRYPTO_gcm128_new(UnsafeMutableRawPointer(cipher)) { block, output, cipher in
                var count: Int32 = 0
                unsafe mustSucceed(
                    EVP_EncryptUpdate(OpaquePointer(cipher), output, &count, block, Fingerprint128.blockBytes))
            })
    }

    deinit {
        unsafe CRYPTO_gcm128_release(state)
        unsafe EVP_CIPHER_CTX_free(cipher)
    }

    /// The fingerprint of the pieces as one message.
    package func of(_ first: Span<UInt8>, _ second: Span<UInt8> = Span()) -> (high: UInt64, low: UInt64) {
        unsafe withUnsafeBytes(of: Self.nonce) {
            let nonce = unsafe $0.baseAddress?.assumingMemoryBound(to: UInt8.self)
            unsafe CRYPTO_gcm128_setiv(state, nonce, AES256GCM.nonceByteCount)
        }
        add(first)
        add(second)
        var tag: (high: UInt64, low: UInt64) = (0, 0)
        unsafe withUnsafeMutableBytes(of: &tag) {
            unsafe CRYPTO_gcm128_tag(state, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), AES256GCM.tagByteCount)
        }
        return (UInt64(bigEndian: tag.high), UInt64(bigEndian: tag.low))
    }

    private static let blockBytes: Int32 = 16

    private func add(_ bytes: Span<UInt8>) {
        guard bytes.count > 0 else { return }
        let status = unsafe bytes.withUnsafeBufferPointer {
            unsafe CRYPTO_gcm128_aad(state, $0.baseAddress, $0.count)
        }
        precondition(status == 0, "OpenSSL refused a message's length")
    }
}
