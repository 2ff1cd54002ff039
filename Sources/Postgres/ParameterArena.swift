/// The binary parameters of one statement in one buffer, reused from call to call.
@safe struct ParameterArena {
    /// A larger buffer than this is given back after use, so that one big call does not keep its memory for ever.
    private static let keptBytesMax = 1 << 20

    private var bytes: [UInt8] = []
    private var offsets: [Int] = []
    private var lengths: [Int32] = []
    private var formats: [Int32] = []
    private var pointers = unsafe [UnsafePointer<CChar>?]()

    /// Encodes all values and lends them as libpq wants them: values, lengths, formats. A null has a nil pointer.
    mutating func withEncoded<R>(
        _ values: [PostgresValue],
        _ body: (UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?) -> R
    ) -> R {
        encode(values)
        defer { shrink() }
        return unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe pointers.removeAll(keepingCapacity: true)
            for (index, value) in values.enumerated() {
                guard !value.isNull, let base = buffer.baseAddress else {
                    unsafe pointers.append(nil)
                    continue
                }
                unsafe pointers.append(UnsafeRawPointer(base + offsets[index]).assumingMemoryBound(to: CChar.self))
            }
            return unsafe pointers.withUnsafeBufferPointer { pointers in
                unsafe lengths.withUnsafeBufferPointer { lengths in
                    unsafe formats.withUnsafeBufferPointer { formats in
                        unsafe body(pointers.baseAddress, lengths.baseAddress, formats.baseAddress)
                    }
                }
            }
        }
    }

    private mutating func encode(_ values: [PostgresValue]) {
        bytes.removeAll(keepingCapacity: true)
        offsets.removeAll(keepingCapacity: true)
        lengths.removeAll(keepingCapacity: true)
        formats.removeAll(keepingCapacity: true)
        for value in values {
            let start = bytes.count
            value.encode(into: &bytes)
            offsets.append(start)
            lengths.append(Int32(bytes.count - start))
            formats.append(1)
        }
        bytes.append(0)  // never empty, so that an empty value still has an address
    }

    private mutating func shrink() {
        if bytes.capacity > Self.keptBytesMax { bytes = [] }
    }
}
