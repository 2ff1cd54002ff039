package import EventLog
package import EventModel
package import Redis
internal import StreamBuffer

/// What lies in the buffer and not in the log yet: the part of the accounting between gateway and drain.
package struct InFlight: Sendable {
    /// Received events by shop; batches that cannot be decoded count as one event of shop 0, refusals as they were
    /// handed over.
    package private(set) var sheet = TallySheet()
    /// Entries of the buffer.
    package private(set) var entries = 0
    /// Bytes of their batches.
    package private(set) var bytes = 0
    /// There were more entries than `entriesMax`; the rest is not counted.
    package private(set) var isCut = false

    /// Each entry is fetched and decoded, so a full buffer is not counted to its end.
    package static let entriesMax = 100_000
    private static let pageEntries = 256

    /// Reads a lane's entries after the log's cursor. Blocking.
    package init(lane: Lane, after cursor: LogCursor?, _ redis: RedisConnection) throws(RedisError) {
        let reader = StreamReader(lane: lane, redis: redis)
        var last = try Self.start(reader, after: cursor)
        while entries < Self.entriesMax {
            let page = try reader.peek(after: last, limit: Self.pageEntries)
            for entry in page { add(entry.bytes) }
            guard let id = page.last?.id else { return }
            last = id
        }
        isCut = true
    }

    /// The last entry that is taken in; none where this is another buffer than the one the log has read from.
    static func start(_ reader: StreamReader, after cursor: LogCursor?) throws(RedisError) -> StreamEntryID {
        guard let cursor, try reader.currentIncarnation() == cursor.incarnation else { return .zero }
        let place = cursor.place
        return StreamEntryID(millis: UInt64(bitPattern: place.millis), sequence: UInt64(bitPattern: place.sequence))
    }

    /// Events received, refusals included.
    package var received: Int64 { sheet.total.received }

    private mutating func add(_ batch: [UInt8]) {
        entries += 1
        bytes += batch.count
        guard let decoded = try? EventBatch(batch) else {  // why it is damaged, the log will say
            sheet.count(0) { $0.received += 1 }
            return
        }
        for record in decoded.records { sheet.count(record.header.shop) { $0.received += 1 } }
        for refusal in decoded.tallies { sheet.count(refusal.shop) { $0.received += Int64(refusal.count) } }
    }
}
