internal import CLZ4

/// The shared LZ4 dictionaries by version; version 0 is no dictionary. Old versions stay readable for ever.
package struct PayloadDictionaries: Sendable {
    private let dictionaries: [UInt8: [UInt8]]
    /// The version new events are written with.
    package let newest: UInt8

    /// LZ4 looks back 64 KiB, so a longer dictionary's beginning would never be used.
    package static let dictionaryBytesMax = 65_536

    package init(_ dictionaries: [UInt8: [UInt8]]) {
        self.dictionaries = dictionaries.filter { $0.key != 0 && !$0.value.isEmpty }
        self.newest = self.dictionaries.keys.max() ?? 0
    }

    package static let none = PayloadDictionaries([:])

    package func bytes(version: UInt8) -> [UInt8]? { version == 0 ? [] : dictionaries[version] }
}

/// Compresses payloads one by one with the newest dictionary. Owned by one thread; about 1.5 us for a pixel event.
@safe package struct PayloadCompressor: ~Copyable {
    package let version: UInt8
    private var encoder: BlockEncoder
    private var output = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 0)

    /// One huge webhook must not keep its storage for good.
    private static let keptBytesMax = 1 << 20

    package init(_ dictionaries: PayloadDictionaries) {
        self.version = dictionaries.newest
        self.encoder = BlockEncoder(dictionary: dictionaries.bytes(version: dictionaries.newest) ?? [])
    }

    deinit { unsafe output.deallocate() }

    private mutating func makeRoom(_ count: Int) {
        unsafe output.deallocate()
        unsafe output = .allocate(capacity: count)
    }

    /// Appends the payload's length (u32) and its LZ4 block to `bytes`. The payload has at most 16 MiB.
    package mutating func compress(_ payload: Span<UInt8>, into bytes: inout [UInt8]) {
        bytes.appendInteger(UInt32(payload.count))
        let room = BlockEncoder.room(for: payload.count)
        // Room of its own: an array's would have to be filled first.
        if unsafe output.count < room { makeRoom(room) }
        let written = unsafe payload.withUnsafeBufferPointer { unsafe encoder.encode($0, to: output) }
        unsafe bytes.append(contentsOf: UnsafeMutableBufferPointer(rebasing: output[..<written]))
        if room > Self.keptBytesMax { makeRoom(0) }
    }
}

/// Opens payloads of any dictionary version. A value; safe from any thread.
package struct PayloadDecompressor: Sendable {
    private let dictionaries: PayloadDictionaries

    /// No payload is larger: the largest body accepted anywhere is a webhook of 10 MiB. Guards against LZ4 bombs.
    package static let payloadBytesMax = 16 << 20

    /// Why a payload cannot be opened.
    package enum Failure: Error, Equatable {
        case unknownDictionary(UInt8)
        case tooLarge(Int)
        case damaged
    }

    package init(_ dictionaries: PayloadDictionaries) { self.dictionaries = dictionaries }

    /// Replaces `output` by the opened payload. `block` is what `PayloadCompressor` appended.
    package func open(_ block: Span<UInt8>, dictionary version: UInt8, into output: inout [UInt8]) throws(Failure) {
        guard let dictionary = dictionaries.bytes(version: version) else { throw .unknownDictionary(version) }
        guard block.count >= 4 else { throw .damaged }
        let size = Int(block.integer(at: 0, as: UInt32.self))
        guard size <= Self.payloadBytesMax else { throw .tooLarge(size) }
        if output.count < size {
            output.append(contentsOf: repeatElement(0, count: size - output.count))
        } else {
            output.removeLast(output.count - size)
        }
        let opened = unsafe block.withUnsafeBufferPointer { source in
            unsafe dictionary.withUnsafeBufferPointer { words in
                unsafe output.withUnsafeMutableBufferPointer { target in
                    unsafe Self.decompress(source, words, target)
                }
            }
        }
        guard opened == size else { throw .damaged }
    }

    private static func decompress(
        _ source: UnsafeBufferPointer<UInt8>, _ dictionary: UnsafeBufferPointer<UInt8>,
        _ target: UnsafeMutableBufferPointer<UInt8>
    ) -> Int {
        // LZ4 wants a target even for an empty payload.
        guard let output = UnsafeMutableRawPointer(target.baseAddress) else { return 0 }
        return Int(
            unsafe LZ4_decompress_safe_usingDict(
                UnsafeRawPointer(source.baseAddress)?.advanced(by: 4).assumingMemoryBound(to: CChar.self),
                output.assumingMemoryBound(to: CChar.self), Int32(source.count - 4), Int32(target.count),
                UnsafeRawPointer(dictionary.baseAddress)?.assumingMemoryBound(to: CChar.self),
                Int32(dictionary.count)))
    }
}
