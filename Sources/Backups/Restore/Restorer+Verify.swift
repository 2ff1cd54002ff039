internal import EventLog
internal import EventModel
package import Postgres
internal import Privacy
internal import ReadModels

extension Restorer {
    /// What was looked at before a restored database was released.
    package struct Verification: Sendable {
        /// Events of the log, each hashed anew.
        package let events: Int
        /// Entries of the journal of erasures whose handles were looked for.
        package let erasures: Int
        /// Columns of read models that were searched for the handles.
        package let columns: Int
    }

    /// Verifies log, keys, fences and read models, and releases the database; throws `unverified` and leaves it closed
    /// where anything is wrong. The read models have taken in the whole log by then. What requests that are under way have
    /// still to take out of them is the protocol's.
    package func verify(
        _ forgotten: Forgotten, on connection: PostgresConnection, progress: (Int) -> Void = { _ in }
    ) throws -> Verification {
        let entries = forgotten.entries
        var events = 0
        for lane in try connection.query("select lane from registry.lane order by lane").map({ $0.int16(0) }) {
            let report = try LogVerifier(connection).verify(lane: lane) { progress(events + $0) }
            events += report.events
            guard report.isIntact else {
                throw BackupError(.unverified, "The log is damaged: \(report.damages.map(\.description).first ?? "")")
            }
        }
        for entry in entries { try Self.verifyKeys(entry, connection) }
        let over = entries.filter { !forgotten.underWay.contains($0.request) }
        let fenced = over.flatMap(\.handles).filter(\.isFenceable)
        let columns = try connection.query(SQL.columns).map { ($0.text(0), $0.text(1)) }
        for (table, column) in columns where !fenced.isEmpty {
            // What leads to an order that an erasure left readable stays.
            let kept =
                table.hasSuffix(".mention")
                ? " and not " + KeptOrders.condition("t", of: table, isGone: "= any($1)") : ""
            let found = try connection.query(
                "select exists (select from \(table) t where t.\(column) = any($1)\(kept))",
                [Self.hashes(Set(fenced))])
            guard !found[0].bool(0) else {
                throw BackupError(.unverified, "\(table).\(column) still names somebody who was forgotten.")
            }
        }
        try RestorationGate.finish(erasures: entries.count, on: connection)
        return Verification(events: events, erasures: entries.count, columns: columns.count)
    }

    private static func verifyKeys(_ entry: ErasureEntry, _ connection: PostgresConnection) throws {
        let keyed = Handle.columns(entry.handles + entry.unlinked)
        let fenced = Set(entry.handles.filter(\.isFenceable))
        let row = try connection.query(
            SQL.remains,
            [
                .int2(entry.lane), .int4(entry.shop), .int2Array(keyed.kinds), .uuidArray(keyed.hashes),
                hashes(fenced), .bool(entry.scope == .shop),
            ])[0]
        guard row.int64(0) == 0 else { throw BackupError(.unverified, "A key of somebody who was forgotten is there.") }
        guard row.int64(1) == fenced.count else {
            throw BackupError(.unverified, "A fence around somebody who was forgotten is missing.")
        }
    }

    private static func hashes(_ handles: Set<Handle>) -> PostgresValue {
        .uuidArray(Handle.columns(Array(handles)).hashes)
    }

    private enum SQL {
        static let remains = """
            select case when $6 then (select count(*) from registry.subject_key where shop_id = $2) else (
                    select count(*) from unnest($3::int2[], $4::uuid[]) h (kind, handle) join registry.subject_key k
                    on k.lane = $1 and k.shop_id = $2 and k.handle = h.handle and k.handle_kind = h.kind) end,
                (select count(*) from privacy.fence where lane = $1 and shop_id = $2 and handle = any($5))
            """
        /// Read models are the schemas with a checkpoint; handles are uuids.
        static let columns = """
            select format('%I.%I', n.nspname, c.relname), quote_ident(a.attname)
            from pg_class k join pg_namespace n on n.oid = k.relnamespace
            join pg_class c on c.relnamespace = n.oid and c.relkind in ('r', 'p')
            join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                and a.atttypid = 'uuid'::regtype
            where k.relname = 'checkpoint' and k.relkind = 'r' and n.nspname <> 'reactor'
            order by 1, 2
            """
    }
}
