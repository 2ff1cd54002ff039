internal import EventModel
internal import Postgres

/// Answers queries with an event dimension from `pages.event_bucket`.
struct EventScan {
    private let query: AnalyticsQuery
    private let dimension: DimensionDefinition
    private let key: ShopKey
    private let grid: TimeGrid

    init(_ query: AnalyticsQuery, _ dimension: DimensionDefinition, over range: ReportRange, _ key: ShopKey) {
        self.query = query
        self.dimension = dimension
        self.key = key
        self.grid = TimeGrid(slots: range.slots(in: query.zone), unit: query.timeUnit, zone: query.zone)
    }

    func run(_ connection: PostgresConnection) throws -> GroupedTallies {
        var filter = SQLFilter(after: [
            .int2(key.lane), .int4(key.shop), .text(dimension.eventName ?? ""),
            .timestamp(grid.slots.lowerBound * Slot.millis), .timestamp(grid.slots.upperBound * Slot.millis),
            .timestampArray(grid.starts),
        ])
        let condition = filter.sql(query.filter)
        let sql = """
            SELECT \(isGrouped ? "value" : "''::text"), width_bucket(bucket, $6) - 1, sum(events)::int8,
                sum(pageviews)::int8, sum(product_views)::int8, sum(add_to_carts)::int8, sum(checkouts)::int8,
                sum(purchases)::int8
            FROM pages.event_bucket
            WHERE lane = $1 AND shop_id = $2 AND dimension = $3 AND bucket >= $4 AND bucket < $5
                AND \(bots) AND \(condition)
            GROUP BY 1, 2 LIMIT \(QueryLimits.cellsMax + 1)
            """
        let rows = try connection.query(sql, filter.parameters)
        guard rows.count <= QueryLimits.cellsMax else { throw Grouping.tooMany }
        return tallies(rows)
    }

    private var isGrouped: Bool { query.dimensions.contains(dimension) }

    private var bots: String {
        switch query.bots {
        case .exclude: "NOT bot"
        case .include: "true"
        case .only: "bot"
        }
    }

    private func tallies(_ rows: PostgresResult) -> GroupedTallies {
        var groups: [String: Int] = isGrouped ? [:] : ["": 0]
        var values: [String?] = isGrouped ? [] : [nil]
        for row in rows where groups[row.text(0)] == nil {
            groups[row.text(0)] = values.count
            values.append(row.text(0).isEmpty ? nil : row.text(0))
        }
        let width = grid.labels.count
        var tallies: [Tally: [Int64]] = [:]
        for tally in query.tallies { tallies[tally] = Array(repeating: 0, count: values.count * width) }
        for row in rows {
            let cell = (groups[row.text(0)] ?? 0) * width + Int(row.int32(1))
            for (index, tally) in Tally.activity.enumerated() { tallies[tally]?[cell] = row.int64(2 + index) }
        }
        let (found, known) = (tallies, values)
        let dimension = GroupDimension(known.indices.map { UInt32($0) }) { known[$0] }
        return GroupedTallies(
            dimensions: isGrouped ? [dimension] : [], groupCount: known.count, labels: grid.labels, tallies: found,
            totals: found.mapValues { $0.reduce(0, +) },
            recount: { kept in found.mapValues { zip($0, kept).reduce(0) { $1.1 ? $0 + $1.0 : $0 } } })
    }
}
