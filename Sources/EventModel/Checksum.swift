/// XXH64 (Yann Collet's 64-bit hash, by its published description): finds damage, not malice.
package enum Checksum {
    private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
    private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
    private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
    private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
    private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

    /// The hash of `bytes` from offset `start` on, with seed 0. Linear time, no allocation.
    package static func xxh64(_ bytes: Span<UInt8>, from start: Int = 0) -> UInt64 {
        unsafe bytes.extracting(start...).withUnsafeBytes { bytes in
            var offset = 0
            var hash = prime5
            if bytes.count >= 32 {
                var lanes = (prime1 &+ prime2, prime2, UInt64(0), 0 &- prime1)
                while offset &+ 32 <= bytes.count {
                    lanes.0 = round(lanes.0, unsafe word(bytes, offset))
                    lanes.1 = round(lanes.1, unsafe word(bytes, offset &+ 8))
                    lanes.2 = round(lanes.2, unsafe word(bytes, offset &+ 16))
                    lanes.3 = round(lanes.3, unsafe word(bytes, offset &+ 24))
                    offset &+= 32
                }
                hash = rotate(lanes.0, 1) &+ rotate(lanes.1, 7) &+ rotate(lanes.2, 12) &+ rotate(lanes.3, 18)
                hash = merge(merge(merge(merge(hash, lanes.0), lanes.1), lanes.2), lanes.3)
            }
            return avalanche(unsafe tail(hash &+ UInt64(bytes.count), bytes, offset))
        }
    }

    private static func tail(_ start: UInt64, _ bytes: UnsafeRawBufferPointer, _ from: Int) -> UInt64 {
        var hash = start
        var offset = from
        while offset &+ 8 <= bytes.count {
            hash = rotate(hash ^ round(0, unsafe word(bytes, offset)), 27) &* prime1 &+ prime4
            offset &+= 8
        }
        if offset &+ 4 <= bytes.count {
            let half = UInt64(unsafe word(bytes, offset, as: UInt32.self))
            hash = rotate(hash ^ half &* prime1, 23) &* prime2 &+ prime3
            offset &+= 4
        }
        while offset < bytes.count {
            hash = rotate(hash ^ UInt64(unsafe bytes[offset]) &* prime5, 11) &* prime1
            offset &+= 1
        }
        return hash
    }

    /// A little-endian number; the caller has made sure that it is there.
    @inline(__always) private static func word<T: FixedWidthInteger & BitwiseCopyable>(
        _ bytes: UnsafeRawBufferPointer, _ offset: Int, as type: T.Type = UInt64.self
    ) -> T {
        T(littleEndian: unsafe bytes.loadUnaligned(fromByteOffset: offset, as: T.self))
    }

    private static func merge(_ hash: UInt64, _ lane: UInt64) -> UInt64 {
        (hash ^ round(0, lane)) &* prime1 &+ prime4
    }

    private static func round(_ lane: UInt64, _ word: UInt64) -> UInt64 {
        rotate(lane &+ word &* prime2, 31) &* prime1
    }

    private static func avalanche(_ value: UInt64) -> UInt64 {
        var hash = value
        hash = (hash ^ (hash >> 33)) &* prime2
        hash = (hash ^ (hash >> 29)) &* prime3
        return hash ^ (hash >> 32)
    }

    private static func rotate(_ value: UInt64, _ bits: UInt64) -> UInt64 {
        value &<< bits | value &>> (64 &- bits)
    }
}
