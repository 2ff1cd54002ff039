internal import Blocking
internal import EventModel
internal import Postgres

extension LogWriter {
    /// Writes all rows of an append whose verdicts are made, except where there is nothing of a kind.
    func write(_ append: inout PendingAppend) throws {
        append.count()
        CrashPoint.pass("log.copy.before")
        if append.eventCount > 0 { try copyEvents(append) }
        CrashPoint.pass("log.copy.after")
        try insertAliases(append)
        try insertKeys(append)
        try insertQuarantined(append)
        try countTaken(append.plan)
        CrashPoint.pass("log.batch.before")
        try insertBatch(append)
        CrashPoint.pass("log.batch.after")
    }

    private func copyEvents(_ append: PendingAppend) throws {
        let rows = try connection.copyIn(SQL.copyEvents) { rows in
            var position = append.head.position
            var entry: Int32 = -1
            var current: EventBatch?
            for event in append.events where event.verdict == .accepted {
                if event.entry != entry { (entry, current) = (event.entry, append.batch(of: event)) }
                guard let batch = current else { continue }
                position += 1
                let place = Place(lane: append.plan.lane, position: position, kind: append.kinds[Int(event.name)])
                Self.writeRow(batch, batch.records[Int(event.record)], place, &rows)
            }
        }
        guard rows == append.eventCount else {
            throw PostgresError(.protocolViolation, "COPY took \(rows) of \(append.eventCount) rows")
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

    /// The row that makes the append count, and the word to whoever waits for it.
    private func insertBatch(_ append: PendingAppend) throws(PostgresError) {
        let accounting = append.sheet.packed
        let digest = append.plan.digest ?? ChainHash.digest(append.events, append.plan.entries)
        let total = append.sheet.total
        let hash = ChainHash(
            lane: append.plan.lane, sequence: append.sequence, firstPosition: append.firstPosition,
            eventCount: append.eventCount, cursor: append.cursor, accounting: accounting)
        let cursor = append.cursor
        let values: [PostgresValue] = [
            .int2(append.plan.lane), .int8(append.firstPosition), .int4(Int32(append.eventCount)),
            .int4(Int32(clamping: total.received)), .int4(Int32(clamping: total.duplicate)),
            .int4(Int32(clamping: total.quarantined)), .int4(Int32(clamping: total.refused)),
            cursor.map { .uuid($0.incarnation.high, $0.incarnation.low) } ?? .null,
            .optional(cursor?.place.millis), .optional(cursor?.place.sequence), .int8(append.sequence),
            append.receivedRange.map { .timestamp($0.lowerBound) } ?? .null,
            append.receivedRange.map { .timestamp($0.upperBound) } ?? .null,
            .bytes(hash.value(after: append.head.hash, records: digest)), .bytes(accounting),
        ]
        guard append.eventCount > 0 else {
            _ = try connection.query(SQL.insertBatch, values)
            return
        }
        let word = "\(append.plan.lane):\(append.head.position + Position(append.eventCount))"
        _ = try connection.query(SQL.insertBatchAndNotify, values + [.text(word)])
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

extension LogWriter.SQL {
    static let copyEvents = """
        COPY log.event (position, received_at, occurred_at, content, key, visitor, shop_id, kind, lane, country,
            source, visitor_kind, flags, dictionary, payload, sealed) FROM STDIN (FORMAT binary)
        """
    static let insertBatch = """
        insert into log.batch (lane, first_position, event_count, received_count, duplicate_count, quarantined_count,
            refused_count, stream_incarnation, stream_ms, stream_seq, sequence, received_from, received_to, hash,
            accounting)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        """
    static let insertBatchAndNotify =
        "with appended as (\(insertBatch)) select pg_notify('footfall_log', $16)"
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
