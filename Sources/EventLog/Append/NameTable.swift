internal import EventModel

/// Distinct names by a dense index. Finding a known one allocates nothing.
struct NameTable: Sendable {
    /// In the order of their first mention.
    private(set) var names: [[UInt8]] = []
    private var indexes: [UInt64: Int32] = [:]
    private var last: Int32 = 0

    /// The index of a name, which is taken in if it is new. Two names with one hash are told apart.
    mutating func index(of name: Span<UInt8>) -> Int32 {
        if !names.isEmpty, Self.areEqual(names[Int(last)], name) { return last }
        var hash = Checksum.xxh64(name)
        while let index = indexes[hash] {
            if Self.areEqual(names[Int(index)], name) {
                last = index
                return index
            }
            hash &+= 1
        }
        last = Int32(names.count)
        indexes[hash] = last
        names.append(name.array)
        return last
    }

    private static func areEqual(_ left: [UInt8], _ right: Span<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        for index in left.indices where left[index] != right[index] { return false }
        return true
    }
}
