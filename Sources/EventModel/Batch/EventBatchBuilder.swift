/// Collects encoded records of one lane into the bytes of one batch. A value; the caller guards it.
///
/// Layout, little-endian: magic "FFB1" · XXH64 of all that follows the checksum u64 · events u16 · aliases u16 ·
/// keys u16 · tallies u16 · tallies (shop i32, reason u8, count u32) · keys (shop i32, keyID 2×u64, kind u8,
/// handle 2×u64, length u8, bytes) · aliases (event u16, alias 2×u64) · records.
package struct EventBatchBuilder: Sendable {
    package private(set) var eventCount = 0
    private var records: [UInt8] = []
    private var aliases: [UInt8] = []
    private var aliasCount = 0
    private var keys: [UInt8] = []
    private var keyCount = 0
    private var tallies: [UInt8] = []
    private var tallyCount = 0

    /// The count fields hold two bytes; far above what one batch carries.
    package static let countMax = 60_000

    package init() {}

    package var isEmpty: Bool { eventCount == 0 && keyCount == 0 && tallyCount == 0 }

    /// Bytes the finished batch will have.
    package var byteCount: Int {
        EventBatch.headBytes + records.count + aliases.count + keys.count + tallies.count
    }

    /// Adds one record, encoded as `EventRecord` encodes it, with its other identities.
    package mutating func append(record: Span<UInt8>, aliases: [Key128] = []) {
        for alias in aliases {
            self.aliases.appendInteger(UInt16(eventCount))
            self.aliases.appendInteger(alias.high)
            self.aliases.appendInteger(alias.low)
            aliasCount += 1
        }
        records.append(record)
        eventCount += 1
    }

    package mutating func append(_ grant: SubjectKeyGrant) {
        precondition(grant.wrapped.count <= 255, "a wrapped key has at most 255 bytes")
        keys.appendInteger(grant.shop)
        keys.appendInteger(grant.keyID.high)
        keys.appendInteger(grant.keyID.low)
        keys.append(grant.handleKind)
        keys.appendInteger(grant.handle.high)
        keys.appendInteger(grant.handle.low)
        keys.append(UInt8(grant.wrapped.count))
        keys.append(contentsOf: grant.wrapped)
        keyCount += 1
    }

    package mutating func append(_ tally: RefusalTally) {
        tallies.appendInteger(tally.shop)
        tallies.append(tally.reason.rawValue)
        tallies.appendInteger(tally.count)
        tallyCount += 1
    }

    /// The batch's bytes; the builder is empty afterwards and keeps its storage.
    package mutating func finish() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(byteCount)
        bytes.append(contentsOf: EventBatch.magic)
        bytes.appendInteger(UInt64(0))
        for count in [eventCount, aliasCount, keyCount, tallyCount] { bytes.appendInteger(UInt16(count)) }
        for part in [tallies, keys, aliases, records] { bytes.append(contentsOf: part) }
        let checksum = Checksum.xxh64(bytes.span, from: EventBatch.checkedFrom)
        bytes.patchInteger(checksum, at: EventBatch.magic.count)
        clear()
        return bytes
    }

    private mutating func clear() {
        records.removeAll(keepingCapacity: true)
        aliases.removeAll(keepingCapacity: true)
        keys.removeAll(keepingCapacity: true)
        tallies.removeAll(keepingCapacity: true)
        (eventCount, aliasCount, keyCount, tallyCount) = (0, 0, 0, 0)
    }
}
