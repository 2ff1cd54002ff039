internal import EventModel
internal import Postgres

/// Answers queries about orders from `orders.ledger`: the entries of the period by their index, grouped by the database.
struct OrderScan {
    private let query: AnalyticsQuery
    private let key: ShopKey
    private let grid: TimeGrid

    init(_ query: AnalyticsQuery, over range: ReportRange, _ key: ShopKey) {
        self.query = query
        self.key = key
        self.grid = TimeGrid(slots: range.slots(in: query.zone), unit: query.timeUnit, zone: query.zone)
    }

    func run(_ connection: PostgresConnection) throws -> GroupedTallies {
        var filter = SQLFilter(
            after: [
                .int2(key.lane), .int4(key.shop), .timestamp(grid.slots.lowerBound * Slot.millis),
                .timestamp(grid.slots.upperBound * Slot.millis), .timestampArray(grid.starts),
            ], column: { Self.expression($0.orderColumn) })
        let condition = filter.sql(query.filter)
        let dimensions = columns.map { Self.expression($0) }
        let sums = Self.tallies.map { expression($0.tally, $0.sum) }
        let sql = """
            WITH \(entries)
            SELECT \((dimensions + ["bucket"] + sums).joined(separator: ", ")), min(currency), max(currency)
            FROM entry e\(needsOrders ? " JOIN sold o ON o.id = e.order_id" : "")
            WHERE \(condition)
            GROUP BY GROUPING SETS ((\((dimensions + ["bucket"]).joined(separator: ", "))), ())
            LIMIT \(QueryLimits.cellsMax + 1)
            """
        let rows = try connection.query(sql, filter.parameters)
        guard rows.count <= QueryLimits.cellsMax else { throw Grouping.tooMany }
        var found = tallies(rows)
        // The bounds of each row's currencies tell that there are several, not which.
        if found.currencies.count > 1 {
            let sql = """
                WITH \(entries)
                SELECT DISTINCT currency FROM entry e\(needsOrders ? " JOIN sold o ON o.id = e.order_id" : "")
                WHERE \(condition) ORDER BY currency LIMIT \(QueryLimits.currenciesMax + 1)
                """
            found.currencies = Set(try connection.query(sql, filter.parameters).map { $0.text(0) })
        }
        return found
    }

    // MARK: Statement

    /// What each tally sums over the entries; orders are counted apart.
    private static let tallies: [(tally: Tally, sum: String)] = [
        (.orders, ""), (.newCustomers, ""),
        (.units, "sum(quantity) FILTER (WHERE kind IN ('line', 'edit'))"), (.grossSales, "sum(gross)"),
        (.discounts, "sum(discounts)"), (.returns, "sum(returns)"), (.soldSales, "sum(gross) - sum(discounts)"),
        (.netSales, "sum(gross) - sum(discounts) - sum(returns)"), (.taxes, "sum(taxes)"),
        (.shipping, "sum(shipping)"),
        (
            .totalSales,
            "sum(gross) - sum(discounts) - sum(returns) + sum(taxes) + sum(shipping) + sum(duties)"
        ),
    ]

    private var columns: [OrderColumn] { query.dimensions.compactMap(\.orderColumn) }
    private var used: Set<OrderColumn> {
        Set(columns).union(query.filter.leaves.compactMap(\.dimension.orderColumn))
    }
    private var needsOrders: Bool {
        !used.isDisjoint(with: [.source, .customerType]) || query.tallies.contains(.newCustomers)
    }
    /// An order counts for each product of its lines, and once in all.
    private var isOfLines: Bool { !used.isDisjoint(with: [.product, .variant]) }

    private static func expression(_ column: OrderColumn?) -> String {
        switch column {
        case .product: "product"
        case .variant: "variant"
        case .customerType: "customer_type"
        case .currency: "currency"
        case .source: "source"
        case nil: "''"
        }
    }

    private func expression(_ tally: Tally, _ sum: String) -> String {
        guard query.tallies.contains(tally) else { return "0::int8" }
        guard tally.kind == .orders else { return "coalesce(\(SaturatedSQL.int8(sum)), 0)" }
        let isNew = tally == .newCustomers ? " AND customer_type = 'new'" : ""
        return isOfLines
            ? "count(DISTINCT order_id) FILTER (WHERE kind = 'line'\(isNew))"
            : "count(*) FILTER (WHERE kind = 'order'\(isNew))"
    }

