package import EventModel
package import Postgres

/// How far the import of a resource is.
package struct ImportStatus: Sendable, Equatable {
    /// Steps of an import.
    package enum State: String, Sendable {
        /// Shopify is preparing the file.
        case asked
        /// The file is being read.
        case reading
        /// All is recorded.
        case finished
        /// Given up; the message says why.
        case failed
    }

    /// What is imported.
    package let resource: HistoryResource
    /// The step.
    package let state: State
    /// Objects that are recorded.
    package let recorded: Int64
    /// Objects that could not be.
    package let refused: Int64
    /// Objects that Shopify said there are; nil while it counts.
    package let total: Int64?
    /// Why it was given up or begun again.
    package let message: String?
    /// Milliseconds.
    package let startedAt: Int64
    /// Milliseconds.
    package let updatedAt: Int64
    /// Milliseconds; nil while it goes on.
    package let finishedAt: Int64?
}

/// The progress of imports, for people.
package enum ImportTable {
    /// The imports of a shop, by resource.
    package static func list(shop: ShopID, on connection: PostgresConnection) throws -> [ImportStatus] {
        try connection.query(
            """
            select resource, state, recorded, refused, total, message, started_at, updated_at, finished_at
            from shopify.import where shop_id = $1 order by resource
            """, [.int4(shop)]
        ).compactMap { row in
            guard let resource = HistoryResource(rawValue: row.text(0)) else { return nil }
            return ImportStatus(
                resource: resource, state: ImportStatus.State(rawValue: row.text(1)) ?? .failed,
                recorded: row.int64(2), refused: row.int64(3), total: row.int64IfPresent(4),
                message: row.textIfPresent(5), startedAt: row.timestampMillis(6), updatedAt: row.timestampMillis(7),
                finishedAt: row.timestampMillisIfPresent(8))
        }
    }

    static func write(
        _ state: ImportStatus.State, _ task: ImportTask, message: String? = nil, shop: ShopID, nowMillis: Int64,
        on connection: PostgresConnection
    ) throws {
        _ = try connection.query(
            """
            insert into shopify.import as i (shop_id, resource, state, recorded, refused, total, message, started_at,
                updated_at, finished_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $8, case when $3 in ('finished', 'failed') then $8 end)
            on conflict (shop_id, resource) do update set state = $3, recorded = $4, refused = $5, total = $6,
                message = $7, updated_at = $8, finished_at = excluded.finished_at,
                started_at = case when $3 = 'asked' and i.state <> 'asked' then $8 else i.started_at end
            """,
            [
                .int4(shop), .text(task.resource.rawValue), .text(state.rawValue), .int8(task.recorded),
                .int8(task.refused), .optional(task.total), .optional(message), .timestamp(nowMillis),
            ])
    }
}
