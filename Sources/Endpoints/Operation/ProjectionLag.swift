internal import Postgres
internal import ReadModels

/// How far each read model is behind the log.
struct ProjectionLag: Sendable, Equatable {
    var model: String
    var lane: Int16
    /// Events that are in the log and not in the model.
    var events: Int64
    /// How long the oldest of them has waited.
    var seconds: Double

    static let models = [
        SessionsProjection.name, LeadsProjection.name, ShopsProjection.name, PagesProjection.name,
        OrdersProjection.name, ProductsProjection.name, CustomersProjection.name, CartsProjection.name,
    ]
    /// Behind by more than this, a server is not ready.
    static let secondsMax = 60.0

    /// One row a model and lane that has a log.
    static func read(_ connection: PostgresConnection) throws -> [ProjectionLag] {
        let models = models.map { "SELECT '\($0)' AS model, lane, position FROM \($0).checkpoint" }
        return try connection.query(
            """
            WITH head AS (
                SELECT l.lane, (SELECT b.first_position + b.event_count - 1 FROM log.batch b WHERE b.lane = l.lane
                    ORDER BY b.sequence DESC LIMIT 1) AS position
                FROM registry.lane l
            ), model AS (\(models.joined(separator: " UNION ALL ")))
            SELECT names.name, head.lane, head.position - coalesce(model.position, 0),
                coalesce(extract(epoch FROM now() - (SELECT b.appended_at FROM log.batch b
                    WHERE b.lane = head.lane AND b.first_position <= coalesce(model.position, 0) + 1 AND b.event_count > 0
                        AND head.position > coalesce(model.position, 0)
                    ORDER BY b.first_position DESC LIMIT 1)), 0)::float8
            FROM head CROSS JOIN unnest($1::text[]) AS names(name)
            LEFT JOIN model ON model.model = names.name AND model.lane = head.lane
            WHERE head.position IS NOT NULL ORDER BY 1, 2
            """, [.textArray(Self.models)]
        ).map { row in
            ProjectionLag(
                model: row.text(0), lane: row.int16(1), events: max(0, row.int64(2)), seconds: max(0, row.double(3)))
        }
    }
}
