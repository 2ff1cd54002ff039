internal import Blocking
internal import EventModel
internal import Postgres

extension LogWriter {
    /// Writes all rows of appends to different lanes, except where there is nothing of a kind.
    func write(_ appends: [PendingAppend]) throws {
        CrashPoint.pass("log.copy.before")
        if appends.contains(where: { $0.eventCount > 0 }) { try copyEvents(appends) }
        CrashPoint.pass("log.copy.after")
        for append in appends {
            try insertAliases(append)
            try insertKeys(append)
            try insertQuarantined(append)
        }
        try countTaken(appends.map(\.plan))
        CrashPoint.pass("log.batch.before")
        try insertBatches(appends)
        CrashPoint.pass("log.batch.after")
    }

    private func copyEvents(_ appends: [PendingAppend]) throws {
        let rows = try connection.copyIn(SQL.copyEvents) { rows in
            for append in appends { Self.writeRows(append, &rows) }
        }
        let count = appends.reduce(0) { $0 + $1.eventCount }
        guard rows == count else { throw PostgresError(.protocolViolation, "COPY took \(rows) of \(count) rows") }
    }

    private static func writeRows(_ append: PendingAppend, _ rows: inout PostgresCopyWriter) {
        var position = append.head.position
        var entry: Int32 = -1
        var current: EventBatch?
        for event in append.events where event.verdict == .accepted {
            if event.entry != entry { (entry, current) = (event.entry, append.batch(of: event)) }
            guard let batch = current else { continue }
            position += 1
            let place = Place(lane: append.plan.lane, position: position, kind: append.kinds[Int(event.name)])
            writeRow(batch, batch.records[Int(event.record)], place, &rows)
        }
    }

    /// What of a row is not in the record.
    private struct Place {
        let lane: Lane
        let position: Position
        let kind: Int32
    }

    private static func writeRow(
        _ batch: EventBatch, _ view: EventRecordView, _ place: Place, _ rows: inout PostgresCopyWriter
    ) {
        let header = view.header
        let bytes = batch.bytes.span
        rows.startRow(columns: 16)
        rows.int8(place.position)
        rows.timestamp(header.receivedAt)
        rows.timestamp(header.occurredAt)
        rows.int8(Int64(bitPattern: header.content))
        rows.uuid(header.key.high, header.key.low)
        rows.uuid(header.visitor.high, header.visitor.low)
        rows.int4(header.shop)
        rows.int4(place.kind)
        rows.int2(place.lane)
        rows.int2(Int16(bitPattern: header.country.rawValue))
        rows.byte(header.source.rawValue)
        rows.byte(header.visitorKind.rawValue)
        rows.byte(header.flags.rawValue)
        rows.byte(header.dictionary)
        rows.bytes(bytes.extracting(view.payload))
        rows.bytes(bytes.extracting(view.sealed))
    }

    /// The rows that make the appends count, and the words to whoever waits for them.
    private func insertBatches(_ appends: [PendingAppend]) throws(PostgresError) {
        func column<T>(_ value: (PendingAppend) -> T) -> [T] { appends.map(value) }
        func count(_ value: (ShopTally) -> Int64) -> PostgresValue {
            .int4Array(appends.map { Int32(clamping: value($0.sheet.total)) })
        }
        let accounting = column(\.sheet.packed)
        let hashes = zip(appends, accounting).map { append, accounting in
            ChainHash(
                lane: append.plan.lane, sequence: append.sequence, firstPosition: append.firstPosition,
                eventCount: append.eventCount, cursor: append.cursor, accounting: accounting
            ).value(
                after: append.head.hash,
                records: append.plan.digest ?? ChainHash.digest(append.events, append.plan.entries))
        }
        _ = try connection.query(
            SQL.insertBatches,
            [
                .int2Array(column(\.plan.lane)), .int8Array(column(\.firstPosition)),
                .int4Array(column { Int32($0.eventCount) }), count(\.received), count(\.duplicate),
                count(\.quarantined), count(\.refused),
                .optionalUUIDArray(column { $0.cursor.map { ($0.incarnation.high, $0.incarnation.low) } }),
                .optionalInt8Array(column { $0.cursor?.place.millis }),
                .optionalInt8Array(column { $0.cursor?.place.sequence }), .int8Array(column(\.sequence)),
                .optionalTimestampArray(column { $0.receivedRange?.lowerBound }),
                .optionalTimestampArray(column { $0.receivedRange?.upperBound }), .bytesArray(hashes),
                .bytesArray(accounting), .textArray(column(\.word)),
            ])
    }

