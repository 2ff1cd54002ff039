internal import EventModel

/// Reads the JSON of a query strictly: what is unknown or cannot be combined is a problem with a pointer to it.
package struct QueryParser {
    private let context: QueryContext
    var query: AnalyticsQuery

    private static let members = [
        "shop", "metrics", "dimensions", "filters", "metric_filters", "date_range", "compare", "timezone", "basis",
        "attribution", "order_by", "limit", "fill", "others", "bots", "as_of",
    ]

    /// The query that a body asks; throws where it cannot be answered.
    package static func parse(_ body: JSONValue, _ context: QueryContext) throws(QueryProblem) -> AnalyticsQuery {
        guard case .object(let members) = body else {
            throw QueryProblem(at: "", "A query is an object, not \(body.typeName).")
        }
        var parser = QueryParser(context)
        try parser.read(members)
        parser.query.normalForm = QueryNormalForm.write(parser.query)
        return parser.query
    }

    private init(_ context: QueryContext) {
        self.context = context
        self.query = AnalyticsQuery(range: .days(first: 0, last: 0), zone: context.zone)
    }

    private mutating func read(_ members: [String: JSONValue]) throws(QueryProblem) {
        try Self.checkMembers(members, known: Self.members, at: "")
        if let zone = try Self.text(members["timezone"], at: "/timezone") {
            guard let known = Zone(identifier: zone) else {
                throw QueryProblem(at: "/timezone", "\"\(zone)\" is no time zone of the IANA database.")
            }
            query.zone = known
        }
        try readColumns(members)
        try readRange(members)
        var filters = FilterParser()
        query.filter = try filters.tree(members["filters"], at: "/filters")
        try checkModifiers(members)
        query.metricFilters = try filters.metricFilters(members["metric_filters"], query.metrics)
        try checkGrain()
        try readPresentation(members)
    }

    private mutating func readColumns(_ members: [String: JSONValue]) throws(QueryProblem) {
        let names = try Self.names(members["metrics"], at: "/metrics", max: QueryLimits.metricsMax)
        guard !names.isEmpty else {
            throw QueryProblem(at: "/metrics", "Name at least one metric.", allowed: MetricCatalog.availableNames)
        }
        for (index, name) in names.enumerated() {
            query.metrics.append(try Self.metric(name, at: "/metrics/\(index)"))
        }
        let dimensions = try Self.names(members["dimensions"], at: "/dimensions", max: QueryLimits.dimensionsMax)
        for (index, name) in dimensions.enumerated() {
            let dimension = try Self.dimension(name, at: "/dimensions/\(index)", DimensionCatalog.availableNames)
            if dimension.timeUnit != nil, query.timeUnit != nil {
                throw QueryProblem(at: "/dimensions/\(index)", "A query has one time dimension.")
            }
            query.dimensions.append(dimension)
        }
    }

    private mutating func readRange(_ members: [String: JSONValue]) throws(QueryProblem) {
        var reader = RangeReader(today: query.zone.day(at: Slot.containing(context.nowMillis)))
        guard let value = members["date_range"] else {
            throw QueryProblem(
                at: "/date_range", "A query names its period.", allowed: ReportRange.keywords + ["[from, to]"])
        }
        query.range = try reader.range(value, at: "/date_range")
        query.comparison = try reader.comparison(members["compare"], of: query.range)
        query.warnings = reader.warnings
    }

    /// Attribution and the past are refused until they can be computed.
    private mutating func checkModifiers(_ members: [String: JSONValue]) throws(QueryProblem) {
        if let name = try Self.text(members["basis"], at: "/basis") {
            guard let basis = ReturnBasis(rawValue: name) else {
                throw QueryProblem(
                    at: "/basis", "\"\(name)\" is no basis.", allowed: ReturnBasis.allCases.map(\.rawValue))
            }
            // Where no order counts it changes nothing.
            if query.isOfOrders { query.basis = basis }
        }
        if let attribution = members["attribution"], attribution != .null {
            throw QueryProblem(at: "/attribution", "Orders are not attributed to channels yet.")
        }
        switch members["as_of"] {
        case nil, .null?: return
        case .integer(let position)? where position >= context.asOf.position: return
        case .string(let text)?:
            guard let instant = Timestamp.parse(text) else {
                throw QueryProblem(at: "/as_of", "\"\(text)\" is no ISO 8601 time.")
            }
            if instant >= context.asOf.projectedAt { return }
        default: break
        }
        throw QueryProblem(at: "/as_of", "Answers as of the past are not available yet; leave `as_of` out for now.")
    }

    private mutating func readPresentation(_ members: [String: JSONValue]) throws(QueryProblem) {
        // Without a time dimension there is nothing to fill.
        query.fill = try Self.bool(members["fill"], at: "/fill") ?? false && query.timeUnit != nil
        query.others = try Self.bool(members["others"], at: "/others") ?? false
        if let name = try Self.text(members["bots"], at: "/bots") {
            guard let rule = BotRule(rawValue: name) else {
                throw QueryProblem(
                    at: "/bots", "\"\(name)\" is no rule for bots.", allowed: BotRule.allCases.map(\.rawValue))
            }
            query.bots = rule
        }
        query.limit = query.timeUnit == nil ? QueryLimits.limitDefault : QueryLimits.limitMax
        if let limit = members["limit"], limit != .null {
            guard case .integer(let count) = limit, (1...QueryLimits.limitMax).contains(count) else {
                throw QueryProblem(at: "/limit", "A limit is a whole number from 1 to \(QueryLimits.limitMax).")
            }
            query.limit = count
        }
        try query.checkOthers()
        query.order = try Self.order(members["order_by"], query)
    }
}
