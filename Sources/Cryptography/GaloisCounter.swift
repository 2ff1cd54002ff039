internal import COpenSSL

/// GCM (NIST SP 800-38D) over AES-256 of single blocks, one key at a time, for sealing and for fingerprints.
///
/// By OpenSSL's functions for the mode: those of EVP end in the same assembler, and on their way ask the cipher for each
/// length by its name, which takes more than a short message does. One belongs to one thread at a time.
@safe final class GaloisCounter {
    /// AES of blocks under the key. Never told that a message ends, it never pads.
    private let cipher: OpaquePointer
    private let state: OpaquePointer

    init(key: Span<UInt8>) {
        precondition(key.count == AES256GCM.keyByteCount, "an AES-256 key of \(key.count) bytes")
        let cipher = unsafe made(EVP_CIPHER_CTX_new())
        unsafe key.withUnsafeBufferPointer {
            unsafe mustSucceed(EVP_EncryptInit_ex2(cipher, Algorithm.aes256ecb, $0.baseAddress, nil, nil))
        }
        unsafe self.cipher = cipher
        unsafe self.state = made(CRYPTO_gcm128_new(UnsafeMutableRawPointer(cipher), Self.block))
    }

    deinit {
        unsafe CRYPTO_gcm128_release(state)
        unsafe EVP_CIPHER_CTX_free(cipher)
    }

    func setKey(_ key: Span<UInt8>) {
        precondition(key.count == AES256GCM.keyByteCount, "an AES-256 key of \(key.count) bytes")
        unsafe key.withUnsafeBufferPointer {
            // No cipher means: the one it has, in its storage.
            unsafe mustSucceed(EVP_EncryptInit_ex2(cipher, nil, $0.baseAddress, nil, nil))
        }
        unsafe CRYPTO_gcm128_init(state, UnsafeMutableRawPointer(cipher), Self.block)
    }

    /// Begins a message.
    func start(nonce: Span<UInt8>) {
        precondition(nonce.count == AES256GCM.nonceByteCount, "a nonce of \(nonce.count) bytes")
        unsafe nonce.withUnsafeBufferPointer { unsafe CRYPTO_gcm128_setiv(state, $0.baseAddress, $0.count) }
    }

    /// Adds bytes that are authenticated only; they come before the sealed ones.
    func authenticate(_ bytes: Span<UInt8>) {
        guard bytes.count > 0 else { return }
        let status = unsafe bytes.withUnsafeBufferPointer {
            unsafe CRYPTO_gcm128_aad(state, $0.baseAddress, $0.count)
        }
        precondition(status == 0, "OpenSSL refused a message's length")
    }

    /// Writes `plain` sealed to `out`, which has room for as much.
    func encrypt(_ plain: Span<UInt8>, to out: UnsafeMutablePointer<UInt8>) {
        guard plain.count > 0 else { return }
        let status = unsafe plain.withUnsafeBufferPointer {
            unsafe CRYPTO_gcm128_encrypt_ctr32(state, $0.baseAddress, out, $0.count, Self.stream)
        }
        precondition(status == 0, "OpenSSL refused a message's length")
    }

    /// Ends a message: writes its tag.
    func finish(to tag: UnsafeMutablePointer<UInt8>) {
        unsafe CRYPTO_gcm128_tag(state, tag, AES256GCM.tagByteCount)
    }

    /// Ends a message: its tag as it lies in memory.
    func finish() -> (high: UInt64, low: UInt64) {
        var tag: (high: UInt64, low: UInt64) = (0, 0)
        unsafe withUnsafeMutableBytes(of: &tag) {
            guard let place = unsafe $0.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
            unsafe finish(to: place)
        }
        return tag
    }

    private static let blockBytes = 16

    /// AES of one block.
    private static let block: block128_f = { input, output, cipher in
        var count: Int32 = 0
        unsafe mustSucceed(EVP_EncryptUpdate(OpaquePointer(cipher), output, &count, input, Int32(blockBytes)))
    }

    /// Counter mode: `blocks` blocks of the input, with what AES makes of the counter and its successors (SP 800-38D, 6.5).
    private static let stream: ctr128_f = { input, output, blocks, cipher, counter in
        guard let input = unsafe input, let output = UnsafeMutableRawPointer(output), let counter = unsafe counter
        else { return }
        let start = unsafe UnsafeRawPointer(counter)
        let first = unsafe UInt32(bigEndian: start.loadUnaligned(fromByteOffset: 12, as: UInt32.self))
        for index in 0..<blocks {
            let place = unsafe output + index * blockBytes
            unsafe place.copyMemory(from: start, byteCount: 12)
            let number = first &+ UInt32(truncatingIfNeeded: index)
            unsafe place.storeBytes(of: number.bigEndian, toByteOffset: 12, as: UInt32.self)
        }
        var count: Int32 = 0
        let bytes = unsafe output.assumingMemoryBound(to: UInt8.self)
        let context = unsafe OpaquePointer(UnsafeMutableRawPointer(mutating: cipher))
        unsafe mustSucceed(EVP_EncryptUpdate(context, bytes, &count, bytes, Int32(blocks * blockBytes)))
        for index in 0..<blocks * blockBytes { unsafe bytes[index] ^= input[index] }
    }
}