    private func insertAliases(_ append: PendingAppend) throws(PostgresError) {
        let rows = append.aliasRows
        guard !rows.isEmpty else { return }
        _ = try connection.query(
            SQL.insertAliases,
            [
                .int2(append.plan.lane), .uuidArray(rows.map { ($0.alias.high, $0.alias.low) }),
                .int8Array(rows.map { Int64(bitPattern: $0.content) }), .int8Array(rows.map(\.position)),
                .timestampArray(rows.map(\.receivedAt)),
            ])
    }

    /// Inserts the granted subject keys, but none of a handle that is fenced: an erasure writes its fence in the transaction
    /// that destroys the handle's keys, under the same lock of the lane, and this statement began after the lock was had,
    /// so it sees every fence from before. A shop that was moved here may have been fenced in its former lanes.
    private func insertKeys(_ append: PendingAppend) throws(PostgresError) {
        var grants: [SubjectKeyGrant] = []
        for entry in append.plan.entries {
            if case .batch(let batch) = entry.content, !batch.keys.isEmpty { grants += batch.keys }
        }
        guard !grants.isEmpty else { return }
        _ = try connection.query(
            SQL.insertKeys,
            [
                .int2(append.plan.lane), .int4Array(grants.map(\.shop)),
                .uuidArray(grants.map { ($0.keyID.high, $0.keyID.low) }),
                .int2Array(grants.map { Int16($0.handleKind) }),
                .uuidArray(grants.map { ($0.handle.high, $0.handle.low) }), .bytesArray(grants.map(\.wrapped)),
                .int2Array([append.plan.lane] + append.plan.formerLanes),
            ])
    }
}

extension PendingAppend {
    /// What is said to whoever waits for events of the lane.
    fileprivate var word: String? {
        eventCount > 0 ? "\(plan.lane):\(head.position + Position(eventCount))" : nil
    }
}

extension LogWriter.SQL {
    static let copyEvents = """
        COPY log.event (position, received_at, occurred_at, content, key, visitor, shop_id, kind, lane, country,
            source, visitor_kind, flags, dictionary, payload, sealed) FROM STDIN (FORMAT binary)
        """
    static let insertBatches = """
        with appended as (
            insert into log.batch (lane, first_position, event_count, received_count, duplicate_count,
                quarantined_count, refused_count, stream_incarnation, stream_ms, stream_seq, sequence, received_from,
                received_to, hash, accounting)
            select * from unnest($1::int2[], $2::int8[], $3::int4[], $4::int4[], $5::int4[], $6::int4[], $7::int4[],
                $8::uuid[], $9::int8[], $10::int8[], $11::int8[], $12::timestamptz[], $13::timestamptz[], $14::bytea[],
                $15::bytea[]))
        select pg_notify('footfall_log', word) from unnest($16::text[]) word where word is not null
        """
    static let insertAliases = """
        insert into log.alias (lane, alias, content, position, received_at)
        select $1, * from unnest($2, $3, $4, $5)
        on conflict (lane, alias) do nothing
        """
    static let insertKeys = """
        insert into registry.subject_key (lane, shop_id, key_id, handle_kind, handle, wrapped)
        select $1, shop_id, key_id, kind, handle, wrapped
        from unnest($2, $3, $4, $5, $6) as granted (shop_id, key_id, kind, handle, wrapped)
        where not exists (
            select from privacy.fence
            where fence.lane = any($7) and fence.shop_id = granted.shop_id and fence.handle = granted.handle)
        on conflict (lane, key_id) do nothing
        """
}
