internal import Glibc

/// Looks for single bytes in long texts, many at a time.
package enum ByteFinder {
    /// The first place of `byte` in `text[from..<to]`, or `to`.
    package static func first(_ byte: UInt8, in text: Span<UInt8>, from: Int, to: Int) -> Int {
        precondition(from >= 0 && from <= to && to <= text.count, "range outside the bytes")
        return unsafe text.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress, from < to,
                let found = unsafe memchr(start + from, Int32(byte), to - from)
            else { return to }
            return unsafe UnsafeRawPointer(found) - start
        }
    }
}
