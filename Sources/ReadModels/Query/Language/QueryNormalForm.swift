/// Writes a query in its one spelling: every default said, every keyword resolved, members in a fixed order.
enum QueryNormalForm {
    static func write(_ query: AnalyticsQuery) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("metrics", query.metrics.map(\.name))
            writer.member("dimensions", query.dimensions.map(\.name))
            writer.member("filters") { write(query.filter, &$0) }
            writer.member("metric_filters") { $0.array(query.metricFilters, metricFilter) }
            writer.member("date_range", query.range.texts)
            writer.member("compare") { comparison(&$0, query) }
            writer.member("timezone", query.zone.identifier)
            writer.member("order_by") { $0.array(query.order) { order(&$0, $1, query) } }
            writer.member("limit", query.limit)
            writer.member("fill", query.fill)
            writer.member("others", query.others)
            writer.member("bots", query.bots.rawValue)
            if query.isOfOrders { writer.member("basis", query.basis.rawValue) }
        }
        return writer.bytes
    }

    private static func comparison(_ writer: inout JSONWriter, _ query: AnalyticsQuery) {
        guard let comparison = query.comparison else { return writer.null() }
        writer.object { writer in
            writer.member("mode", "custom")
            writer.member("date_range", comparison.texts)
        }
    }

    private static func order(_ writer: inout JSONWriter, _ order: QueryOrder, _ query: AnalyticsQuery) {
        let columns = query.dimensions.map(\.name) + query.metrics.map(\.name)
        writer.array([columns[order.column], order.isDescending ? "desc" : "asc"]) { $0.string($1) }
    }

    private static func metricFilter(_ writer: inout JSONWriter, _ filter: MetricFilter) {
        writer.beginArray()
        writer.string(filter.operation.rawValue)
        writer.string(filter.metric.name)
        writer.array(filter.values) { $0.number($1) }
        writer.endArray()
    }

    private static func write(_ node: FilterNode, _ writer: inout JSONWriter) {
        writer.beginArray()
        switch node {
        case .leaf(let leaf):
            writer.string(leaf.operation.rawValue)
            writer.string(leaf.dimension.name)
            writer.array(leaf.values) { $0.string($1) }
        case .all(let nodes), .any(let nodes):
            if case .all = node { writer.string("and") } else { writer.string("or") }
            writer.array(nodes) { write($1, &$0) }
        case .not(let node):
            writer.string("not")
            write(node, &writer)
        case .hasDone(let bits):
            writer.string("has_done")
            writer.beginArray()
            writer.string("is")
            writer.string("event:name")
            writer.array(VisitAction.allCases.filter { $0.rawValue & bits != 0 }) { $0.string($1.eventName) }
            writer.endArray()
        }
        writer.endArray()
    }
}
