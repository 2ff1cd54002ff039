/// The different values of a column, each with a code; code 0 is the empty text, which stands for "unknown".
///
/// Bytes of all values lie one after another and are found by open addressing, so a value costs its bytes and 10 more.
struct ValueDictionary {
    private var bytes: [UInt8] = []
    /// End of each value in `bytes`.
    private var ends: [UInt32] = []
    /// Code plus 1, or 0 for a free place.
    private var places: [UInt32] = Array(repeating: 0, count: 16)
    /// Values come from strangers; who knows the hash can make a million that meet in one place.
    private let secret = (word: UInt64.random(in: .min ... .max), state: UInt64.random(in: .min ... .max))

    init() {
        _ = unsafe code(for: [UInt8]().span.bytes)
    }

    /// Number of codes.
    var count: Int { ends.count }

    /// Bytes it holds on to.
    var byteCount: Int { bytes.capacity + 4 * ends.capacity + 4 * places.capacity }

    /// The value of a code.
    func text(_ code: Int) -> String {
        String(decoding: bytes[range(code)], as: UTF8.self)
    }

    /// The code of a value, byte by byte; nil where it is not there.
    func knownCode(of value: String) -> Int? {
        let place = unsafe place(of: value.utf8.span.bytes)
        return places[place] == 0 ? nil : Int(places[place] - 1)
    }

    /// Where the value's code stands, or would.
    private func place(of value: RawSpan) -> Int {
        let mask = places.count - 1
        var place = Int(truncatingIfNeeded: hash(value)) & mask
        while places[place] != 0, !holds(value, Int(places[place] - 1)) { place = (place + 1) & mask }
        return place
    }

    /// The code of a value, a new one where it was not there.
    mutating func code(for value: RawSpan) -> UInt32 {
        let place = place(of: value)
        if places[place] != 0 { return places[place] - 1 }
        let code = UInt32(ends.count)
        unsafe value.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
        ends.append(UInt32(bytes.count))
        places[place] = code + 1
        if ends.count * 2 > places.count { grow() }
        return code
    }

    private func range(_ code: Int) -> Range<Int> {
        (code == 0 ? 0 : Int(ends[code - 1]))..<Int(ends[code])
    }

    private func holds(_ value: RawSpan, _ code: Int) -> Bool {
        let range = range(code)
        guard range.count == value.byteCount else { return false }
        return unsafe bytes.withUnsafeBytes { all in
            unsafe value.withUnsafeBytes { value in unsafe value.elementsEqual(all[range]) }
        }
    }

    private mutating func grow() {
        var next = [UInt32](repeating: 0, count: places.count * 2)
        for code in 0..<ends.count {
            let hash = unsafe hash(bytes.span.bytes.extracting(range(code)))
            var place = Int(truncatingIfNeeded: hash) & (next.count - 1)
            while next[place] != 0 { place = (place + 1) & (next.count - 1) }
            next[place] = UInt32(code + 1)
        }
        places = next
    }

    /// Eight bytes a step, each multiplied with what came before, both behind a secret; folded so that the low bits are
    /// good.
    private func hash(_ value: RawSpan) -> UInt64 {
        var hash = UInt64(value.byteCount)
        unsafe value.withUnsafeBytes { bytes in
            var offset = 0
            while offset + 8 <= bytes.count {
                hash = unsafe mixed(hash, bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                offset += 8
            }
            var rest: UInt64 = 0
            while offset < bytes.count {
                rest = unsafe rest << 8 | UInt64(bytes[offset])
                offset += 1
            }
            hash = mixed(hash, rest)
        }
        return hash
    }

    private func mixed(_ state: UInt64, _ word: UInt64) -> UInt64 {
        let product = (state ^ secret.state).multipliedFullWidth(by: word ^ secret.word)
        return product.high ^ product.low
    }
}
