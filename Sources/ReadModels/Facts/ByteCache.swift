internal import EventModel
internal import Glibc

/// Remembers what was worked out from texts that come again and again (paths, user agents, referrers), by their bytes,
/// so that the hot path makes no string for them. One thread at a time.
struct ByteCache<Value> {
    private struct Entry {
        let bytes: [UInt8]
        let value: Value
    }

    /// Beyond this many texts the cache starts anew: bounded memory, whatever visitors send.
    private let countMax: Int
    private var entries: [UInt64: Entry] = [:]

    init(countMax: Int = 20_000) { self.countMax = countMax }

    /// The value for `bytes`; `make` works it out the first time.
    mutating func value(for bytes: Span<UInt8>, _ make: (Span<UInt8>) -> Value) -> Value {
        let hash = Checksum.xxh64(bytes)
        if let entry = entries[hash], Self.equal(entry.bytes.span, bytes) { return entry.value }
        let value = make(bytes)
        if entries.count >= countMax { entries.removeAll(keepingCapacity: true) }
        entries[hash] = Entry(bytes: bytes.array, value: value)
        return value
    }

    private static func equal(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
        let count = left.count
        guard right.count == count else { return false }
        return unsafe left.withUnsafeBytes { left in
            unsafe right.withUnsafeBytes { right in
                guard let left = left.baseAddress, let right = right.baseAddress else { return true }
                return unsafe memcmp(left, right, count) == 0
            }
        }
    }
}
