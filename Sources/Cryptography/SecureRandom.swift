internal import COpenSSL

/// Random bytes fit for keys.
package enum SecureRandom {
    /// Fresh bytes from OpenSSL's generator.
    package static func bytes(_ count: Int) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            if count > 0 { unsafe mustSucceed(RAND_bytes(buffer.baseAddress, Int32(count))) }
            filled = count
        }
    }
}

/// Random bytes fit for keys and nonces, drawn ahead in blocks because each draw costs half a microsecond.
package final class BufferedRandom: RandomNumberGenerator {
    /// One draw serves some 300 nonces, or 70 subject keys.
    private static let blockBytes = 4096

    private var block: [UInt8] = []
    /// Bytes at the block's begin that were not given yet.
    private var left = 0

    /// Draws at the first use.
    package init() {}

    /// Appends fresh bytes; none is ever given twice, and none is kept here once it is given.
    package func append(_ count: Int, to out: inout [UInt8]) {
        precondition(count <= Self.blockBytes, "more random bytes than a block")
        if left < count {
            block = SecureRandom.bytes(Self.blockBytes)
            left = Self.blockBytes
        }
        left -= count
        let given = left..<left + count
        unsafe block.withUnsafeMutableBytes { block in
            let bytes = unsafe UnsafeMutableRawBufferPointer(rebasing: block[given])
            unsafe out.append(contentsOf: bytes)
            if let base = bytes.baseAddress { unsafe OPENSSL_cleanse(base, count) }
        }
    }

    /// Fresh bytes.
    package func bytes(_ count: Int) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(count)
        append(count, to: &out)
        return out
    }

    /// 64 fresh bits.
    package func next() -> UInt64 {
        bytes(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
