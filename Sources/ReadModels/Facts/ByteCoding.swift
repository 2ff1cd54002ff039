internal import EventModel

/// Writes the packed state of read models: unsigned integers in 7-bit groups, signed ones zigzagged, texts with length.
package struct ByteWriter: Sendable {
    /// What was written so far.
    package private(set) var bytes: [UInt8] = []

    /// An empty writer, with room for so many bytes before it grows.
    package init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

    /// One byte as it is.
    package mutating func byte(_ value: UInt8) { bytes.append(value) }

    /// Low groups first; small numbers are short.
    package mutating func unsigned(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// Zigzag, so that small negative numbers are short too.
    package mutating func signed(_ value: Int64) { unsigned(UInt64(bitPattern: value << 1 ^ value >> 63)) }

    /// Eight bytes, little-endian.
    package mutating func word(_ value: UInt64) { bytes.appendInteger(value) }

    /// All that another writer holds.
    package mutating func append(_ other: ByteWriter) { bytes.append(contentsOf: other.bytes) }

    /// Length in bytes, then UTF-8.
    package mutating func text(_ value: String) {
        unsigned(UInt64(value.utf8.count))
        bytes.append(contentsOf: value.utf8)
    }
}

/// Reads what `ByteWriter` wrote. Every read is checked: damaged bytes are an error, never a trap.
package struct ByteReader {
    /// The bytes end early or hold a value that does not fit.
    package struct Damaged: Error {
        /// Where reading stopped.
        package let offset: Int
    }

    private let bytes: [UInt8]
    private var offset = 0

    /// Reads from the beginning of `bytes`.
    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// True when everything was read.
    package var isAtEnd: Bool { offset == bytes.count }

    /// One byte.
    package mutating func byte() throws(Damaged) -> UInt8 {
        guard offset < bytes.count else { throw Damaged(offset: offset) }
        defer { offset += 1 }
        return bytes[offset]
    }

    /// An integer of at most 64 bits.
    package mutating func unsigned() throws(Damaged) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let group = try byte()
            guard shift < 63 || (shift == 63 && group <= 1) else { throw Damaged(offset: offset) }
            value |= UInt64(group & 0x7F) << shift
            if group < 0x80 { return value }
            shift += 7
        }
    }

    /// A zigzagged integer.
    package mutating func signed() throws(Damaged) -> Int64 {
        let value = try unsigned()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    /// An unsigned integer that fits `type`.
    package mutating func integer<T: FixedWidthInteger>(_ type: T.Type = T.self) throws(Damaged) -> T {
        guard let value = T(exactly: try unsigned()) else { throw Damaged(offset: offset) }
        return value
    }

    /// Eight bytes, little-endian.
    package mutating func word() throws(Damaged) -> UInt64 {
        guard bytes.count - offset >= 8 else { throw Damaged(offset: offset) }
        defer { offset += 8 }
        return bytes.integer(at: offset)
    }

    /// A text.
    package mutating func text() throws(Damaged) -> String {
        let count: Int = try integer()
        guard bytes.count - offset >= count else { throw Damaged(offset: offset) }
        defer { offset += count }
        return String(decoding: bytes[offset..<offset + count], as: UTF8.self)
    }
}
