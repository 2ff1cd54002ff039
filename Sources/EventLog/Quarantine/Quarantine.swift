internal import Cryptography
package import EventModel
package import Postgres

/// What could not be appended, kept with its sealed bytes until somebody replays it. Blocking; one thread at a time.
package final class Quarantine {
    /// One row.
    package struct Item: Sendable {
        /// Names the row.
        package let id: Int64
        /// The lane it was to be appended to.
        package let lane: Lane
        /// 0 for a batch that is damaged as a whole.
        package let shop: ShopID
        /// Why it was put aside.
        package let reason: DropReason
        /// The record's bytes, or a damaged batch's.
        package let bytes: [UInt8]
        /// The event's other identities.
        package let aliases: [Key128]
        /// Unix milliseconds.
        package let quarantinedAt: Int64
        /// Unix milliseconds; nil while it is open.
        package let replayedAt: Int64?

        /// The event, where the bytes are a record.
        package var record: EventRecord? {
            EventRecordView(bytes.span, at: 0).flatMap { $0.record.count == bytes.count ? $0.copy(from: bytes) : nil }
        }
    }

    /// Which rows to list.
    package struct Filter: Sendable {
        /// Of one shop only.
        package var shop: ShopID?
        /// Of one reason only.
        package var reason: DropReason?
        /// Also rows that are done with.
        package var includesReplayed = false

        /// All open rows.
        package init() {}
    }

    /// What is changed before an event is appended.
    package enum Fix {
        case none
        /// A new identity, so that both contents of a conflict stand. What is sealed is bound to the identity, so it is
        /// sealed anew by `reseal`, which is given the record as it was, its lane and the new identity.
        case asNewEvent(reseal: (EventRecord, Lane, Key128) throws -> [UInt8])
        /// Other bytes: a record's, or a whole batch's.
        case replacing([UInt8])
    }

    private let connection: PostgresConnection
    private let writer: LogWriter

    /// The connection must not be inside a transaction when `replay` is called.
    package init(_ connection: PostgresConnection) {
        self.connection = connection
        self.writer = LogWriter(connection)
    }

    /// Up to `limit` rows after the one with this id, oldest first.
    package func list(
        _ filter: Filter = Filter(), after id: Int64 = 0, limit: Int = 100
    ) throws(PostgresError) -> [Item] {
        let rows = try connection.query(
            SQL.list,
            [
                .int8(id), .optional(filter.shop), .optional(filter.reason.map { Int16($0.rawValue) }),
                .bool(filter.includesReplayed), .int8(Int64(limit)),
            ])
        return rows.map(Self.item)
    }

    /// One row.
    package func show(_ id: Int64) throws -> Item {
        guard let row = try connection.query(SQL.show, [.int8(id)]).first else {
            throw EventLogError(.notFound, "nothing in quarantine has the id \(id)")
        }
        return Self.item(row)
    }

    /// Appends what the row holds, as fixed, by the way that every event goes, and marks the row in the same
    /// transaction.
    ///
    /// A repeat of an event that is in the log is done with as well. Throws `stillRefused` where it would be
    /// quarantined again. A dry run changes nothing and answers the same.
    @discardableResult
    package func replay(_ id: Int64, fix: Fix = .none, isDryRun: Bool = false) throws -> AppendReceipt {
        let item = try show(id)
        guard item.replayedAt == nil else { throw EventLogError(.notFound, "\(id) has been replayed") }
        do {
            return try writer.replay(try Self.batch(item, fix), lane: item.lane, countedFor: item.shop) { receipt in
                if isDryRun { throw DryRun(receipt: receipt) }
                guard try self.connection.query(SQL.mark, [.int8(id)]).affectedRows == 1 else {
                    throw EventLogError(.notFound, "\(id) has been replayed")
                }
            }
        } catch let end as DryRun {
            return end.receipt
        }
    }

    /// Ends the transaction of a dry run.
    private struct DryRun: Error {
        let receipt: AppendReceipt
    }

    private static func batch(_ item: Item, _ fix: Fix) throws -> [UInt8] {
        switch fix {
        case .none: return try batch(of: item.bytes, aliases: item.aliases)
        case .replacing(let bytes): return try batch(of: bytes, aliases: item.aliases)
        case .asNewEvent(let reseal):
            guard var record = item.record else {
                throw EventLogError(.undecodable, "\(item.id) holds no single event")
            }
            let key = EventKey.make(
                timeMillis: EventKey.timeMillis(record.header.key), hash: newHash(record.header))
            record.sealed = try reseal(record, item.lane, key)
            record.header.key = key
            var bytes: [UInt8] = []
            record.encode(into: &bytes)
            return try batch(of: bytes, aliases: [])
        }
    }

    /// A whole batch's bytes as they are; a record's as the only one of a batch.
    private static func batch(of bytes: [UInt8], aliases: [Key128]) throws(EventLogError) -> [UInt8] {
        if (try? EventBatch(bytes)) != nil { return bytes }  // what is no batch may be a record
        guard let view = EventRecordView(bytes.span, at: 0), view.record.count == bytes.count else {
            throw EventLogError(.undecodable, "the bytes are neither a record nor a batch")
        }
        var builder = EventBatchBuilder()
        builder.append(record: bytes.span, aliases: aliases)
        return builder.finish()
    }

    /// Follows from identity and content, so that replaying twice is a repeat.
    private static func newHash(_ header: EventHeader) -> Key128 {
        var bytes = header.key.bytes
        bytes.appendInteger(header.content)
        return Key128(bytes: SHA256.hash(bytes))
    }

    private static func item(_ row: PostgresRow) -> Item {
        Item(
            id: row.int64(0), lane: row.int16(1), shop: row.int32(2),
            reason: DropReason(rawValue: UInt8(truncatingIfNeeded: row.int16(3))) ?? .undecodable, bytes: row.bytes(4),
            aliases: row.uuidArray(5).map { Key128(high: $0.0, low: $0.1) }, quarantinedAt: row.timestampMillis(6),
            replayedAt: row.timestampMillisIfPresent(7))
    }

    private enum SQL {
        static let columns = "id, lane, shop_id, reason, record, aliases, quarantined_at, replayed_at"
        static let list = """
            select \(columns) from log.quarantine
            where id > $1 and ($2::integer is null or shop_id = $2) and ($3::smallint is null or reason = $3)
                and ($4 or replayed_at is null)
            order by id limit $5
            """
        static let show = "select \(columns) from log.quarantine where id = $1"
        static let mark = "update log.quarantine set replayed_at = now() where id = $1 and replayed_at is null"
    }
}
