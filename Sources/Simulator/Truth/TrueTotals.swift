/// The metrics of one bucket (all, a day, or a value of a dimension).
///
/// Visits, visitors, bounces, conversions and durations belong to the day in which the visit starts; `activity` to the
/// day of each event. In a dimension both go by the visit's value.
package struct TrueCounts: Codable, Sendable, Equatable {
    /// Visits of shoppers.
    package var sessions = 0
    /// Different visitors: `visitorsKnown` and `visitorsDaily`.
    package var visitors = 0
    /// Different visitors with consent, by client id (a logged-in one is one of them).
    package var visitorsKnown = 0
    /// Visitors without consent, one a visit.
    package var visitorsDaily = 0
    /// Visits with fewer than two page views and nothing interactive.
    package var bounces = 0
    /// Visits longer than 10 s, or with two page views, or with a purchase or a lead.
    package var engagedSessions = 0
    /// Visits with a completed checkout.
    package var conversions = 0
    /// Different visitors with a completed checkout.
    package var convertedVisitors = 0
    /// Visits with a lead.
    package var sessionsWithLead = 0
    /// Calls of the lead route during the visits that start here, repeats of a handle included.
    package var leadsOfSessions = 0
    /// The part of `leadsOfSessions` that gives a handle for the first time.
    package var newLeadsOfSessions = 0
    /// Last event minus first, summed over all visits, zeros included.
    package var durationSumMillis: Int64 = 0
    /// The median of the same, the mean of the middle two where the count is even; 0 without visits.
    package var durationMedianMillis = 0.0
    /// What happened, by the time of each event.
    package var activity = TrueActivity()

    /// Nothing.
    package init() {}
}

/// What the merchant's books hold, from the plan's orders; money in minor units of the shop's currency.
package struct TrueOrders: Codable, Sendable, Equatable {
    /// Orders placed.
    package var orders = 0
    /// Goods sold.
    package var units = 0
    /// Price times quantity, before discount, tax and shipping.
    package var grossSales = 0
    /// Discounts, positive.
    package var discounts = 0
    /// Goods sent back after discount, before tax, positive; on the day of the refund.
    package var returns = 0
    /// Tax of the orders less the tax of the returns.
    package var taxes = 0
    /// Shipping paid.
    package var shipping = 0
    /// Refunds made, on the day of the refund.
    package var refunds = 0
    /// Orders that are the first of their customer.
    package var newCustomers = 0
    /// Orders by `source_name`.
    package var bySource: [String: Int] = [:]

    /// Gross less discounts less returns.
    package var netSales: Int { self.grossSales - self.discounts - self.returns }
    /// Net, taxes and shipping.
    package var totalSales: Int { self.netSales + self.taxes + self.shipping }
}

/// The true totals of a plan, as JSON beside the traffic that they describe.
package struct TrueTotals: Codable, Sendable, Equatable {
    /// The plan's seed.
    package var seed: UInt64
    /// The shop's domain.
    package var shop: String
    /// The zone of the days.
    package var timezone: String
    /// The currency of the orders.
    package var currency: String
    /// The first and the last day, both inside.
    package var firstDay: String
    /// See `firstDay`.
    package var lastDay: String
    /// Shoppers, crawlers left out.
    package var total = TrueCounts()
    /// The same by day of the shop; every day of the plan is there.
    package var days: [String: TrueCounts] = [:]
    /// The same by dimension (`visit:channel`, ...) and value; an empty value means none.
    package var dimensions: [String: [String: TrueCounts]] = [:]
    /// Page views of shoppers by path; all pages of checkouts are `/checkouts/…`.
    package var pages: [String: Int] = [:]
    /// Events of shoppers by name, the widget's included.
    package var eventNames: [String: Int] = [:]
    /// Events of shoppers by dimension of the event (`event:product`, ...) and value; one of several products counts for
    /// each.
    package var eventValues: [String: [String: TrueActivity]] = [:]
    /// Crawlers, apart.
    package var bots = TrueCounts()
    /// Crawlers by day.
    package var botDays: [String: TrueCounts] = [:]
    /// All orders of the plan.
    package var orders = TrueOrders()
    /// The same by day: orders on the day they are placed, returns on the day of the refund.
    package var orderDays: [String: TrueOrders] = [:]
    /// The same by dimension of the order (`order:product`, ...) and value; an empty value means none.
    package var orderDimensions: [String: [String: TrueOrders]] = [:]
    /// Different webhooks by topic.
    package var webhooks: [String: Int] = [:]
    /// What is sent for all this.
    package var sent = TrueSent()
    /// What the server said to it; nil until it has been sent.
    package var delivery: DeliveryReport?

    mutating func add(webhooks: [PlannedWebhook]) {
        for webhook in webhooks { self.webhooks[webhook.topic.rawValue, default: 0] += 1 }
    }

    mutating func add(orders: [PlannedOrder], calendar: ShopCalendar) {
        for order in orders {
            var sold = TrueOrders()
            sold.orders = 1
            sold.units = order.units
            sold.grossSales = order.gross
            sold.discounts = order.discounts
            sold.taxes = order.tax
            sold.shipping = order.shipping
            sold.newCustomers = order.isNewCustomer ? 1 : 0
            sold.bySource = [order.sourceName: 1]
            self.add(sold, at: order.time, calendar)
            guard let refund = order.refund else { continue }
            var back = TrueOrders()
            back.refunds = 1
            back.returns = order.lines[refund.line].net
            back.taxes = -order.lines[refund.line].tax
            self.add(back, at: refund.time, calendar)
        }
    }

    private mutating func add(_ part: TrueOrders, at time: Int64, _ calendar: ShopCalendar) {
        self.orders += part
        guard let day = calendar.dayIndex(of: time) else { return }
        self.orderDays[calendar.days[day].label, default: TrueOrders()] += part
    }
}

extension TrueOrders {
    static func += (sum: inout TrueOrders, part: TrueOrders) {
        sum.orders += part.orders
        sum.units += part.units
        sum.grossSales += part.grossSales
        sum.discounts += part.discounts
        sum.returns += part.returns
        sum.taxes += part.taxes
        sum.shipping += part.shipping
        sum.refunds += part.refunds
        sum.newCustomers += part.newCustomers
        sum.bySource.merge(part.bySource, uniquingKeysWith: +)
    }
}