    /// The entries of the period, and what is known of their orders where that is asked.
    private var entries: String {
        let at = query.basis == .order ? "at_order" : "at"
        return """
            entry AS\(needsOrders ? " MATERIALIZED" : "") (
                SELECT order_id, kind, width_bucket(\(at), $5) - 1 AS bucket, coalesce(product_id::text, '') AS product,
                    coalesce(variant_id::text, '') AS variant, currency, quantity, gross, discounts, returns, taxes,
                    shipping, duties
                FROM orders.ledger WHERE lane = $1 AND shop_id = $2 AND \(at) >= $3 AND \(at) < $4)
            """ + (needsOrders ? Self.sold : "")
    }

    private static let sold = """
        , sold AS MATERIALIZED (
            SELECT o.id, o.source_name AS source, CASE WHEN o.customer IS NULL THEN ''
                WHEN EXISTS (SELECT FROM orders.shop_order e WHERE e.lane = $1 AND e.shop_id = $2
                    AND e.customer = o.customer AND (e.ordered_at, e.id) < (o.ordered_at, o.id)
                    AND NOT e.is_test AND NOT e.is_deleted) THEN 'returning' ELSE 'new' END AS customer_type
            FROM orders.shop_order o
            WHERE o.lane = $1 AND o.shop_id = $2 AND o.id IN (SELECT order_id FROM entry))
        """

    // MARK: Result

    /// The row without a bucket has the totals, which hold also where rows do not add up.
    private func tallies(_ rows: PostgresResult) -> GroupedTallies {
        let bucket = columns.count
        var groups: [[String]: Int] = columns.isEmpty ? [[]: 0] : [:]
        var values: [[String]] = columns.isEmpty ? [[]] : []
        for row in rows where !row.isNull(bucket) {
            let value = (0..<bucket).map { row.text($0) }
            if groups.updateValue(groups[value] ?? values.count, forKey: value) == nil { values.append(value) }
        }
        let width = grid.labels.count
        var found: [Tally: [Int64]] = [:]
        var totals: [Tally: Int64] = [:]
        var currencies: Set<String> = []
        for tally in query.tallies { found[tally] = Array(repeating: 0, count: values.count * width) }
        for row in rows {
            let cell = (0..<bucket).map { row.isNull($0) ? "" : row.text($0) }
            for (index, (tally, _)) in Self.tallies.enumerated() where query.tallies.contains(tally) {
                if row.isNull(bucket) {
                    totals[tally] = row.int64(bucket + 1 + index)
                } else {
                    found[tally]?[(groups[cell] ?? 0) * width + Int(row.int32(bucket))] = row.int64(bucket + 1 + index)
                }
            }
            let last = bucket + 1 + Self.tallies.count
            for column in [last, last + 1] where !row.isNull(column) { currencies.insert(row.text(column)) }
        }
        let (counts, known) = (found, values)
        let dimensions = columns.indices.map { place in
            Self.dimension(known.map { $0[place] })
        }
        return GroupedTallies(
            dimensions: dimensions, groupCount: known.count, labels: grid.labels, tallies: counts, totals: totals,
            recount: { kept in counts.mapValues { zip($0, kept).lazy.filter(\.1).map(\.0).saturatedSum() } },
            currencies: currencies)
    }

    private static func dimension(_ values: [String]) -> GroupDimension {
        var codes: [String: UInt32] = [:]
        var texts: [String] = []
        for value in values where codes[value] == nil {
            codes[value] = UInt32(texts.count)
            texts.append(value)
        }
        let known = texts
        return GroupDimension(values.map { codes[$0] ?? 0 }) { known[$0].isEmpty ? nil : known[$0] }
    }
}

extension AnalyticsQuery {
    /// Refuses what would add amounts of several currencies up.
    func checkSums(_ currencies: Set<String>) throws(QueryProblem) {
        let isByCurrency = dimensions.contains { $0.orderColumn == .currency }
        if currencies.count > 1, !isByCurrency, let money = metrics.firstIndex(where: { $0.measure?.isMoney == true }) {
            let listed = currencies.sorted().prefix(QueryLimits.currenciesMax)
            let more = currencies.count > listed.count ? " and more" : ""
            throw QueryProblem(
                at: "/metrics/\(money)",
                "Orders of this period are in several currencies (\(listed.joined(separator: ", "))\(more)"
                    + "), which are never added up: group by `order:currency` or filter by it.",
                allowed: ["order:currency"])
        }
    }

    /// An order counts for each of its products, so what is not shown cannot be told from the rows.
    func checkOthers() throws(QueryProblem) {
        guard others, tallies.contains(where: { $0.kind == .orders }),
            dimensions.contains(where: { $0.orderColumn == .product || $0.orderColumn == .variant })
        else { return }
        throw QueryProblem(at: "/others", "Orders by product have no `others`: one order can have several products.")
    }
}
