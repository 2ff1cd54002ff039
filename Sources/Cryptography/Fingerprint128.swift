internal import COpenSSL

/// A fast keyed 128-bit fingerprint of a message: AES-GMAC with a fixed nonce.
///
/// Two different messages meet with a probability of about their length in blocks / 2^128, also for a sender who picks
/// them, as long as fingerprints and key stay with us. It is no signature: with the nonce fixed, who sees fingerprints
/// of messages he knows can make others.
@safe package final class Fingerprint128 {
    private static let nonce = [UInt8](repeating: 0, count: AES256GCM.nonceByteCount)

    private let context: OpaquePointer
    private var tag = [UInt8](repeating: 0, count: AES256GCM.tagByteCount)

    /// A key of 32 bytes.
    package init(key: [UInt8]) {
        precondition(key.count == AES256GCM.keyByteCount, "a fingerprint key of \(key.count) bytes")
        unsafe self.context = made(EVP_CIPHER_CTX_new())
        unsafe mustSucceed(EVP_EncryptInit_ex2(context, Algorithm.aes256gcm, key, nil, nil))
    }

    deinit {
        unsafe EVP_CIPHER_CTX_free(context)
    }

    /// The fingerprint of the pieces as one message.
    package func of(_ first: Span<UInt8>, _ second: Span<UInt8> = Span()) -> (high: UInt64, low: UInt64) {
        unsafe mustSucceed(EVP_EncryptInit_ex2(context, nil, nil, Self.nonce, nil))
        add(first)
        add(second)
        var count: Int32 = 0
        unsafe mustSucceed(EVP_EncryptFinal_ex(context, &tag, &count))
        unsafe mustSucceed(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(tag.count), &tag))
        return bigEndianHalves(tag)
    }

    private func add(_ bytes: Span<UInt8>) {
        guard bytes.count > 0 else { return }
        var count: Int32 = 0
        unsafe bytes.withUnsafeBufferPointer {
            unsafe mustSucceed(EVP_EncryptUpdate(context, nil, &count, $0.baseAddress, Int32($0.count)))
        }
    }
}
