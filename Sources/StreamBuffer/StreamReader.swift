internal import Blocking
package import EventModel
package import Redis

/// Reads one lane's stream in order. Synchronous and blocking; belongs to one actor.
///
/// Every read also proves that it is still the same Redis: the incarnation key and the last id the stream has given out
/// travel with it. A Redis that was emptied, or is older than what the caller has taken in already, gets a new
/// incarnation and is read from its beginning; the log drops what it has.
package final class StreamReader {
    /// What one read found.
    package struct Page: Sendable {
        /// Names the Redis these entries are from.
        package let incarnation: Key128
        /// In order; none where nothing came within the wait.
        package let entries: [StreamEntry]
        /// There may be more: the limit was reached.
        package let isFull: Bool
        /// Set where the buffer was found emptied or older; entries begin at its beginning again.
        package let reset: Reset?
    }

    /// How the buffer was found to be another one than the log's cursor is from.
    package enum Reset: String, Sendable {
        /// Another incarnation, or none.
        case emptied
        /// The same incarnation, but it has not yet given out the id that was read before.
        case older
    }

    /// The bytes one read aims at; the next chunk's COPY is then some 10,000 rows.
    package static let pageBytesTarget = 4 << 20
    /// Entries of one read at most.
    package static let pageEntriesMax = 512
    /// Committed entries are trimmed at the latest after this many...
    package static let trimEntries = 256
    /// ... or this long: each trim is one more write to Redis's append-only file.
    package static let trimInterval = Duration.milliseconds(200)

    /// The lane whose stream it reads.
    package let lane: Lane
    private let redis: RedisConnection
    private var countLimit = 64
    private var position: (incarnation: Key128, id: StreamEntryID)?
    /// Everything up to here is in the log.
    private var committed = StreamEntryID.zero
    private var committedEntries = 0
    private var trimmedAt = ContinuousClock.now

    /// Connects at the first read.
    package init(lane: Lane, redis: RedisConnection) {
        self.lane = lane
        self.redis = redis
    }

    /// The next read begins after this entry of this incarnation; nil begins with whatever there is.
    package func seek(to cursor: (incarnation: Key128, id: StreamEntryID)?) {
        position = cursor
        (committed, committedEntries) = (cursor?.id ?? .zero, 0)
    }

    /// The entries after the position, which moves to the last of them. Waits up to `blockMillis` where there is none.
    ///
    /// An error leaves the position; the caller simply reads again.
    package func read(blockMillis: Int) throws(RedisError) -> Page {
        let replies = try redis.pipeline([
            ["GET", .text(incarnationKey)], ["XINFO", "STREAM", .text(streamKey)],
            readCommand(after: position?.id ?? .zero, blockMillis: blockMillis),
        ])
        let found = Self.key(try replies[0].get())
        // Asked for before the entries were read: an id given out in between can only make the stream newer.
        let lastID = try Self.lastID(replies[1])
        guard let position, let found, found == position.incarnation else { return try begin(.emptied) }
        guard lastID >= position.id else { return try begin(.older) }
        return take(try Self.entries(replies[2]), found, reset: nil)
    }

    /// Starts over with this Redis: a new incarnation unless it has one that nobody has read, entries from the first.
    private func begin(_ reset: Reset) throws(RedisError) -> Page {
        let fresh = RedisArgument.bytes(Key128.random().bytes)
        let isKnown = position != nil
        if reset == .older {
            _ = try redis.command(["SET", .text(incarnationKey), fresh])
        } else {
            _ = try redis.command(["SET", .text(incarnationKey), fresh, "NX"])
        }
        let replies = try redis.pipeline([
            ["GET", .text(incarnationKey)], readCommand(after: .zero, blockMillis: nil),
        ])
        guard let incarnation = Self.key(try replies[0].get()) else {
            throw RedisError(.protocolViolation, "no incarnation")
        }
        position = (incarnation, .zero)
        (committed, committedEntries) = (.zero, 0)
        return take(try Self.entries(replies[1]), incarnation, reset: isKnown ? reset : nil)
    }

    private func take(_ entries: [StreamEntry], _ incarnation: Key128, reset: Reset?) -> Page {
        let bytes = entries.reduce(0) { $0 + $1.bytes.count }
        let isFull = entries.count >= countLimit
        if let last = entries.last { position = (incarnation, last.id) }
        adapt(entries: entries.count, bytes: bytes)
        return Page(incarnation: incarnation, entries: entries, isFull: isFull, reset: reset)
    }

    /// Redis bounds a read only by entries, so their number follows the size of those read last.
    private func adapt(entries: Int, bytes: Int) {
        guard entries > 0 else { return }
        let fitting = Self.pageBytesTarget / max(1, bytes / entries)
        countLimit = min(max(1, fitting), min(countLimit * 2, Self.pageEntriesMax))
    }

    private func readCommand(after id: StreamEntryID, blockMillis: Int?) -> [RedisArgument] {
        var command: [RedisArgument] = ["XREAD", "COUNT", .integer(Int64(countLimit))]
        if let blockMillis, blockMillis > 0 { command += ["BLOCK", .integer(Int64(blockMillis))] }
        return command + ["STREAMS", .text(streamKey), .text(id.text)]
    }

    private var streamKey: String { StreamKey.events(lane) }
    private var incarnationKey: String { StreamKey.incarnation(lane) }
}

