/// All metrics of the query language. Parser, engine, metadata and documents read this table and nothing else.
package enum MetricCatalog {
    /// The version of every definition below; a change of meaning is a new version.
    package static let version = "2026-11"

    /// Every metric in the contract's order.
    package static let all: [MetricDefinition] = visits + events + orders + later

    /// The metric of that name.
    package static func metric(named name: String) -> MetricDefinition? { byName[name] }

    /// Names that a query may use now.
    package static let availableNames = all.filter { $0.measure != nil }.map(\.name)

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    private static let visits: [MetricDefinition] = [
        .init(
            "visitors", "visitors", .count(.visitors),
            "Distinct visitors of the sessions that start in the period. A customer whom sessions name is one, in any browser "
                + "and before the login too; all others are their browser's, or without consent their day's."),
        .init(
            "sessions", "sessions", .count(.sessions),
            "Visits that start in the period; 30 minutes without an event end one."),
        .init("views_per_session", "ratio", .ratio(.pageviews, .sessions), "Page views in the period over sessions."),
        .init(
            "bounce_rate", "ratio", .ratio(.bounced, .sessions),
            "Sessions with fewer than two page views and no interactive event, over sessions."),
        .init(
            "engaged_sessions", "sessions", .count(.engaged),
            "Sessions longer than 10 seconds, or with two page views or more, or with a key event."),
        .init("engagement_rate", "ratio", .ratio(.engaged, .sessions), "Engaged sessions over sessions."),
        .init(
            "visit_duration", "seconds", .meanSeconds(.durationMillis, per: .sessions),
            "Mean time from a session's first to its last event, sessions of zero seconds included."),
        .init(
            "visit_duration_median", "seconds", .medianSeconds(.durationMedianTwice),
            "Median time from a session's first to its last event: the mean of the middle two."),
        .init(
            "session_conversion_rate", "ratio", .ratio(.converted, .sessions),
            "Sessions with a completed checkout over sessions."),
        .init(
            "visitor_conversion_rate", "ratio", .ratio(.convertedVisitors, .visitors),
            "Visitors with a completed checkout over visitors."),
        .init(
            "leads", "leads", .count(.leads),
            "People who left an e-mail or a phone, each once: in the session in which they did first."),
        .init(
            "lead_rate", "ratio", .ratio(.withLead, .sessions),
            "Sessions in which an e-mail or a phone was left, over sessions."),
    ]

    private static let events: [MetricDefinition] = [
        .init("pageviews", "events", .count(.pageviews), "Page views by their own time."),
        .init("events", "events", .count(.events), "Events of every kind by their own time."),
        .init("product_views", "events", .count(.productViews), "Product views by their own time."),
        .init("add_to_carts", "events", .count(.addToCarts), "Products added to a cart, by the event's own time."),
        .init("checkouts", "events", .count(.checkouts), "Checkouts started, by the event's own time."),
        .init("purchases", "events", .count(.purchases), "Checkouts completed, by the event's own time."),
    ]

    private static let orders: [MetricDefinition] = [
        .init(
            "orders", "orders", .count(.orders),
            "Orders by the day they were processed; test and deleted ones are out, cancelled and unpaid ones in."),
        .init(
            "units", "units", .count(.units), "Units ordered, and added or removed by edits; returns do not count."),
        .init(
            "gross_sales", "money", .money(.grossSales),
            "Price times quantity before discounts, taxes and shipping, without any tax that the price includes."),
        .init("discounts", "money", .money(.discounts), "Discounts of the positions, before tax."),
        .init(
            "returns", "money", .money(.returns),
            "What refunds and cancellations returned, before tax: on their own day, or with `basis` order on the order's."
        ),
        .init("net_sales", "money", .money(.netSales), "Gross sales less discounts less returns."),
        .init("taxes", "money", .money(.taxes), "Taxes less those returned."),
        .init("shipping", "money", .money(.shipping), "Shipping charges less their discounts and those returned."),
        .init("total_sales", "money", .money(.totalSales), "Net sales plus taxes, shipping and duties."),
        .init(
            "aov_gross", "money", .moneyRatio(.soldSales, .orders), "Gross sales less discounts, over orders."),
        .init("aov_net", "money", .moneyRatio(.netSales, .orders), "Net sales over orders, as of the answer's state."),
        .init(
            "new_customers", "customers", .count(.newCustomers),
            "Customers whose first order of all is in the period; guests are not customers."),
    ]

    private static let later: [MetricDefinition] = [
        "carts", "abandoned_carts", "abandoned_value", "recovered_carts",
        "recovered_value", "coverage",
    ].map { MetricDefinition($0, "", nil, "Not available yet: its read model is still to come.") }
}
