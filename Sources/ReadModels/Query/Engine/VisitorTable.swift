internal import EventModel

/// Visitors by number, so that distinct visitors are counted over small integers; each with its newest row.
struct VisitorTable {
    /// Stands for "no row".
    static let none = UInt32.max

    private var keys: [Key128] = []
    /// The row added last for each visitor; rows of one visitor are chained.
    private var newestRow: [UInt32] = []
    /// Number plus 1, or 0 for a free place.
    private var places: [UInt32] = Array(repeating: 0, count: 1024)

    /// Number of visitors ever seen.
    var count: Int { keys.count }

    /// Bytes it holds on to.
    var byteCount: Int { 16 * keys.capacity + 4 * newestRow.capacity + 4 * places.capacity }

    /// The visitor's number, a new one where it was not there.
    mutating func number(for key: Key128) -> Int {
        let place = place(of: key)
        if places[place] != 0 { return Int(places[place] - 1) }
        Growth.append(&keys, key)
        Growth.append(&newestRow, Self.none)
        places[place] = UInt32(keys.count)
        // At most 3 of 4 places are taken: probes stay short, and a million visitors cost 8 MB at worst.
        if keys.count * 4 > places.count * 3 { grow() }
        return keys.count - 1
    }

    /// The visitor's number, if it has one.
    func knownNumber(of key: Key128) -> Int? {
        let number = places[place(of: key)]
        return number == 0 ? nil : Int(number - 1)
    }

    /// The first row of the visitor's chain.
    func firstRow(of number: Int) -> UInt32 { newestRow[number] }

    /// Leaves all visitors without rows.
    mutating func forgetRows() {
        for number in newestRow.indices { newestRow[number] = Self.none }
    }

    /// Puts a row at the head of the visitor's chain.
    mutating func setFirstRow(of number: Int, _ row: UInt32) { newestRow[number] = row }

    /// The key of a number.
    func key(_ number: Int) -> Key128 { keys[number] }

    private func place(of key: Key128) -> Int {
        let mask = places.count - 1
        var place = Self.hash(key) & mask
        while places[place] != 0, keys[Int(places[place] - 1)] != key { place = (place + 1) & mask }
        return place
    }

    /// Keys are keyed hashes, so little mixing is needed.
    private static func hash(_ key: Key128) -> Int {
        Int(truncatingIfNeeded: (key.high ^ key.low &* 0x9E37_79B9_7F4A_7C15) >> 20)
    }

    private mutating func grow() {
        places = Array(repeating: 0, count: places.count * 2)
        let mask = places.count - 1
        for (index, key) in keys.enumerated() {
            var place = Self.hash(key) & mask
            while places[place] != 0 { place = (place + 1) & mask }
            places[place] = UInt32(index + 1)
        }
    }
}

/// Growth of large arrays by an eighth: doubling would waste half of the memory that a big shop takes.
enum Growth {
    static func append<T>(_ array: inout [T], _ value: T) {
        if array.count == array.capacity { array.reserveCapacity(array.count + max(64, array.count / 8)) }
        array.append(value)
    }
}
