extension QueryParser {
    /// One query has dimensions and filters of one grain, and metrics that this grain has.
    func checkGrain() throws(QueryProblem) {
        if query.isOfOrders { return try checkOrders() }
        for (index, metric) in query.metrics.enumerated() where metric.isOfOrders {
            throw QueryProblem(
                at: "/metrics/\(index)",
                "`\(metric.name)` is about orders and cannot be combined with `\(query.metrics[0].name)`.",
                allowed: MetricCatalog.all.filter { $0.measure != nil && !$0.isOfOrders }.map(\.name))
        }
        guard let event = query.eventDimension else { return }
        for (index, dimension) in query.dimensions.enumerated() where dimension.timeUnit == nil && dimension != event {
            throw QueryProblem(
                at: "/dimensions/\(index)", "`\(dimension.name)` cannot be combined with `\(event.name)`.",
                allowed: DimensionCatalog.all.filter { $0.timeUnit != nil }.map(\.name))
        }
        for leaf in query.filter.leaves where leaf.dimension != event {
            throw QueryProblem(
                at: leaf.pointer, "A filter by `\(leaf.dimension.name)` cannot be combined with `\(event.name)`.",
                allowed: [event.name])
        }
        if query.filter.usesActions {
            throw QueryProblem(
                at: "/filters", "`has_done` is about sessions and cannot be combined with `\(event.name)`.")
        }
        for (index, metric) in query.metrics.enumerated() where !metric.isOfEvents {
            throw QueryProblem(
                at: "/metrics/\(index)",
                "`\(metric.name)` is about sessions and cannot be combined with `\(event.name)`.",
                allowed: MetricCatalog.all.filter(\.isOfEvents).map(\.name))
        }
    }

    /// Order metrics have time and order dimensions.
    private func checkOrders() throws(QueryProblem) {
        for (index, metric) in query.metrics.enumerated() where !metric.isOfOrders {
            throw QueryProblem(
                at: "/metrics/\(index)", "`\(metric.name)` cannot be combined with what is about orders.",
                allowed: MetricCatalog.all.filter(\.isOfOrders).map(\.name))
        }
        let fitting = DimensionCatalog.all.filter { $0.timeUnit != nil || $0.orderColumn != nil }
        for (index, dimension) in query.dimensions.enumerated() where !fitting.contains(dimension) {
            throw QueryProblem(
                at: "/dimensions/\(index)", "`\(dimension.name)` cannot be combined with what is about orders.",
                allowed: fitting.map(\.name))
        }
        for leaf in query.filter.leaves where leaf.dimension.orderColumn == nil {
            throw QueryProblem(
                at: leaf.pointer, "A filter by `\(leaf.dimension.name)` cannot be combined with what is about orders.",
                allowed: fitting.filter { $0.orderColumn != nil }.map(\.name))
        }
        if query.filter.usesActions {
            throw QueryProblem(
                at: "/filters", "`has_done` is about sessions and cannot be combined with what is about orders.")
        }
    }
}
