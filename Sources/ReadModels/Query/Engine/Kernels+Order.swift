/// Bringing rows into another order.
extension Kernels {
    /// The rows in the order of their values; of equal ones the lower row comes first.
    static func order(of values: [UInt32]) -> [UInt32] {
        var keys = values.enumerated().map { UInt64($1) << 32 | UInt64($0) }
        keys.sort()
        return keys.map { UInt32(truncatingIfNeeded: $0) }
    }

    /// Puts values into an order, of which each place names the place that its value has now. The array keeps its room.
    static func reorder<T: FixedWidthInteger>(_ values: inout [T], _ order: [UInt32]) {
        let ordered = gather(values, order)
        for place in ordered.indices { values[place] = ordered[place] }
    }
}
