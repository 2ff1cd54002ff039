/// A batch read in place: what one stream entry, or one append through Postgres, carries.
package struct EventBatch: Sendable {
    package let bytes: [UInt8]
    package let records: [EventRecordView]
    /// In the order of the events they belong to.
    package let aliases: [EventAlias]
    package let keys: [SubjectKeyGrant]
    package let tallies: [RefusalTally]

    static let magic: [UInt8] = [0x46, 0x46, 0x42, 0x31]
    /// The checksum covers everything from here on.
    static let checkedFrom = 12
    static let headBytes = 20

    /// Why bytes are no batch.
    package enum DecodingError: Error, Equatable {
        case notABatch
        case badChecksum
        case malformed
    }

    /// Decodes `bytes`; every count and length is checked, so that damaged or hostile bytes are an error, never a trap.
    package init(_ bytes: [UInt8]) throws(DecodingError) {
        guard bytes.count >= Self.headBytes, bytes.starts(with: Self.magic) else { throw .notABatch }
        guard bytes.integer(at: 4, as: UInt64.self) == Checksum.xxh64(bytes.span, from: Self.checkedFrom) else {
            throw .badChecksum
        }
        var reader = Reader(bytes: bytes, offset: Self.headBytes)
        let eventCount = Int(bytes.integer(at: 12, as: UInt16.self))
        let aliasCount = Int(bytes.integer(at: 14, as: UInt16.self))
        let keyCount = Int(bytes.integer(at: 16, as: UInt16.self))
        let tallyCount = Int(bytes.integer(at: 18, as: UInt16.self))
        self.tallies = try reader.many(tallyCount) { $0.tally() }
        self.keys = try reader.many(keyCount) { $0.key() }
        self.aliases = try reader.many(aliasCount) { $0.alias(events: eventCount) }
        self.records = try reader.many(eventCount) { $0.record() }
        guard reader.offset == bytes.count else { throw .malformed }
        self.bytes = bytes
    }

    private struct Reader {
        let bytes: [UInt8]
        var offset: Int

        mutating func many<T>(_ count: Int, _ read: (inout Reader) -> T?) throws(DecodingError) -> [T] {
            var items: [T] = []
            items.reserveCapacity(count)
            for _ in 0..<count {
                guard let item = read(&self) else { throw .malformed }
                items.append(item)
            }
            return items
        }

        mutating func take(_ count: Int) -> Int? {
            guard bytes.count - offset >= count else { return nil }
            defer { offset += count }
            return offset
        }

        func key128(at offset: Int) -> Key128 {
            Key128(high: bytes.integer(at: offset), low: bytes.integer(at: offset + 8))
        }

        mutating func tally() -> RefusalTally? {
            guard let at = take(9), let reason = DropReason(rawValue: bytes[at + 4]) else { return nil }
            return RefusalTally(shop: bytes.integer(at: at), reason: reason, count: bytes.integer(at: at + 5))
        }

        mutating func key() -> SubjectKeyGrant? {
            guard let at = take(38), let wrapped = take(Int(bytes[at + 37])) else { return nil }
            return SubjectKeyGrant(
                shop: bytes.integer(at: at), keyID: key128(at: at + 4), handleKind: bytes[at + 20],
                handle: key128(at: at + 21), wrapped: Array(bytes[wrapped..<offset]))
        }

        mutating func alias(events: Int) -> EventAlias? {
            guard let at = take(18) else { return nil }
            let event: UInt16 = bytes.integer(at: at)
            guard event < events else { return nil }
            return EventAlias(event: event, alias: key128(at: at + 2))
        }

        mutating func record() -> EventRecordView? {
            guard let view = EventRecordView(bytes.span, at: offset) else { return nil }
            offset = view.record.upperBound
            return view
        }
    }
}
