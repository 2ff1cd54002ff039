/// Bounds of what one query may ask; each keeps the work of one request small.
package enum QueryLimits {
    /// More columns than this nobody reads.
    package static let metricsMax = 40
    /// Each further dimension multiplies the groups.
    package static let dimensionsMax = 4
    /// Rows of one answer.
    package static let limitMax: Int64 = 10_000
    /// Rows of an answer that does not say.
    package static let limitDefault: Int64 = 100
    /// Currencies that a message lists; no shop has had more.
    package static let currenciesMax = 20
    /// Conditions in one tree.
    package static let filterNodesMax = 200
    /// Levels of one tree.
    package static let filterDepthMax = 16
    /// Values of one condition.
    package static let filterValuesMax = 500
    /// Regular expressions of one condition: each costs Postgres a pass over all values of the dimension.
    package static let patternsMax = 10
    /// Texts and regular expressions that all conditions of a query together look for inside of values: a pass each, too.
    package static let searchesMax = 50
    /// Bytes of one value.
    package static let valueBytesMax = 1_000
    /// Cells that grouping may open: rows times time buckets. 2 million keep a query under 100 MB.
    package static let cellsMax = 2_000_000
}

/// Which visits count with respect to bots.
package enum BotRule: String, CaseIterable, Sendable {
    case exclude, include, only
}

/// On which day a return counts.
package enum ReturnBasis: String, CaseIterable, Sendable {
    /// On the day it was processed, as in Shopify's own reports.
    case processed
    /// On the order's day.
    case order
}

/// A condition on a metric of a row.
package struct MetricFilter: Sendable, Hashable {
    package let operation: FilterOperator
    package let metric: MetricDefinition
    package let values: [Double]
}

/// One key of the order of rows.
package struct QueryOrder: Sendable, Hashable {
    /// Index among dimensions followed by metrics.
    package let column: Int
    package let isDescending: Bool
}

/// A query that can be answered: every name resolved, every combination checked.
package struct AnalyticsQuery: Sendable, Hashable {
    package var metrics: [MetricDefinition] = []
    package var dimensions: [DimensionDefinition] = []
    package var filter: FilterNode = .all([])
    package var metricFilters: [MetricFilter] = []
    package var range: ReportRange
    /// The period to compare with.
    package var comparison: ReportRange?
    package var zone: Zone
    package var order: [QueryOrder] = []
    package var limit = QueryLimits.limitDefault
    package var fill = false
    package var others = false
    package var bots = BotRule.exclude
    package var basis = ReturnBasis.processed
    /// Where it was understood otherwise than it was said.
    package var warnings: [String] = []
    /// The query as it was understood, in one spelling; equal queries have equal forms.
    package var normalForm: [UInt8] = []

    /// The event dimension of a query of that grain.
    package var eventDimension: DimensionDefinition? {
        dimensions.first { $0.eventName != nil } ?? filter.leaves.map(\.dimension).first { $0.eventName != nil }
    }

    /// A query about orders: it is answered from their ledger.
    package var isOfOrders: Bool {
        metrics.first?.isOfOrders == true || dimensions.contains { $0.orderColumn != nil }
            || filter.leaves.contains { $0.dimension.orderColumn != nil }
    }

    /// The read model that answers it.
    package var model: String { isOfOrders ? "orders" : eventDimension == nil ? "sessions" : "pages" }

    /// Columns of visits that its rows and its filter look at.
    var visitColumns: Set<VisitColumn> { Set((dimensions + filter.leaves.map(\.dimension)).compactMap(\.visitColumn)) }

    /// The unit of its time dimension.
    package var timeUnit: TimeUnit? { dimensions.lazy.compactMap(\.timeUnit).first }

    /// The tallies that its metrics need.
    package var tallies: Set<Tally> { Set(metrics.flatMap { $0.measure?.tallies ?? [] }) }
}
