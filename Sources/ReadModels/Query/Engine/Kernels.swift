/// The loops over rows. Each reads a few columns in order and writes one; nothing in them branches on the data. Indices
/// are in range by construction: codes come from the column's own dictionary, groups and cells from the pass before.
enum Kernels {
    /// 1 for each of the rows whose start lies in `slots` and whose flags satisfy the rule, else 0.
    static func eligible(
        _ start: [UInt32], _ flags: [UInt8], _ rows: Range<Int>, in slots: Range<UInt32>, bots: BotRule
    ) -> [UInt8] {
        let (low, width) = (slots.lowerBound, slots.upperBound - slots.lowerBound)
        // (flags ^ flip) & bit is 0 where the row counts.
        let bit: UInt8 = bots == .include ? 0 : ShopColumns.Flag.bot
        let flip: UInt8 = bots == .only ? ShopColumns.Flag.bot : 0
        return unsafe [UInt8](unsafeUninitializedCapacity: rows.count) { out, count in
            unsafe start[rows].withUnsafeBufferPointer { start in
                unsafe flags[rows].withUnsafeBufferPointer { flags in
                    for row in 0..<rows.count {
                        let isInside: UInt8 = unsafe (start[row] &- low) < width ? 1 : 0
                        let isWanted: UInt8 = unsafe (flags[row] ^ flip) & bit == 0 ? 1 : 0
                        unsafe out[row] = isInside & isWanted
                    }
                }
            }
            count = rows.count
        }
    }

    /// 1 for each of the rows whose flags satisfy the rule, else 0.
    static func eligible(_ flags: [UInt8], _ rows: Range<Int>, bots: BotRule) -> [UInt8] {
        // The bit of bots as it is, turned over, or 1 for all.
        let bit: UInt8 = bots == .include ? 0 : ShopColumns.Flag.bot
        let flip: UInt8 = bots == .only ? 0 : ShopColumns.Flag.bot
        return unsafe [UInt8](unsafeUninitializedCapacity: rows.count) { out, count in
            unsafe flags[rows].withUnsafeBufferPointer { flags in
                for row in 0..<flags.count { unsafe out[row] = flags[row] & bit ^ flip }
            }
            count = rows.count
        }
    }

    /// Leaves 1 where the code of the row is one of the set.
    static func narrow<T: FixedWidthInteger>(_ mask: inout [UInt8], _ codes: [T], _ rows: Range<Int>, to set: CodeSet) {
        unsafe mask.withUnsafeMutableBufferPointer { mask in
            unsafe codes[rows].withUnsafeBufferPointer { codes in
                if let single = set.single {
                    let (code, other): (T, UInt8) = (T(truncatingIfNeeded: single.code), single.isAccepted ? 0 : 1)
                    for row in 0..<codes.count { unsafe mask[row] &= (codes[row] == code ? 1 : 0) ^ other }
                } else {
                    unsafe set.accepted.withUnsafeBufferPointer { accepted in
                        for row in 0..<codes.count { unsafe mask[row] &= accepted[Int(codes[row])] }
                    }
                }
            }
        }
    }

    /// 1 where one of the bits is set.
    static func anyBit(_ values: ArraySlice<UInt8>, _ bits: UInt8) -> [UInt8] {
        values.map { $0 & bits == 0 ? 0 : 1 }
    }

    /// Both.
    static func and(_ left: inout [UInt8], _ right: [UInt8]) {
        unsafe right.withUnsafeBufferPointer { right in
            unsafe left.withUnsafeMutableBufferPointer { left in
                for row in 0..<right.count { unsafe left[row] &= right[row] }
            }
        }
    }

    /// At least one.
    static func or(_ left: inout [UInt8], _ right: [UInt8]) {
        unsafe right.withUnsafeBufferPointer { right in
            unsafe left.withUnsafeMutableBufferPointer { left in
                for row in 0..<right.count { unsafe left[row] |= right[row] }
            }
        }
    }

    /// The opposite.
    static func not(_ mask: inout [UInt8]) {
        unsafe mask.withUnsafeMutableBufferPointer { mask in
            for row in 0..<mask.count { unsafe mask[row] ^= 1 }
        }
    }

    /// How many rows of the mask count.
    static func count(_ mask: [UInt8]) -> Int {
        Int(sum(mask))
    }

    /// The rows that count, in order; the mask's first byte is that of row `first`.
    static func rows(_ mask: [UInt8], from first: Int) -> [UInt32] {
        // Every row is put down, and overwritten by the next where it does not count: one place more than rows.
        unsafe [UInt32](unsafeUninitializedCapacity: mask.count + 1) { out, count in
            unsafe mask.withUnsafeBufferPointer { mask in
                for row in 0..<mask.count {
                    unsafe out[count] = UInt32(truncatingIfNeeded: first &+ row)
                    count &+= unsafe Int(mask[row])
                }
            }
        }
    }

    /// The value of each of the rows.
    static func gather<T: FixedWidthInteger>(_ values: [T], _ rows: [UInt32]) -> [T] {
        unsafe [T](unsafeUninitializedCapacity: rows.count) { out, count in
            unsafe values.withUnsafeBufferPointer { values in
                unsafe rows.withUnsafeBufferPointer { rows in
                    for index in 0..<rows.count { unsafe out[index] = values[Int(rows[index])] }
                }
            }
            count = rows.count
        }
    }

    /// The same for rows that ascend, which often are all there are between the first and the last.
    static func gather<T: FixedWidthInteger>(_ values: [T], ascending rows: [UInt32]) -> [T] {
        guard let first = rows.first, let last = rows.last, Int(last - first) == rows.count - 1 else {
            return gather(values, rows)
        }
        return Array(values[Int(first)...Int(last)])
    }

    /// The places behind some of the places.
    static func successors(_ places: [UInt32], _ chosen: [UInt32]) -> [UInt32] {
        unsafe [UInt32](unsafeUninitializedCapacity: chosen.count) { out, count in
            unsafe places.withUnsafeBufferPointer { places in
                unsafe chosen.withUnsafeBufferPointer { chosen in
                    for index in 0..<chosen.count { unsafe out[index] = places[Int(chosen[index])] &+ 1 }
                }
            }
            count = chosen.count
        }
    }

    /// The slot of each entry: that of the row's start and the steps from there, which stand below the bit `mark`.
    static func slots(_ starts: [UInt32], _ steps: [UInt8], _ mark: UInt8) -> [UInt32] {
        unsafe [UInt32](unsafeUninitializedCapacity: starts.count) { out, count in
            unsafe starts.withUnsafeBufferPointer { starts in
                unsafe steps.withUnsafeBufferPointer { steps in
                    for index in 0..<starts.count { unsafe out[index] = starts[index] &+ UInt32(steps[index] & ~mark) }
                }
            }
            count = starts.count
        }
    }

    /// The places of values that have the bit, of which there is one.
    static func places(_ values: [UInt8], with bit: UInt8) -> [UInt32] {
        let shift = UInt8(truncatingIfNeeded: bit.trailingZeroBitCount)
        return unsafe [UInt32](unsafeUninitializedCapacity: values.count + 1) { out, count in
            unsafe values.withUnsafeBufferPointer { values in
                for index in 0..<values.count {
                    unsafe out[count] = UInt32(truncatingIfNeeded: index)
                    // A shift, since the compiler would make a comparison a branch.
                    count &+= unsafe Int(values[index] &>> shift & 1)
                }
            }
        }
    }
}
