package import EventModel

/// The place of an event among the events of its visitor: its time, then `seq` (a missing one first), then the event's
/// id bytewise. The identity of the event breaks what ties remain, so no two events compare equal.
package struct OrderKey: Sendable, Hashable, Comparable {
    /// Unix milliseconds.
    package let time: Int64
    /// The pixel's sequence number; `missingSequence` where it has none.
    package let sequence: Int64
    /// The id's first 40 bytes, the rest zero; a real id has 39 or 40.
    let id: (UInt64, UInt64, UInt64, UInt64, UInt64)
    /// The event's identity in the log.
    package let identity: Key128

    /// Sorts before every sequence number.
    package static let missingSequence = Int64.min
    /// Bytes of an id that take part in the order.
    static let idBytes = 40

    init(time: Int64, sequence: Int64, id: (UInt64, UInt64, UInt64, UInt64, UInt64), identity: Key128) {
        self.time = time
        self.sequence = sequence
        self.id = id
        self.identity = identity
    }

    /// The key of an event whose id is `id`.
    package init(time: Int64, sequence: Int64?, id: Span<UInt8>, identity: Key128) {
        let count = min(id.count, Self.idBytes)
        func word(_ from: Int) -> UInt64 {
            guard from < count else { return 0 }
            if count - from >= 8 {
                return unsafe UInt64(bigEndian: id.bytes.unsafeLoadUnaligned(fromByteOffset: from, as: UInt64.self))
            }
            var value: UInt64 = 0
            for offset in from..<count { value |= UInt64(id[offset]) << UInt64(56 - 8 * (offset - from)) }
            return value
        }
        let words = (word(0), word(8), word(16), word(24), word(32))
        self.init(time: time, sequence: sequence ?? Self.missingSequence, id: words, identity: identity)
    }

    /// Equal in every part.
    package static func == (left: OrderKey, right: OrderKey) -> Bool {
        left.time == right.time && left.sequence == right.sequence && left.identity == right.identity
            && left.id == right.id
    }

    /// By the order described above.
    package static func < (left: OrderKey, right: OrderKey) -> Bool {
        if left.time != right.time { return left.time < right.time }
        if left.sequence != right.sequence { return left.sequence < right.sequence }
        if left.id != right.id { return left.id < right.id }
        return left.identity < right.identity
    }

    /// Agrees with `==`.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(identity)
    }
}

extension ByteWriter {
    /// An order key, without the zero bytes at the end of its id.
    mutating func order(_ key: OrderKey) {
        signed(key.time)
        signed(key.sequence == OrderKey.missingSequence ? -1 : key.sequence)
        byte(key.sequence == OrderKey.missingSequence ? 0 : 1)
        let id = key.id
        let used: UInt8 = id.4 != 0 ? 5 : id.3 != 0 ? 4 : id.2 != 0 ? 3 : id.1 != 0 ? 2 : id.0 != 0 ? 1 : 0
        byte(used)
        if used > 0 { word(id.0) }
        if used > 1 { word(id.1) }
        if used > 2 { word(id.2) }
        if used > 3 { word(id.3) }
        if used > 4 { word(id.4) }
        word(key.identity.high)
        word(key.identity.low)
    }
}

extension ByteReader {
    /// An order key.
    mutating func order() throws(Damaged) -> OrderKey {
        let time = try signed()
        let number = try signed()
        let sequence = try byte() == 0 ? OrderKey.missingSequence : number
        let used = try byte()
        var words: [UInt64] = []
        for index in 0..<5 { words.append(index < used ? try word() : 0) }
        let identity = Key128(high: try word(), low: try word())
        return OrderKey(
            time: time, sequence: sequence, id: (words[0], words[1], words[2], words[3], words[4]), identity: identity)
    }
}

/// A value with the place of the event that gave it. Which of two is kept depends on the places alone, never on arrival.
package struct Placed<Value: Sendable & Equatable>: Sendable, Equatable {
    /// The event's place.
    package let order: OrderKey
    /// What it gave.
    package let value: Value

    /// A value given by the event at `order`.
    package init(_ value: Value, at order: OrderKey) {
        self.order = order
        self.value = value
    }

    static func earliest(_ left: Placed?, _ right: Placed?) -> Placed? {
        guard let left else { return right }
        guard let right else { return left }
        return right.order < left.order ? right : left
    }

    static func latest(_ left: Placed?, _ right: Placed?) -> Placed? {
        guard let left else { return right }
        guard let right else { return left }
        return left.order < right.order ? right : left
    }
}
