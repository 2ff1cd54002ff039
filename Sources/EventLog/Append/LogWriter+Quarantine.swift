internal import EventModel
internal import Postgres

extension LogWriter {
    private struct Quarantined {
        let shop: ShopID
        let reason: DropReason
        let bytes: [UInt8]
        let aliases: [Key128]
    }

    /// Keeps what cannot be appended: conflicting and unstorable events, and damaged batches as they came.
    func insertQuarantined(_ append: PendingAppend) throws(PostgresError) {
        for row in Self.quarantined(append) {
            _ = try connection.query(
                SQL.insertQuarantined,
                [
                    .int2(append.plan.lane), .int4(row.shop), .int2(Int16(row.reason.rawValue)), .bytes(row.bytes),
                    .uuidArray(row.aliases.map { ($0.high, $0.low) }),
                ])
        }
    }

    private static func quarantined(_ append: PendingAppend) -> [Quarantined] {
        var rows: [Quarantined] = []
        for entry in append.plan.entries {
            guard case .damaged(let bytes, let reason) = entry.content else { continue }
            rows.append(Quarantined(shop: 0, reason: reason, bytes: bytes, aliases: []))
        }
        for event in append.events where event.verdict == .conflict || event.verdict == .unstorable {
            guard let batch = append.batch(of: event) else { continue }
            let view = batch.records[Int(event.record)]
            rows.append(
                Quarantined(
                    shop: view.header.shop, reason: event.verdict == .conflict ? .idConflict : .undecodable,
                    bytes: Array(batch.bytes[view.record]), aliases: append.aliases(of: event)))
        }
        return rows
    }
}

extension LogWriter.SQL {
    static let insertQuarantined = """
        insert into log.quarantine (lane, shop_id, reason, record, aliases) values ($1, $2, $3, $4, $5)
        """
}
