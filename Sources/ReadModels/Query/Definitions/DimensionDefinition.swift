/// A column of the visit that rows can be grouped and filtered by. The raw value is its place in the columns.
package enum VisitColumn: Int, CaseIterable, Sendable {
    case source, channel, referrer, utmSource, utmMedium, utmCampaign, utmContent, utmTerm
    case entryPage, exitPage, device, browser, os, country
    case visitorKind, returning
}

/// A column of an order's ledger that rows can be grouped and filtered by.
package enum OrderColumn: CaseIterable, Sendable {
    case product, variant, customerType, currency, source
}

/// Length of a time bucket.
package enum TimeUnit: String, CaseIterable, Sendable {
    case hour, day, week, month
}

/// One dimension: what it is called, what it means, where its values come from. The only place that says so.
package struct DimensionDefinition: Sendable, Hashable {
    /// Where the values come from.
    package enum Source: Sendable, Hashable {
        case time(TimeUnit)
        case visit(VisitColumn)
        /// The value of `dimension` in `event_bucket`.
        case event(String)
        case order(OrderColumn)
        /// Needs a read model that is not there.
        case none
    }

    /// The name in queries and answers, with its grain: `visit:source`.
    package let name: String
    /// Type of the cells: `text`, `boolean`, `date`, `hour`, `week`, `month`.
    package let type: String
    /// The definition for people.
    package let text: String
    /// Where the values come from.
    package let source: Source

    init(_ name: String, _ type: String, _ source: Source, _ text: String) {
        self.name = name
        self.type = type
        self.source = source
        self.text = text
    }

    /// `time`, `visit`, `event` or `order`.
    package var grain: String { String(name.prefix { $0 != ":" }) }

    /// The unit of a time dimension.
    package var timeUnit: TimeUnit? {
        if case .time(let unit) = source { return unit }
        return nil
    }

    /// The column of a visit dimension.
    package var visitColumn: VisitColumn? {
        if case .visit(let column) = source { return column }
        return nil
    }

    /// The name of an event dimension in `event_bucket`.
    package var eventName: String? {
        if case .event(let name) = source { return name }
        return nil
    }

    /// The column of an order dimension.
    package var orderColumn: OrderColumn? {
        if case .order(let column) = source { return column }
        return nil
    }
}
