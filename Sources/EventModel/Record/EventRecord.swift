/// One event as it travels and is stored. Its bytes are canonical: equal columns give equal bytes, so that the log's
/// hash chain can be computed again from the table.
///
/// Layout, little-endian: length u32 · shop i32 · source u8 · flags u8 · visitorKind u8 · dictionary u8 · country u16 ·
/// nameLength u8 · version u8 · occurredAt i64 · receivedAt i64 · key 2×u64 (high, low) · content u64 · visitor 2×u64 ·
/// payloadLength u32 · sealedLength u32 · name · payload · sealed.
package struct EventRecord: Sendable, Equatable {
    package var header: EventHeader
    /// The event's name, topic or kind; at most `nameBytesMax` bytes.
    package var name: String
    /// Uncompressed length u32, then the LZ4 block (see `PayloadCodec`).
    package var payload: [UInt8]
    /// Sealed personal fields; empty where nothing was personal.
    package var sealed: [UInt8]

    package init(header: EventHeader, name: String, payload: [UInt8], sealed: [UInt8] = []) {
        self.header = header
        self.name = name
        self.payload = payload
        self.sealed = sealed
    }

    /// The length field holds one byte.
    package static let nameBytesMax = 255
    /// Bytes before the name.
    package static let fixedBytes = 80
    private static let blank = [UInt8](repeating: 0, count: fixedBytes)
    /// The layout's version; decoders refuse others.
    package static let version: UInt8 = 1
}

extension EventRecord {
    /// Appends the record's bytes to `bytes`.
    package func encode(into bytes: inout [UInt8]) {
        Self.encode(header, name: Array(name.utf8).span, payload: payload.span, sealed: sealed.span, into: &bytes)
    }

    /// Appends the bytes of a record made of these parts, without building one. A longer name is cut.
    package static func encode(
        _ header: EventHeader, name: Span<UInt8>, payload: Span<UInt8>, sealed: Span<UInt8>, into bytes: inout [UInt8]
    ) {
        let start = begin(header, name: name, into: &bytes)
        let payloadStart = bytes.count
        bytes.append(payload)
        finish(record: start, payloadStart: payloadStart, sealed: sealed, into: &bytes)
    }

    /// Appends everything up to the payload and returns the record's start; the caller appends the payload, then
    /// calls `finish`. This is how a payload is compressed straight into a batch.
    package static func begin(_ header: EventHeader, name: Span<UInt8>, into bytes: inout [UInt8]) -> Int {
        let start = bytes.count
        let nameLength = min(name.count, nameBytesMax)
        bytes.append(contentsOf: blank)
        unsafe bytes.withUnsafeMutableBytes { bytes in
            let fixed = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[start...])
            func put(_ value: some FixedWidthInteger & BitwiseCopyable, _ offset: Int) {
                unsafe fixed.storeBytes(of: value.littleEndian, toByteOffset: offset, as: type(of: value))
            }
            put(header.shop, 4)
            put(header.source.rawValue, 8)
            put(header.flags.rawValue, 9)
            put(header.visitorKind.rawValue, 10)
            put(header.dictionary, 11)
            put(header.country.rawValue, 12)
            put(UInt8(nameLength), 14)
            put(version, 15)
            put(header.occurredAt, 16)
            put(header.receivedAt, 24)
            put(header.key.high, 32)
            put(header.key.low, 40)
            put(header.content, 48)
            put(header.visitor.high, 56)
            put(header.visitor.low, 64)
        }
        bytes.append(name.extracting(first: nameLength))
        return start
    }

    /// Appends the sealed fields and fills in the lengths of the record that began at `start`.
    package static func finish(
        record start: Int, payloadStart: Int, sealed: Span<UInt8>, into bytes: inout [UInt8]
    ) {
        bytes.patchInteger(UInt32(bytes.count - payloadStart), at: start + 72)
        bytes.patchInteger(UInt32(sealed.count), at: start + 76)
        bytes.append(sealed)
        bytes.patchInteger(UInt32(bytes.count - start), at: start)
    }
}

/// A record read in place: the header decoded, the variable parts as ranges of the buffer it lies in.
package struct EventRecordView: Sendable {
    package let header: EventHeader
    package let record: Range<Int>
    package let name: Range<Int>
    package let payload: Range<Int>
    package let sealed: Range<Int>

    /// Decodes the record that begins at `offset`; nil unless it is whole and well formed. Allocates nothing.
    package init?(_ bytes: Span<UInt8>, at offset: Int) {
        guard offset >= 0, bytes.count - offset >= EventRecord.fixedBytes else { return nil }
        let length = Int(bytes.integer(at: offset, as: UInt32.self))
        let nameLength = Int(bytes[offset + 14])
        let payloadLength = Int(bytes.integer(at: offset + 72, as: UInt32.self))
        let sealedLength = Int(bytes.integer(at: offset + 76, as: UInt32.self))
        guard length <= bytes.count - offset, bytes[offset + 15] == EventRecord.version,
            length == EventRecord.fixedBytes + nameLength + payloadLength + sealedLength,
            let source = EventSource(rawValue: bytes[offset + 8]),
            let kind = VisitorKind(rawValue: bytes[offset + 10])
        else { return nil }
        self.header = EventHeader(
            shop: bytes.integer(at: offset + 4), source: source, flags: EventFlags(rawValue: bytes[offset + 9]),
            visitorKind: kind, dictionary: bytes[offset + 11],
            country: CountryCode(rawValue: bytes.integer(at: offset + 12)),
            occurredAt: bytes.integer(at: offset + 16), receivedAt: bytes.integer(at: offset + 24),
            key: Key128(high: bytes.integer(at: offset + 32), low: bytes.integer(at: offset + 40)),
            content: bytes.integer(at: offset + 48),
            visitor: Key128(high: bytes.integer(at: offset + 56), low: bytes.integer(at: offset + 64)))
        self.record = offset..<offset + length
        self.name = offset + EventRecord.fixedBytes..<offset + EventRecord.fixedBytes + nameLength
        self.payload = name.upperBound..<name.upperBound + payloadLength
        self.sealed = payload.upperBound..<payload.upperBound + sealedLength
    }

    /// A copy that owns its bytes.
    package func copy(from bytes: [UInt8]) -> EventRecord {
        EventRecord(
            header: header, name: String(decoding: bytes[name], as: UTF8.self), payload: Array(bytes[payload]),
            sealed: Array(bytes[sealed]))
    }
}
