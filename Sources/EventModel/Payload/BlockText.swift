/// Bytes of a text that stands at `distance` before `start`.
struct BlockMatch {
    let start: Int
    let end: Int
    let distance: Int
}

/// Bytes that matches are looked for in. Every read goes through the functions here, which is where the bounds are
/// argued (and checked, in debug builds).
@safe struct BlockText {
    private let bytes: UnsafeBufferPointer<UInt8>
    let count: Int

    /// Bytes that may be read behind a copy's end, and written behind a block's.
    static let slack = 16
    /// The format: the last match begins at least so far before the end of the block,
    private static let lastMatchBytes = 12
    /// and the last five bytes are literals.
    private static let lastLiterals = 5

    /// A text that is lent.
    init(_ text: UnsafeBufferPointer<UInt8>) {
        unsafe bytes = text
        count = text.count
    }

    /// A copy with zeros behind it.
    init(copy text: ArraySlice<UInt8>) {
        let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: text.count + Self.slack)
        unsafe copy.initialize(repeating: 0)
        unsafe _ = copy.update(from: text)
        unsafe bytes = UnsafeBufferPointer(copy)
        count = text.count
    }

    /// Frees a copy.
    func deallocate() { unsafe bytes.deallocate() }

    /// The last place where a match may begin; eight bytes can be read there.
    var lastMatch: Int { count &- Self.lastMatchBytes }

    @inline(__always) func byte(_ place: Int) -> UInt8 { unsafe bytes[place] }

    /// Eight bytes from `place`, little endian.
    @inline(__always) func word(_ place: Int) -> UInt64 {
        UInt64(littleEndian: unsafe UnsafeRawBufferPointer(bytes).loadUnaligned(fromByteOffset: place, as: UInt64.self))
    }

    /// Four bytes from `place`, little endian.
    @inline(__always) func half(_ place: Int) -> UInt32 {
        UInt32(littleEndian: unsafe UnsafeRawBufferPointer(bytes).loadUnaligned(fromByteOffset: place, as: UInt32.self))
    }

    /// The bytes from `place` on.
    func rest(from place: Int) -> UnsafeBufferPointer<UInt8> { unsafe UnsafeBufferPointer(rebasing: bytes[place...]) }

    /// The match of the text at `place` with `other` at `source`, where four bytes are known to agree: as long as it
    /// can be, forwards, and backwards down to `anchor`. The end of a dictionary ends a match.
    @inline(__always)
    func match(at place: Int, after anchor: Int, _ other: BlockText, _ source: Int, _ distance: Int) -> BlockMatch {
        let shift = source &- place
        let limit = min(count &- Self.lastLiterals, other.count &- shift)
        var end = place &+ BlockEncoder.matchMin
        while end < limit {
            guard end &+ 8 <= count else {
                while end < limit, byte(end) == other.byte(end &+ shift) { end &+= 1 }
                break
            }
            let difference = word(end) ^ other.word(end &+ shift)
            if difference != 0 {
                end &+= difference.trailingZeroBitCount &>> 3
                break
            }
            end &+= 8
        }
        var start = place
        while start > anchor, start &+ shift > 0, byte(start &- 1) == other.byte(start &+ shift &- 1) { start &-= 1 }
        return BlockMatch(start: start, end: min(end, limit), distance: distance)
    }
}
