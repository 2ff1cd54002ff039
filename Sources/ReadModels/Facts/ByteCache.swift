internal import EventModel
internal import Glibc

/// Remembers what was worked out from texts that come again and again (paths, user agents, referrers), by their bytes,
/// so that the hot path makes no string for them. One thread at a time.
package struct ByteCache<Value> {
    private struct Entry {
        let bytes: [UInt8]
        let value: Value
    }

    /// Beyond this many bytes the cache starts anew: bounded memory, whatever visitors send. Some ten thousand texts of
    /// the usual length; a value takes about as much again as its text.
    package static var bytesMax: Int { 1 << 20 }
    /// Longer texts are worked out each time: they are rare, or somebody's who means no good.
    package static var textBytesMax: Int { 2_048 }
    /// What an entry takes beside its text.
    private static var entryBytes: Int { 48 }

    private var entries: [UInt64: Entry] = [:]
    /// What the entries take, values left out.
    package private(set) var bytes = 0

    /// Remembers nothing yet.
    package init() {}

    /// The value for `text`; `make` works it out where it is not remembered.
    package mutating func value(for text: Span<UInt8>, _ make: (Span<UInt8>) -> Value) -> Value {
        let hash = Checksum.xxh64(text)
        if let entry = entries[hash], Self.equal(entry.bytes.span, text) { return entry.value }
        let value = make(text)
        guard text.count <= Self.textBytesMax else { return value }
        if bytes >= Self.bytesMax {
            entries.removeAll(keepingCapacity: true)
            bytes = 0
        }
        bytes += text.count + Self.entryBytes
        entries[hash] = Entry(bytes: text.array, value: value)
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
