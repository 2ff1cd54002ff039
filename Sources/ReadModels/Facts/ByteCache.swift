internal import EventModel

/// Remembers what was worked out from texts that come again and again (paths, user agents, referrers), by their bytes,
/// so that the hot path makes no string for them. One thread at a time.
package struct ByteCache<Value> {
    private struct Entry {
        let hash: UInt64
        let text: Range<Int>
        let value: Value
    }

    /// Beyond this many bytes the cache starts anew: bounded memory, whatever visitors send. Some ten thousand texts of
    /// the usual length; a value takes about as much again as its text.
    package static var bytesMax: Int { 1 << 20 }
    /// Longer texts are worked out each time: they are rare, or somebody's who means no good.
    package static var textBytesMax: Int { 2_048 }
    /// What an entry takes beside its text.
    private static var entryBytes: Int { 48 }
    /// At first; a power of two, like all sizes of the table.
    private static var slotsMin: Int { 64 }
    private static var free: Int32 { -1 }

    private var entries: [Entry] = []
    /// The entries' texts, one after the other.
    private var texts: [UInt8] = []
    /// Numbers of entries, each at its hash's place or, where that is taken, at the next free one. A table of its own,
    /// because a dictionary would hash the hash once more.
    private var slots = Array(repeating: ByteCache.free, count: ByteCache.slotsMin)
    /// What the entries take, values left out.
    package var bytes: Int { texts.count + entries.count * Self.entryBytes }

    /// Remembers nothing yet.
    package init() {}

    /// The value for `text`; `make` works it out where it is not remembered.
    package mutating func value(for text: Span<UInt8>, _ make: (Span<UInt8>) -> Value) -> Value {
        let hash = Checksum.xxh64(text)
        var slot = Self.place(hash, slots.count)
        while slots[slot] != Self.free {
            let number = Int(slots[slot])
            if entries[number].hash == hash, texts.span.extracting(entries[number].text).isEqual(text) {
                return entries[number].value
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        let value = make(text)
        if text.count <= Self.textBytesMax { keep(Entry(hash: hash, text: keep(text), value: value)) }
        return value
    }

    /// The bytes' place among the texts.
    private mutating func keep(_ text: Span<UInt8>) -> Range<Int> {
        if bytes >= Self.bytesMax {
            entries.removeAll(keepingCapacity: true)
            texts.removeAll(keepingCapacity: true)
            slots = Array(repeating: Self.free, count: slots.count)
        }
        texts.append(text)
        return texts.count - text.count..<texts.count
    }

    private mutating func keep(_ entry: Entry) {
        entries.append(entry)
        // Half empty, so that what is looked for is mostly found at its place.
        guard entries.count * 2 > slots.count else { return settle(entries.count - 1) }
        slots = Array(repeating: Self.free, count: slots.count * 2)
        for number in entries.indices { settle(number) }
    }

    private mutating func settle(_ number: Int) {
        var slot = Self.place(entries[number].hash, slots.count)
        while slots[slot] != Self.free { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = Int32(number)
    }

    private static func place(_ hash: UInt64, _ count: Int) -> Int { Int(truncatingIfNeeded: hash) & (count - 1) }
}