extension StreamReader {
    /// The log has committed everything up to `id`; its entries may go. They do so at the next `trim`.
    package func didCommit(through id: StreamEntryID, entries: Int) {
        committed = id
        committedEntries += entries
    }

    /// Removes committed entries when there are many or some time has passed; `now` removes them in any case.
    package func trim(now isNow: Bool) throws(RedisError) {
        guard committedEntries > 0 else { return }
        let time = ContinuousClock.now
        guard isNow || committedEntries >= Self.trimEntries || time - trimmedAt >= Self.trimInterval else { return }
        CrashPoint.pass("drain.trim.before")
        _ = try redis.command(["XTRIM", .text(streamKey), "MINID", "=", .text(committed.next.text)])
        CrashPoint.pass("drain.trim.after")
        (committedEntries, trimmedAt) = (0, time)
    }

    /// The oldest entry that is not known to be committed.
    package func oldestWaiting() throws(RedisError) -> StreamEntryID? {
        try peek(after: committed, limit: 1).first?.id
    }

    /// Names this Redis; nil where no reader has come by yet.
    package func currentIncarnation() throws(RedisError) -> Key128? {
        Self.key(try redis.command(["GET", .text(incarnationKey)]))
    }

    /// Entries now in the stream.
    package func length() throws(RedisError) -> Int {
        Int(try redis.command(["XLEN", .text(streamKey)]).integer ?? 0)
    }

    /// Up to `limit` entries after `id`, without moving the position; for the accounting of what is in flight.
    package func peek(after id: StreamEntryID, limit: Int) throws(RedisError) -> [StreamEntry] {
        let reply = try redis.command([
            "XRANGE", .text(streamKey), .text(id.next.text), "+", "COUNT", .integer(Int64(limit)),
        ])
        return try (reply.array ?? []).map(Self.entry)
    }

    private static func key(_ reply: RedisReply) -> Key128? {
        guard let bytes = reply.bytes, bytes.count == 16 else { return nil }
        return Key128(bytes: bytes)
    }

    /// Zero where there is no stream. A server that is still loading is an error, never an empty stream.
    private static func lastID(_ info: RedisReply) throws(RedisError) -> StreamEntryID {
        if let failure = info.failure, failure.message.hasPrefix("ERR no such key") { return .zero }
        let fields = try info.get().array ?? []
        guard let index = fields.firstIndex(where: { $0.text == "last-generated-id" }), index + 1 < fields.count else {
            return .zero
        }
        return fields[index + 1].bytes.flatMap { StreamEntryID($0) } ?? .zero
    }

    private static func entries(_ reply: RedisReply) throws(RedisError) -> [StreamEntry] {
        guard let streams = try reply.get().array, let stream = streams.first?.array, stream.count == 2 else {
            return []
        }
        var entries: [StreamEntry] = []
        for item in stream[1].array ?? [] { entries.append(try entry(item)) }
        return entries
    }

    private static func entry(_ item: RedisReply) throws(RedisError) -> StreamEntry {
        guard let parts = item.array, parts.count == 2, let id = parts[0].bytes.flatMap({ StreamEntryID($0) }) else {
            throw RedisError(.protocolViolation, "an entry without an id")
        }
        let fields = parts[1].array ?? []
        guard fields.count >= 2, fields[0].text == StreamKey.field else { return StreamEntry(id: id, bytes: []) }
        let isStamped = fields.count == 4 && fields[2].text == StreamKey.stamp
        return StreamEntry(
            id: id, bytes: fields[1].bytes ?? [], stamp: isStamped ? fields[3].bytes.flatMap { WriterStamp($0) } : nil)
    }
}
