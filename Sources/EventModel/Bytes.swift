internal import Glibc

// Little-endian integers in byte arrays; the one place where EventModel reads and writes fixed-width fields.
// Inlined across modules, or each field would be a call of unspecialised generic code.

extension [UInt8] {
    /// Appends `value` as little-endian bytes.
    @inlinable package mutating func appendInteger<T: FixedWidthInteger & BitwiseCopyable>(_ value: T) {
        unsafe Swift.withUnsafeBytes(of: value.littleEndian) { unsafe self.append(contentsOf: $0) }
    }

    /// Overwrites the bytes at `offset` with `value`, little-endian; the caller has made sure they exist.
    @inlinable package mutating func patchInteger<T: FixedWidthInteger & BitwiseCopyable>(_ value: T, at offset: Int) {
        precondition(offset >= 0 && offset + MemoryLayout<T>.size <= count, "patch outside of the bytes")
        unsafe self.withUnsafeMutableBytes {
            unsafe $0.storeBytes(of: value.littleEndian, toByteOffset: offset, as: T.self)
        }
    }

    /// Reads a little-endian integer at `offset`; the caller has made sure that it is there.
    package func integer<T: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: T.Type = T.self) -> T {
        self.span.integer(at: offset, as: type)
    }

    /// Appends all bytes of `span`.
    @inlinable package mutating func append(_ span: Span<UInt8>) {
        unsafe span.withUnsafeBufferPointer { unsafe self.append(contentsOf: $0) }
    }
}

extension Span<UInt8> {
    /// Reads a little-endian integer at `offset`; traps where it would lie outside.
    @inlinable
    package func integer<T: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: T.Type = T.self) -> T {
        precondition(offset >= 0 && offset + MemoryLayout<T>.size <= count, "read outside of the bytes")
        return unsafe T(littleEndian: self.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: T.self))
    }

    /// True when both hold the same bytes.
    package func isEqual(_ other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        return unsafe self.withUnsafeBytes { left in
            unsafe other.withUnsafeBytes { right in
                guard let left = left.baseAddress, let right = right.baseAddress else { return true }
                return unsafe memcmp(left, right, other.count) == 0
            }
        }
    }

    /// The bytes as a new array.
    package var array: [UInt8] {
        unsafe self.withUnsafeBufferPointer { unsafe [UInt8]($0) }
    }
}
