/// Writes LZ4 blocks against a dictionary, by the published description of the format (lz4, doc/lz4_Block_format.md);
/// liblz4 reads them.
///
/// liblz4 itself keeps the places of dictionary and block in one table, which it wants as new for each block: 16 KiB
/// to copy for an event of 2. Here the dictionary's table is never written, and the block's has places numbered through
/// all blocks, so that an older entry tells itself: nothing is copied and nothing cleared.
@safe struct BlockEncoder: ~Copyable {
    private let dictionary: BlockText
    /// For each hash a place of the dictionary (low half) and more of the hash (high half), so that what differs is
    /// told without a look at the dictionary, which no near cache holds.
    private let known: UnsafeMutablePointer<UInt32>
    /// For each hash a place of some block, numbered.
    private let seen: UnsafeMutablePointer<UInt32>
    /// The number of the next block's first place; 0 numbers none. Begins shortly before the last number, so that what
    /// happens there happens in every test.
    private var nextNumber = UInt32.max - 50_000

    /// The dictionaries are trained for 4,096 places. For the block twice as many as these 2,048 found nothing more.
    private static let knownBits: UInt64 = 12
    private static let seenBits: UInt64 = 11
    /// Every third place of the dictionary is known, the last of those with one hash: more found less in trials.
    private static let dictionaryStep = 3
    /// After so many places without a match every second one is tried, and so on: ids are given up early, which saves a
    /// tenth of the time and adds a hundredth to the bytes.
    private static let patience = 8
    private static let patienceBits = 3
    /// The format: an offset has two bytes.
    private static let distanceMax = 65_535
    /// The format: a match has four bytes at least.
    static let matchMin = 4

    /// Room that a block of `count` bytes needs at most, with what is written behind it and then overwritten.
    static func room(for count: Int) -> Int { count + count / 255 + 16 + BlockText.slack }

    init(dictionary bytes: [UInt8]) {
        unsafe known = .allocate(capacity: 1 << Int(Self.knownBits))
        unsafe known.initialize(repeating: 0, count: 1 << Int(Self.knownBits))
        unsafe seen = .allocate(capacity: 1 << Int(Self.seenBits))
        unsafe seen.initialize(repeating: 0, count: 1 << Int(Self.seenBits))
        dictionary = BlockText(copy: bytes.suffix(PayloadDictionaries.dictionaryBytesMax))
        for place in stride(from: 0, through: dictionary.count - 8, by: Self.dictionaryStep) {
            let key = Self.key(Self.hash(dictionary.word(place)))
            unsafe known[key.slot] = UInt32(place) | key.tag
        }
    }

    deinit {
        dictionary.deallocate()
        unsafe known.deallocate()
        unsafe seen.deallocate()
    }

    /// Writes `bytes` as one block to `output`, which has `room(for:)`; gives the block's length.
    mutating func encode(_ bytes: UnsafeBufferPointer<UInt8>, to output: UnsafeMutableBufferPointer<UInt8>) -> Int {
        precondition(output.count >= Self.room(for: bytes.count), "no room for the worst case")
        let text = unsafe BlockText(bytes)
        guard let start = output.baseAddress else { return 0 }
        var writer = unsafe BlockWriter(start)
        let first = number(text.count)
        var anchor = 0
        var next = 0
        var tries = Self.patience
        while next <= text.lastMatch {
            let place = next
            next &+= tries &>> Self.patienceBits
            tries &+= 1
            guard let match = match(text, at: place, after: anchor, first: first) else { continue }
            writer.append(text, literals: anchor, match)
            anchor = match.end
            next = anchor
            tries = Self.patience
            if next <= text.lastMatch { note(Self.hash(text.word(next &- 2)), next &- 2, first: first) }
        }
        writer.append(text, lastLiterals: anchor)
        return unsafe writer.end - start
    }

    /// Numbers for the places of the next block.
    private mutating func number(_ count: Int) -> UInt32 {
        if UInt32.max - nextNumber < UInt32(count) {
            unsafe seen.update(repeating: 0, count: 1 << Int(Self.seenBits))
            nextNumber = 1
        }
        defer { nextNumber += UInt32(count) }
        return nextNumber
    }

    /// What stands at `place` as a part of the dictionary or of the text before it, begun up to `anchor` earlier.
    @inline(__always)
    private func match(_ text: borrowing BlockText, at place: Int, after anchor: Int, first: UInt32) -> BlockMatch? {
        let word = text.word(place)
        let half = UInt32(truncatingIfNeeded: word)
        let hash = Self.hash(word)
        let earlier = note(hash, place, first: first)
        let key = Self.key(hash)
        let entry = unsafe known[key.slot]
        if entry & 0xFFFF_0000 == key.tag {
            let source = Int(entry & 0xFFFF)
            let distance = place &+ dictionary.count &- source
            if dictionary.half(source) == half, distance <= Self.distanceMax {
                let found = text.match(at: place, after: anchor, dictionary, source, distance)
                if found.end &- found.start >= Self.matchMin { return found }
            }
        }
        guard earlier >= first else { return nil }
        let source = Int(earlier &- first)
        guard text.half(source) == half, place &- source <= Self.distanceMax else { return nil }
        let found = text.match(at: place, after: anchor, text, source, place &- source)
        return found.end &- found.start >= Self.matchMin ? found : nil
    }

    /// Remembers a place of the block; gives what had its hash before.
    @inline(__always) @discardableResult
    private func note(_ hash: UInt64, _ place: Int, first: UInt32) -> UInt32 {
        let slot = Int(truncatingIfNeeded: hash &>> (64 &- Self.seenBits))
        let earlier = unsafe seen[slot]
        unsafe seen[slot] = first &+ UInt32(truncatingIfNeeded: place)
        return earlier
    }

    /// Of the word's first five bytes (the constant is the one that liblz4 has).
    @inline(__always) private static func hash(_ word: UInt64) -> UInt64 { (word &<< 24) &* 889_523_592_379 }

    /// The entry of `known` for a hash, and what its high half has to be.
    @inline(__always) private static func key(_ hash: UInt64) -> (slot: Int, tag: UInt32) {
        let slot = Int(truncatingIfNeeded: hash &>> (64 &- knownBits))
        return (slot, UInt32(truncatingIfNeeded: hash &>> 20) & 0xFFFF_0000)
    }
}
