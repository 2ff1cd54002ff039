internal import COpenSSL

/// AES-256-GCM under one key at a time, with contexts that are reused.
///
/// The caller gives each message of a key a nonce of its own: a nonce used twice reveals both messages and the
/// authentication key. What is authenticated but not sealed comes in up to three pieces, as one text.
@safe package final class AES256GCM {
    /// Bytes of a key.
    package static let keyByteCount = 32
    /// Bytes of a nonce.
    package static let nonceByteCount = 12
    /// Bytes a sealed message is longer than the plain one.
    package static let tagByteCount = 16

    private let sealing: OpaquePointer
    private let opening: OpaquePointer

    /// Sets the key up once.
    package init(key: Span<UInt8>) {
        unsafe self.sealing = made(EVP_CIPHER_CTX_new())
        unsafe self.opening = made(EVP_CIPHER_CTX_new())
        unsafe mustSucceed(EVP_EncryptInit_ex2(sealing, Algorithm.aes256gcm, nil, nil, nil))
        unsafe mustSucceed(EVP_DecryptInit_ex2(opening, Algorithm.aes256gcm, nil, nil, nil))
        setKey(key)
    }

    /// Sets the key up once.
    package convenience init(key: [UInt8]) { self.init(key: key.span) }

    deinit {
        unsafe EVP_CIPHER_CTX_free(sealing)
        unsafe EVP_CIPHER_CTX_free(opening)
    }

    /// Goes on with another key; cheaper than another object.
    package func setKey(_ key: Span<UInt8>) {
        precondition(key.count == Self.keyByteCount, "an AES-256 key of \(key.count) bytes")
        unsafe key.withUnsafeBufferPointer { key in
            // No cipher means: the one they have, in its storage.
            unsafe mustSucceed(EVP_EncryptInit_ex2(sealing, nil, key.baseAddress, nil, nil))
            unsafe mustSucceed(EVP_DecryptInit_ex2(opening, nil, key.baseAddress, nil, nil))
        }
    }

    /// Appends the sealed bytes and their tag.
    package func seal(
        _ plain: Span<UInt8>, nonce: Span<UInt8>, aad first: Span<UInt8> = Span(), _ second: Span<UInt8> = Span(),
        _ third: Span<UInt8> = Span(), appendingTo out: inout [UInt8]
    ) {
        precondition(nonce.count == Self.nonceByteCount, "a nonce of \(nonce.count) bytes")
        unsafe nonce.withUnsafeBufferPointer {
            unsafe mustSucceed(EVP_EncryptInit_ex2(sealing, nil, nil, $0.baseAddress, nil))
        }
        unsafe authenticate(first, sealing, EVP_EncryptUpdate)
        unsafe authenticate(second, sealing, EVP_EncryptUpdate)
        unsafe authenticate(third, sealing, EVP_EncryptUpdate)
        encrypt(plain, appendingTo: &out)
    }

    /// Appends the sealed bytes and their tag to their head: all that `out` holds is authenticated, together with `aad`,
    /// and its last bytes are the nonce. Under `key`, which is used from now on for sealing and not for opening.
    package func seal(_ plain: Span<UInt8>, under key: Span<UInt8>, aad: Span<UInt8>, behind out: inout [UInt8]) {
        start(behind: out.span, under: key)
        unsafe authenticate(aad, sealing, EVP_EncryptUpdate)
        encrypt(plain, appendingTo: &out)
    }

    private func start(behind head: Span<UInt8>, under key: Span<UInt8>) {
        precondition(key.count == Self.keyByteCount, "an AES-256 key of \(key.count) bytes")
        precondition(head.count >= Self.nonceByteCount, "a head without nonce")
        unsafe key.withUnsafeBufferPointer { key in
            unsafe head.extracting(last: Self.nonceByteCount).withUnsafeBufferPointer { nonce in
                // No cipher means: the one it has, in its storage.
                unsafe mustSucceed(EVP_EncryptInit_ex2(sealing, nil, key.baseAddress, nonce.baseAddress, nil))
            }
        }
        unsafe authenticate(head, sealing, EVP_EncryptUpdate)
    }

    private func encrypt(_ plain: Span<UInt8>, appendingTo out: inout [UInt8]) {
        let start = out.count
        out.append(contentsOf: repeatElement(0, count: plain.count + Self.tagByteCount))
        unsafe out.withUnsafeMutableBufferPointer { out in
            guard let base = out.baseAddress else { return }
            var count: Int32 = 0
            unsafe plain.withUnsafeBufferPointer { plain in
                guard !plain.isEmpty else { return }
                unsafe mustSucceed(
                    EVP_EncryptUpdate(sealing, base + start, &count, plain.baseAddress, Int32(plain.count)))
            }
            let tag = unsafe base + start + plain.count
            unsafe mustSucceed(EVP_EncryptFinal_ex(sealing, tag, &count))
            unsafe mustSucceed(EVP_CIPHER_CTX_ctrl(sealing, EVP_CTRL_AEAD_GET_TAG, Int32(Self.tagByteCount), tag))
        }
    }

    /// Appends the plain bytes, or throws and appends nothing.
    package func open(
        _ sealed: Span<UInt8>, nonce: Span<UInt8>, aad first: Span<UInt8> = Span(), _ second: Span<UInt8> = Span(),
        _ third: Span<UInt8> = Span(), appendingTo out: inout [UInt8]
    ) throws(CryptographyError) {
        guard sealed.count >= Self.tagByteCount, nonce.count == Self.nonceByteCount else {
            throw CryptographyError(.malformed, "a sealed message of \(sealed.count) bytes")
        }
        unsafe nonce.withUnsafeBufferPointer {
            unsafe mustSucceed(EVP_DecryptInit_ex2(opening, nil, nil, $0.baseAddress, nil))
        }
        unsafe authenticate(first, opening, EVP_DecryptUpdate)
        unsafe authenticate(second, opening, EVP_DecryptUpdate)
        unsafe authenticate(third, opening, EVP_DecryptUpdate)
        let start = out.count
        out.append(contentsOf: repeatElement(0, count: sealed.count - Self.tagByteCount))
        guard decrypt(sealed, into: &out, at: start) else {
            out.removeSubrange(start...)
            throw CryptographyError(.authentication, "a sealed message does not open")
        }
    }

    /// Writes the plain bytes and says whether the tag was right.
    private func decrypt(_ sealed: Span<UInt8>, into out: inout [UInt8], at start: Int) -> Bool {
        let plainCount = sealed.count - Self.tagByteCount
        var tag = unsafe sealed.extracting(plainCount...).withUnsafeBufferPointer { unsafe [UInt8]($0) }
        var count: Int32 = 0
        unsafe out.withUnsafeMutableBufferPointer { out in
            unsafe sealed.withUnsafeBufferPointer { sealed in
                guard plainCount > 0, let base = out.baseAddress else { return }
                unsafe mustSucceed(
                    EVP_DecryptUpdate(opening, base + start, &count, sealed.baseAddress, Int32(plainCount)))
            }
        }
        unsafe mustSucceed(EVP_CIPHER_CTX_ctrl(opening, EVP_CTRL_AEAD_SET_TAG, Int32(Self.tagByteCount), &tag))
        var rest = [UInt8](repeating: 0, count: Self.tagByteCount)  // GCM writes nothing at its end
        return unsafe EVP_DecryptFinal_ex(opening, &rest, &count) == 1
    }

    private typealias Update = (
        OpaquePointer?, UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<Int32>?, UnsafePointer<UInt8>?, Int32
    ) -> Int32

    /// Bytes given without a place for output are authenticated only.
    private func authenticate(_ bytes: Span<UInt8>, _ context: OpaquePointer, _ update: Update) {
        guard bytes.count > 0 else { return }
        var count: Int32 = 0
        unsafe bytes.withUnsafeBufferPointer {
            unsafe mustSucceed(update(context, nil, &count, $0.baseAddress, Int32($0.count)))
        }
    }
}

extension AES256GCM {
    /// The sealed bytes and their tag.
    package func seal(_ plain: [UInt8], nonce: [UInt8], aad: [UInt8] = []) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(plain.count + Self.tagByteCount)
        seal(plain.span, nonce: nonce.span, aad: aad.span, appendingTo: &out)
        return out
    }

    /// The plain bytes.
    package func open(_ sealed: [UInt8], nonce: [UInt8], aad: [UInt8] = []) throws(CryptographyError) -> [UInt8] {
        var out: [UInt8] = []
        try open(sealed.span, nonce: nonce.span, aad: aad.span, appendingTo: &out)
        return out
    }
}
