/// The loops over all rows. Each reads a few columns in order and writes one; nothing in them allocates or branches on
/// anything but the data. Indices are in range by construction: codes come from the column's own dictionary, groups and
/// cells from the pass before.
enum Kernels {
    /// Stands for "in no group".
    static let none = UInt32.max

    /// 1 for each row whose start lies in `slots` and whose flags satisfy the rule, else 0.
    static func eligible(_ start: [UInt32], _ flags: [UInt8], in slots: Range<UInt32>, bots: BotRule) -> [UInt8] {
        let (low, width) = (slots.lowerBound, slots.upperBound - slots.lowerBound)
        // (flags ^ flip) & bit is 0 where the row counts.
        let bit: UInt8 = bots == .include ? 0 : ShopColumns.Flag.bot
        let flip: UInt8 = bots == .only ? ShopColumns.Flag.bot : 0
        return unsafe [UInt8](unsafeUninitializedCapacity: start.count) { out, count in
            unsafe start.withUnsafeBufferPointer { start in
                unsafe flags.withUnsafeBufferPointer { flags in
                    for row in 0..<start.count {
                        let isInside: UInt8 = unsafe (start[row] &- low) < width ? 1 : 0
                        let isWanted: UInt8 = unsafe (flags[row] ^ flip) & bit == 0 ? 1 : 0
                        unsafe out[row] = isInside & isWanted
                    }
                }
            }
            count = start.count
        }
    }

    /// `accepted[codes[row]]` for each row.
    static func matches<T: FixedWidthInteger>(_ codes: [T], _ accepted: [UInt8]) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: codes.count) { out, count in
            unsafe codes.withUnsafeBufferPointer { codes in
                unsafe accepted.withUnsafeBufferPointer { accepted in
                    for row in 0..<codes.count { unsafe out[row] = accepted[Int(codes[row])] }
                }
            }
            count = codes.count
        }
    }

    /// 1 where one of the bits is set.
    static func anyBit(_ values: [UInt8], _ bits: UInt8) -> [UInt8] {
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

    /// Group 0 where the mask is 1, none elsewhere.
    static func oneGroup(_ mask: [UInt8]) -> [UInt32] {
        unsafe [UInt32](unsafeUninitializedCapacity: mask.count) { out, count in
            unsafe mask.withUnsafeBufferPointer { mask in
                for row in 0..<mask.count { unsafe out[row] = UInt32(mask[row]) &- 1 }
            }
            count = mask.count
        }
    }

    /// The cell of each row: its group times `width` plus the time bucket of its start. Rows of no group and rows that
    /// start outside of the period get the cell `spare`, so that later passes need no branch for them.
    static func cells(
        _ groups: [UInt32], _ start: [UInt32], low: UInt32, bucketOfSlot: [UInt32], width: UInt32, spare: UInt32
    ) -> [UInt32] {
        let slots = UInt32(bucketOfSlot.count)
        let buckets = bucketOfSlot + [0]
        return unsafe [UInt32](unsafeUninitializedCapacity: groups.count) { out, count in
            unsafe groups.withUnsafeBufferPointer { groups in
                unsafe start.withUnsafeBufferPointer { start in
                    unsafe buckets.withUnsafeBufferPointer { buckets in
                        for row in 0..<groups.count {
                            let slot = unsafe min(start[row] &- low, slots)
                            let group = unsafe groups[row]
                            let cell = unsafe group &* width &+ buckets[Int(slot)]
                            unsafe out[row] = slot == slots || group == none ? spare : cell
                        }
                    }
                }
            }
            count = groups.count
        }
    }
}
