internal import COpenSSL

/// Ed25519 signatures (RFC 8032).
package enum Ed25519 {
    /// Bytes of a private seed and of a public key.
    package static let keyByteCount = 32
    /// Bytes of a signature.
    package static let signatureByteCount = 64

    /// The public key of a seed of 32 random bytes.
    package static func publicKey(seed: [UInt8]) throws(CryptographyError) -> [UInt8] {
        let key = try Key(seed: seed)
        var out = [UInt8](repeating: 0, count: keyByteCount)
        var count = out.count
        unsafe mustSucceed(EVP_PKEY_get_raw_public_key(key.pointer, &out, &count))
        return out
    }

    /// Signs a message.
    package static func sign(_ message: [UInt8], seed: [UInt8]) throws(CryptographyError) -> [UInt8] {
        let key = try Key(seed: seed)
        let context = unsafe made(EVP_MD_CTX_new())
        defer { unsafe EVP_MD_CTX_free(context) }
        unsafe mustSucceed(EVP_DigestSignInit(context, nil, nil, nil, key.pointer))
        var out = [UInt8](repeating: 0, count: signatureByteCount)
        var count = out.count
        unsafe mustSucceed(EVP_DigestSign(context, &out, &count, message, message.count))
        return out
    }

    /// True when the holder of the key's seed signed exactly this message.
    package static func isValid(_ signature: [UInt8], for message: [UInt8], publicKey: [UInt8]) -> Bool {
        guard signature.count == signatureByteCount, let key = Key(publicKey: publicKey) else { return false }
        let context = unsafe made(EVP_MD_CTX_new())
        defer { unsafe EVP_MD_CTX_free(context) }
        unsafe mustSucceed(EVP_DigestVerifyInit(context, nil, nil, nil, key.pointer))
        return unsafe EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }
}

/// Sole owner of one OpenSSL key.
@safe private struct Key: ~Copyable {
    let pointer: OpaquePointer

    init(seed: [UInt8]) throws(CryptographyError) {
        guard seed.count == Ed25519.keyByteCount else {
            throw CryptographyError(.malformed, "an Ed25519 seed of \(seed.count) bytes")
        }
        unsafe self.pointer = made(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count))
    }

    init?(publicKey: [UInt8]) {
        guard publicKey.count == Ed25519.keyByteCount,
            let made = unsafe EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, publicKey, publicKey.count)
        else { return nil }
        unsafe self.pointer = made
    }

    deinit {
        unsafe EVP_PKEY_free(pointer)
    }
}
