/// The catalogs as an answer: every metric and dimension with its meaning and what it can be combined with.
package enum Metadata {
    /// The answer's JSON; the same until the definitions change.
    package static let json: [UInt8] = {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("definitions", MetricCatalog.version)
            writer.member("metrics") { $0.array(MetricCatalog.all, metric) }
            writer.member("dimensions") { $0.array(DimensionCatalog.all, dimension) }
            writer.member("filters") { filters(&$0) }
            writer.member("date_ranges", ReportRange.keywords)
            writer.member("unknown") { $0.string("A value that is not known is null; filters take null for it.") }
            writer.member("rows") {
                $0.string("A row whose numbers are all zero is left out, except with `fill` or without dimensions.")
            }
            writer.member("limits") { limits(&$0) }
        }
        return writer.bytes
    }()

    private static func metric(_ writer: inout JSONWriter, _ metric: MetricDefinition) {
        writer.object { writer in
            writer.member("name", metric.name)
            writer.member("type", metric.measure?.type)
            writer.member("unit", metric.unit.isEmpty ? nil : metric.unit)
            writer.member("definition", metric.text)
            writer.member("version", MetricCatalog.version)
            writer.member("available", metric.measure != nil)
            writer.member("additive", metric.isAdditive)
            writer.member("grains", grains(metric))
        }
    }

    private static func grains(_ metric: MetricDefinition) -> [String] {
        guard metric.measure != nil else { return [] }
        if metric.isOfOrders { return ["time", "order"] }
        return metric.isOfEvents ? ["time", "visit", "event"] : ["time", "visit"]
    }

    private static func dimension(_ writer: inout JSONWriter, _ dimension: DimensionDefinition) {
        let metrics = MetricCatalog.all.filter { metric in
            switch dimension.source {
            case .none: false
            case .time: metric.measure != nil
            case .visit: metric.measure != nil && !metric.isOfOrders
            case .event: metric.isOfEvents
            case .order: metric.isOfOrders
            }
        }
        writer.object { writer in
            writer.member("name", dimension.name)
            writer.member("type", dimension.type)
            writer.member("grain", dimension.grain)
            writer.member("definition", dimension.text)
            writer.member("available", dimension.source != .none)
            writer.member("filterable", DimensionCatalog.filterNames.contains(dimension.name))
            writer.member("metrics", metrics.map(\.name))
            writer.member("combines_with", combinations(dimension))
        }
    }

    private static func combinations(_ dimension: DimensionDefinition) -> [String] {
        let others = DimensionCatalog.all.filter { $0 != dimension && $0.source != .none }
        switch dimension.source {
        case .none: return []
        case .event: return others.filter { $0.timeUnit != nil }.map(\.name)
        case .visit: return others.filter { $0.timeUnit != nil || $0.visitColumn != nil }.map(\.name)
        case .order: return others.filter { $0.timeUnit != nil || $0.orderColumn != nil }.map(\.name)
        case .time: return others.filter { $0.timeUnit == nil }.map(\.name)
        }
    }

    private static func filters(_ writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("operators", FilterOperator.allCases.map(\.rawValue))
            writer.member("combine", ["and", "or", "not"])
            writer.member("contains") { $0.string("Finds a part of the text, in any case.") }
            writer.member("matches") { $0.string("A POSIX regular expression as PostgreSQL has it.") }
            writer.member("has_done", VisitAction.allCases.map(\.eventName))
            writer.member("bots", BotRule.allCases.map(\.rawValue))
        }
    }

    private static func limits(_ writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("metrics", Int64(QueryLimits.metricsMax))
            writer.member("dimensions", Int64(QueryLimits.dimensionsMax))
            writer.member("limit_default", QueryLimits.limitDefault)
            writer.member("limit_max", QueryLimits.limitMax)
            writer.member("days", ReportRange.daysMax)
            writer.member("time_step_seconds", Slot.seconds)
        }
    }
}
