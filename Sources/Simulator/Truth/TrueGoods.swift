/// What was looked at, searched for and bought, by the values that the events and orders themselves name.
extension TrueTotals {
    /// Counts the events of visits by their own dimensions (`event:product`, ...). Crawlers are left out.
    mutating func add(goods visits: [(planned: PlannedSession, truth: TrueSession)], _ catalogue: Catalogue) {
        for (planned, truth) in visits where !truth.isBot {
            for event in planned.events {
                let activity = TrueActivity(of: event.kind, isNewLead: false)
                for (dimension, values) in planned.values(of: event, catalogue) {
                    for value in values {
                        eventValues[dimension, default: [:]][value, default: TrueActivity()] += activity
                    }
                }
            }
        }
    }

    /// Counts orders by what they are made of (`order:product`, ...); an empty value means none. An order counts for
    /// each of its products, its shipping for none.
    mutating func add(goods orders: [PlannedOrder], _ catalogue: Catalogue) {
        for order in orders {
            let whole = order.lines.indices.reduce(into: TrueOrders()) { $0 += order.part(of: $1) }
            var paid = TrueOrders()
            paid.shipping = order.shipping
            var sold = whole
            sold += paid
            sold.orders = 1
            sold.newCustomers = order.isNewCustomer ? 1 : 0
            add(sold, "order:customer_type", order.isNewCustomer ? "new" : "returning")
            add(sold, "order:currency", currency)
            for (dimension, value) in [("order:product", catalogue.product), ("order:variant", catalogue.variant)] {
                var lines: [String: TrueOrders] = ["": paid]
                for line in order.lines.indices {
                    lines[value(order.lines[line].variant), default: TrueOrders()] += order.part(of: line)
                }
                for (name, var part) in lines {
                    part.orders = name.isEmpty ? 0 : 1
                    add(part, dimension, name)
                }
            }
        }
    }

    private mutating func add(_ part: TrueOrders, _ dimension: String, _ value: String) {
        orderDimensions[dimension, default: [:]][value, default: TrueOrders()] += part
    }
}

extension PlannedOrder {
    /// One line of it with what was sent back of it, without the order itself.
    fileprivate func part(of line: Int) -> TrueOrders {
        var part = TrueOrders()
        part.units = lines[line].quantity
        part.grossSales = lines[line].gross
        part.discounts = lines[line].discount
        part.taxes = lines[line].tax
        guard let refund, refund.line == line else { return part }
        part.refunds = 1
        part.returns = lines[line].net
        part.taxes -= lines[line].tax
        return part
    }
}

extension PlannedSession {
    /// The values of an event by dimension.
    fileprivate func values(of event: PlannedEvent, _ catalogue: Catalogue) -> [(dimension: String, Set<String>)] {
        switch event.kind {
        case .productViewed, .addedToCart, .removedFromCart: return catalogue.goods([event.variant])
        case .checkoutStarted, .contactSubmitted, .addressSubmitted, .shippingSubmitted, .paymentSubmitted,
            .checkoutCompleted:
            return catalogue.goods(carts[event.cart].map(\.variant))
        case .collectionViewed:
            let path = pages[event.page].path
            let known = catalogue.collections.filter { path == "/collections/\($0.handle)" }
            return [("event:collection", Set(known.map { "\($0.id)" }))]
        case .searchSubmitted:
            // The page's address asks in the way of addresses for what the event tells in plain text.
            let asked = pages[event.page].search.dropFirst(3).prefix { $0 != "&" }
            let term = asked == "%C3%A9t%C3%A9" ? "été" : String(asked).replacing("+", with: " ")
            return [("event:search_term", [term])]
        default: return []
        }
    }
}

extension Catalogue {
    fileprivate func product(_ variant: Int) -> String { "\(products[variants[variant].product].id)" }
    fileprivate func variant(_ variant: Int) -> String { "\(variants[variant].id)" }

    fileprivate func goods(_ variants: [Int]) -> [(dimension: String, Set<String>)] {
        [("event:product", Set(variants.map(product))), ("event:variant", Set(variants.map(variant)))]
    }
}
