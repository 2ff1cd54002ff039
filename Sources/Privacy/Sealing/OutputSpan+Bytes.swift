internal import EventModel

// Many small pieces written one behind the other: an array would look for itself whether it is shared and has room at each.
extension OutputSpan<UInt8> {
    /// Appends all bytes of `span`, for which there has to be room.
    mutating func append(_ span: Span<UInt8>) {
        precondition(span.count <= self.freeCapacity, "no room")
        unsafe self.withUnsafeMutableBufferPointer { room, count in
            unsafe span.withUnsafeBufferPointer { bytes in
                guard let from = bytes.baseAddress, let start = room.baseAddress else { return }
                unsafe (start + count).update(from: from, count: bytes.count)
            }
            count += span.count
        }
    }

    /// Appends the bytes of a text.
    mutating func append(_ text: StaticString) {
        precondition(text.utf8CodeUnitCount <= self.freeCapacity, "no room")
        unsafe self.withUnsafeMutableBufferPointer { room, count in
            guard let start = room.baseAddress else { return }
            unsafe (start + count).update(from: text.utf8Start, count: text.utf8CodeUnitCount)
            count += text.utf8CodeUnitCount
        }
    }

    /// Appends `value` as little-endian bytes.
    mutating func appendInteger<T: FixedWidthInteger & BitwiseCopyable>(_ value: T) {
        precondition(MemoryLayout<T>.size <= self.freeCapacity, "no room")
        unsafe self.withUnsafeMutableBufferPointer { room, count in
            guard let start = UnsafeMutableRawPointer(room.baseAddress) else { return }
            unsafe start.storeBytes(of: value.littleEndian, toByteOffset: count, as: T.self)
            count += MemoryLayout<T>.size
        }
    }

    /// Appends the 16 big-endian bytes of `key`.
    mutating func append(_ key: Key128) {
        self.appendInteger(key.high.byteSwapped)
        self.appendInteger(key.low.byteSwapped)
    }

    /// Appends `value` as unsigned LEB128 (`VarintReader`).
    mutating func appendVarint(_ value: Int) {
        var rest = value
        while rest >= 0x80 {
            self.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        self.append(UInt8(rest))
    }
}
