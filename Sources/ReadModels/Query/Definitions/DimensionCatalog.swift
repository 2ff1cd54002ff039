/// All dimensions of the query language; an unknown value is null everywhere.
package enum DimensionCatalog {
    /// Every dimension in the contract's order.
    package static let all: [DimensionDefinition] = time + visit + event + order + later

    /// The dimension of that name.
    package static func dimension(named name: String) -> DimensionDefinition? { byName[name] }

    /// Names that a query may group by now.
    package static let availableNames = all.filter { $0.source != .none }.map(\.name)

    /// Names that a filter may use now; time is given by `date_range`.
    package static let filterNames = all.filter {
        $0.visitColumn != nil || $0.eventName != nil || $0.orderColumn != nil
    }.map(\.name)

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    private static let time: [DimensionDefinition] = [
        .init("time:hour", "hour", .time(.hour), "Hour of the zone's clock, `2026-11-20T13:00+01:00`."),
        .init("time:day", "date", .time(.day), "Day of the zone, `2026-11-20`."),
        .init("time:week", "week", .time(.week), "Week from Monday to Sunday, named by its Monday."),
        .init("time:month", "month", .time(.month), "Month of the zone, `2026-11`."),
    ]

    private static let visit: [DimensionDefinition] = [
        .init(
            "visit:source", "text", .visit(.source),
            "Where the visit came from: `utm_source` in lower case, else the name of a known site, else the referrer's "
                + "host; `(direct)` is from nowhere known."),
        .init("visit:channel", "text", .visit(.channel), "Channel by the default channel group's rules."),
        .init("visit:referrer", "text", .visit(.referrer), "Host of the external referrer; null is none."),
        .init("visit:utm_source", "text", .visit(.utmSource), "`utm_source` of the entry; null is none."),
        .init("visit:utm_medium", "text", .visit(.utmMedium), "`utm_medium` of the entry; null is none."),
        .init("visit:utm_campaign", "text", .visit(.utmCampaign), "`utm_campaign` of the entry; null is none."),
        .init("visit:utm_content", "text", .visit(.utmContent), "`utm_content` of the entry; null is none."),
        .init("visit:utm_term", "text", .visit(.utmTerm), "`utm_term` of the entry; null is none."),
        .init("visit:entry_page", "text", .visit(.entryPage), "Path of the first page; null is unknown."),
        .init("visit:exit_page", "text", .visit(.exitPage), "Path of the last page; null is unknown."),
        .init("visit:device", "text", .visit(.device), "desktop, mobile, tablet, bot or other; null is unknown."),
        .init("visit:browser", "text", .visit(.browser), "Browser family; null is unknown."),
        .init("visit:os", "text", .visit(.os), "Family of the operating system; null is unknown."),
        .init("visit:country", "text", .visit(.country), "Two letters of ISO 3166; null is unknown."),
        .init(
            "visit:visitor_kind", "text", .visit(.visitorKind),
            "What the session itself tells: client (with consent), daily (without consent, counted by day) or customer "
                + "(logged in). A customer's sessions without a login are of kind client."),
        .init(
            "visit:returning", "boolean", .visit(.returning),
            "True where the visitor, who is whom `visitors` counts, had a session before, in any browser of a customer. "
                + "Filters also take \"returning\" and \"new\"."),
    ]

    private static let event: [DimensionDefinition] = [
        .init("event:page", "text", .event("page"), "Path of the page on which the event happened; null is none."),
        .init("event:name", "text", .event("name"), "The event's name."),
        .init(
            "event:product", "text", .event("product"),
            "The product of the event; one of several products counts for each and once in totals. Null is none."),
        .init("event:variant", "text", .event("variant"), "The product variant of the event; as `event:product`."),
        .init("event:collection", "text", .event("collection"), "The collection of the event; null is none."),
        .init("event:search_term", "text", .event("search_term"), "What was searched for; null is nothing."),
    ]

    private static let order: [DimensionDefinition] = [
        .init(
            "order:product", "text", .order(.product),
            "Id of the product sold; null for what belongs to no product, such as shipping."),
        .init("order:variant", "text", .order(.variant), "Id of the variant sold; null for what belongs to none."),
        .init(
            "order:customer_type", "text", .order(.customerType),
            "`new` for a customer's first order, `returning` for later ones; null for a guest's."),
        .init("order:currency", "text", .order(.currency), "The shop's currency when it was ordered, ISO 4217."),
        .init("order:source", "text", .order(.source), "Where Shopify says the order was made: web, pos, an app's id."),
    ]

    private static let later: [DimensionDefinition] = [
        "channel", "match", "reason",
    ].map { DimensionDefinition("order:\($0)", "text", .none, "Not available yet: its read model is still to come.") }
}
