package import EventModel
package import Postgres

/// How far every read model has taken the log in: what retention must not go beyond.
package enum ProjectedPositions {
    /// By lane, of all read models the least: the position before the first event that one of them lacks or that waits
    /// because it could not be read. A lane that any read model has not begun is missing.
    package static func all(on connection: PostgresConnection) throws -> [Lane: Position] {
        var positions: [Lane: [Position]] = [:]
        for name in ProjectionSchemas.names {
            for row in try connection.query("select lane, position from \(name).checkpoint") {
                positions[row.int16(0), default: []].append(row.int64(1))
            }
        }
        var least = positions.filter { $0.value.count == ProjectionSchemas.names.count }.compactMapValues { $0.min() }
        let waiting = try connection.query(
            "select lane, min(position) from projection.waiting where projection = any($1) group by lane",
            [.textArray(ProjectionSchemas.names)])
        for row in waiting {
            if let position = least[row.int16(0)] { least[row.int16(0)] = min(position, row.int64(1) - 1) }
        }
        return least
    }
}
