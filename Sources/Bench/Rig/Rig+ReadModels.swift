internal import EventModel
internal import Postgres

extension Rig {
    /// Every read model, each in a schema of its name.
    static let readModels = ["carts", "customers", "leads", "orders", "pages", "products", "sessions", "shops"]

    /// Position that all read models of a lane have reached.
    func projected(_ lane: Lane) async throws -> Position {
        let each = Self.readModels.map {
            "select coalesce(max(position), 0) as p from \($0).checkpoint where lane = $1"
        }
        let sql = "select min(p) from (\(each.joined(separator: " union all "))) each"
        return try await postgres.run { try $0.query(sql, [.int2(lane)])[0].int64(0) }
    }

    /// True when all read models of all lanes are at the log's head.
    func isProjected() async throws -> Bool {
        let checks = Self.readModels.map {
            "coalesce((select position from \($0).checkpoint where lane = head.lane), 0) >= head.position"
        }
        let sql = """
            select coalesce(bool_and(\(checks.joined(separator: " and "))), true)
            from (select lane, max(first_position + event_count - 1) as position from log.batch group by lane) head
            """
        return try await postgres.run { try $0.query(sql)[0].bool(0) }
    }
}
