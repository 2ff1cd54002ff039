internal import EventModel
internal import Postgres

/// Answers queries with an event dimension from `pages.event_count`. An event with several values is in the row of each of
/// them, and once in every total; one without a value is in the row of null.
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
        let value = isOfMany ? "member.value" : "value"
        var filter = SQLFilter(
            after: [
                .int2(key.lane), .int4(key.shop), .text(dimension.eventName ?? ""),
                .timestamp(grid.slots.lowerBound * Slot.millis), .timestamp(grid.slots.upperBound * Slot.millis),
                .timestampArray(grid.starts),
            ], column: { _ in value })
        let condition = filter.sql(query.filter)
        let rows = try connection.query(
            "WITH kept AS (\(kept)) \(isGrouped ? grouped(condition) : summed(condition))"
                + " LIMIT \(QueryLimits.cellsMax + 1)",
            filter.parameters)
        guard rows.count <= QueryLimits.cellsMax else { throw Grouping.tooMany }
        return EventTallies(rows, isGrouped: isGrouped, isOfMany: isOfMany).grouped(query.tallies, grid.labels)
    }

    private var isGrouped: Bool { query.dimensions.contains(dimension) }

    private var isOfMany: Bool {
        EventDimension.allCases.contains { $0.isOfMany && $0.name == dimension.eventName }
    }

    private var bots: String {
        switch query.bots {
        case .exclude: "NOT bot"
        case .include: "true"
        case .only: "bot"
        }
    }

    // MARK: Statement

    private static let counts = ["events", "pageviews", "product_views", "add_to_carts", "checkouts", "purchases"]
    private static let sums = counts.map { "sum(\($0))::int8 AS \($0)" }.joined(separator: ", ")

    /// Each set of values in each bucket. Every event has a name: what the dimension's rows lack of those has no value.
    private var kept: String {
        let rows = """
            FROM pages.event_count WHERE lane = $1 AND shop_id = $2 AND bucket >= $4 AND bucket < $5 AND \(bots)
            """
        let valued = """
            SELECT value, width_bucket(bucket, $6) - 1 AS place, \(Self.sums) \(rows) AND dimension = $3 GROUP BY 1, 2
            """
        let named = EventDimension.name.name
        if dimension.eventName == named { return valued }
        let rest = Self.counts.map { "sum(CASE dimension WHEN '\(named)' THEN \($0) ELSE -\($0) END)::int8 AS \($0)" }
        return """
            \(valued) UNION ALL SELECT '', width_bucket(bucket, $6) - 1, \(rest.joined(separator: ", ")) \(rows)
                AND dimension IN ('\(named)', $3) GROUP BY 2
            """
    }

    /// The members of a set; what has no value has one that is empty.
    private static let members = """
        unnest(CASE s.value WHEN '' THEN ARRAY[''] ELSE string_to_array(s.value, chr(\(EventDimension.separator.value))) END)
        """

    /// A row for each member, with the number of its set.
    private func grouped(_ condition: String) -> String {
        let counts = Self.counts.joined(separator: ", ")
        guard isOfMany else { return "SELECT value, place, 0::int8, \(counts) FROM kept WHERE \(condition)" }
        return """
            SELECT member.value, place, number, \(counts)
            FROM (SELECT row_number() OVER () AS number, * FROM kept) s, \(Self.members) AS member (value)
            WHERE \(condition)
            """
    }

    private func summed(_ condition: String) -> String {
        let isMet =
            isOfMany
            ? "EXISTS (SELECT FROM \(Self.members) AS member (value) WHERE \(condition))"
            : condition
        return "SELECT '', place, 0::int8, \(Self.sums) FROM kept s WHERE \(isMet) GROUP BY 2"
    }
}
