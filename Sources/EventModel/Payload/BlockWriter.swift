/// Writes the sequences of a block.
@safe struct BlockWriter {
    /// Where the next byte goes; there is `BlockEncoder.room(for:)`.
    private(set) var end: UnsafeMutablePointer<UInt8>

    init(_ output: UnsafeMutablePointer<UInt8>) { unsafe end = output }

    /// A sequence: what lies between `literals` and the match as it is, then the match.
    @inline(__always)
    mutating func append(_ text: BlockText, literals: Int, _ match: BlockMatch) {
        let token = unsafe end
        let count = match.start &- literals
        let length = match.end &- match.start &- BlockEncoder.matchMin
        unsafe end += 1
        if count >= 15 { appendLength(count &- 15) }
        // Eight at a time; what is too much is overwritten. A match begins twelve bytes before the text's end.
        var copied = 0
        while copied < count {
            unsafe UnsafeMutableRawPointer(end + copied).storeBytes(
                of: text.word(literals &+ copied).littleEndian, as: UInt64.self)
            copied &+= 8
        }
        unsafe end += count
        unsafe UnsafeMutableRawPointer(end).storeBytes(
            of: UInt16(truncatingIfNeeded: match.distance).littleEndian, as: UInt16.self)
        unsafe end += 2
        if length >= 15 { appendLength(length &- 15) }
        unsafe token.pointee = UInt8(truncatingIfNeeded: min(count, 15) &<< 4 | min(length, 15))
    }

    /// The rest of a text from `literals` on, which ends the block.
    mutating func append(_ text: BlockText, lastLiterals literals: Int) {
        let rest = unsafe text.rest(from: literals)
        let count = rest.count
        unsafe end.pointee = UInt8(min(count, 15) << 4)
        unsafe end += 1
        if count >= 15 { appendLength(count - 15) }
        guard let source = rest.baseAddress else { return }
        unsafe end.update(from: source, count: count)
        unsafe end += count
    }

    /// What of a length did not fit into its half of the token.
    @inline(__always) private mutating func appendLength(_ length: Int) {
        var rest = length
        while rest >= 255 {
            unsafe end.pointee = 255
            unsafe end += 1
            rest &-= 255
        }
        unsafe end.pointee = UInt8(truncatingIfNeeded: rest)
        unsafe end += 1
    }
}
