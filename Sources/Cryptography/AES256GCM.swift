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

    private let sealing: GaloisCounter
    private let opening: OpaquePointer

    /// Sets the key up once.
    package init(key: Span<UInt8>) {
        self.sealing = GaloisCounter(key: key)
        unsafe self.opening = made(EVP_CIPHER_CTX_new())
        unsafe mustSucceed(EVP_DecryptInit_ex2(opening, Algorithm.aes256gcm, nil, nil, nil))
        setOpeningKey(key)
    }

    /// Sets the key up once.
    package convenience init(key: [UInt8]) { self.init(key: key.span) }

    deinit { unsafe EVP_CIPHER_CTX_free(opening) }

    /// Goes on with another key; cheaper than another object.
    package func setKey(_ key: Span<UInt8>) {
        self.sealing.setKey(key)
        setOpeningKey(key)
    }

    private func setOpeningKey(_ key: Span<UInt8>) {
        unsafe key.withUnsafeBufferPointer {
            // No cipher means: the one it has, in its storage.
            unsafe mustSucceed(EVP_DecryptInit_ex2(opening, nil, $0.baseAddress, nil, nil))
        }
    }

    /// Appends the sealed bytes and their tag.
    package func seal(
        _ plain: Span<UInt8>, nonce: Span<UInt8>, aad first: Span<UInt8> = Span(), _ second: Span<UInt8> = Span(),
        _ third: Span<UInt8> = Span(), appendingTo out: inout [UInt8]
    ) {
        self.sealing.start(nonce: nonce)
        self.sealing.authenticate(first)
        self.sealing.authenticate(second)
        self.sealing.authenticate(third)
        encrypt(plain, appendingTo: &out)
    }

    /// Appends the sealed bytes and their tag to their head: all that `out` holds is authenticated, together with `aad`,
    /// and its last bytes are the nonce. Under `key`, which is used from now on for sealing and not for opening.
    package func seal(_ plain: Span<UInt8>, under key: Span<UInt8>, aad: Span<UInt8>, behind out: inout [UInt8]) {
        precondition(out.count >= Self.nonceByteCount, "a head without nonce")
        self.sealing.setKey(key)
        self.sealing.start(nonce: out.span.extracting(last: Self.nonceByteCount))
        self.sealing.authenticate(out.span)
        self.sealing.authenticate(aad)
        encrypt(plain, appendingTo: &out)
    }

    private func encrypt(_ plain: Span<UInt8>, appendingTo out: inout [UInt8]) {
        out.append(addingCapacity: plain.count + Self.tagByteCount) { out in
            unsafe out.withUnsafeMutableBufferPointer { out, written in
                guard let base = out.baseAddress else { return }
                unsafe self.sealing.encrypt(plain, to: base + written)
                unsafe self.sealing.finish(to: base + written + plain.count)
                written += plain.count + Self.tagByteCount
            }
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
        authenticate(first)
        authenticate(second)
        authenticate(third)
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

    /// Bytes given without a place for output are authenticated only.
    private func authenticate(_ bytes: Span<UInt8>) {
        guard bytes.count > 0 else { return }
        var count: Int32 = 0
        unsafe bytes.withUnsafeBufferPointer {
            unsafe mustSucceed(EVP_DecryptUpdate(opening, nil, &count, $0.baseAddress, Int32($0.count)))
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
