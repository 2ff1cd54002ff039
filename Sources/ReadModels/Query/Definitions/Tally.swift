/// A whole number that the engine keeps for each group; every metric is made of one or two of them.
package enum Tally: Int, CaseIterable, Sendable {
    // Counted by the start of the visit.
    case sessions, bounced, engaged, converted, withLead, leads, durationMillis
    // Distinct people among visits, never summed over groups.
    case visitors, convertedVisitors
    // Twice the median, so that the mean of the middle two stays whole.
    case durationMedianTwice
    // Counted by the events' own time.
    case events, pageviews, productViews, addToCarts, checkouts, purchases
    // Counted by the order's own time; an order has several products, so these do not add up over them.
    case orders, newCustomers
    // Sums over the ledger of orders.
    case units, grossSales, discounts, returns, soldSales, netSales, taxes, shipping, totalSales

    /// What has to be read for it.
    package enum Kind: Sendable {
        case visit, distinct, median, activity, orders, sales
    }

    /// What has to be read for it.
    package var kind: Kind {
        switch self {
        case .sessions, .bounced, .engaged, .converted, .withLead, .leads, .durationMillis: .visit
        case .visitors, .convertedVisitors: .distinct
        case .durationMedianTwice: .median
        case .events, .pageviews, .productViews, .addToCarts, .checkouts, .purchases: .activity
        case .orders, .newCustomers: .orders
        case .units, .grossSales, .discounts, .returns, .soldSales, .netSales, .taxes, .shipping, .totalSales: .sales
        }
    }

    /// Tallies of the events' own time, in the order in which activity keeps them.
    package static let activity: [Tally] = [.events, .pageviews, .productViews, .addToCarts, .checkouts, .purchases]

    /// True where the sum over disjoint groups is the tally of their union.
    package var isAdditive: Bool { kind == .visit || kind == .activity || kind == .sales }
}
