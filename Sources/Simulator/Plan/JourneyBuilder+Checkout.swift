/// From the cart to the thank-you page, or to where the shopper gives up.
extension JourneyBuilder {
    /// Goes through the checkout; where it does not complete, it stops at one of its steps.
    mutating func checkOut(completes: Bool) {
        self.session.checkoutToken = self.world.token(IDKind.checkout, UInt64(self.session.number))
        self.session.discountPercent = self.random.chance(0.15) ? 10 : 0
        let path = "/checkouts/cn/\(self.session.cartToken)"
        self.open(path, title: "Checkout")
        self.record(.checkoutStarted, .none, withCart: true)
        if self.random.chance(0.1) {
            // Every entry into the checkout starts it again.
            self.openCart()
            self.open(path, title: "Checkout")
            self.record(.checkoutStarted, .none, withCart: true)
        }
        let steps: [PlannedKind] = [.contactSubmitted, .addressSubmitted, .shippingSubmitted, .paymentSubmitted]
        for kind in steps.prefix(completes ? 4 : self.random.below(5)) {
            if self.random.chance(0.12) { self.record(.inputChanged, .short) }
            if self.random.chance(0.06) { self.record(.alertDisplayed, .short) }
            self.record(kind, .short, withCart: true)
        }
        if completes { self.buy(path) }
    }

    private mutating func buy(_ path: String) {
        let isSeen = !self.random.chance(0.07)
        let gateway = self.random.chance(0.3) ? self.random.pick(Campaign.paymentReferrers) : nil
        self.place(self.visitor.cart, at: self.now + self.random.within(200...1_400), gateway: gateway)
        defer {
            self.visitor.cart = []
            self.visitor.cartToken = ""
        }
        // The thank-you page that never loads: the order exists, the pixel never saw it.
        guard isSeen else { return }
        if self.session.showsPersonalData { self.session.customerID = self.order?.customerID }
        self.open("\(path)/thank-you", title: "Thank you", referrer: gateway)
        self.record(.checkoutCompleted, .none, withCart: true)
        guard self.random.chance(0.2) else { return }
        for _ in 0..<(1 + self.random.below(2)) { self.browse() }
    }

    /// The order as the merchant's books have it; numbered by the planner.
    private mutating func place(_ goods: [CartLine], at time: Int64, gateway: String?) {
        let number = self.session.number
        var order = PlannedOrder(
            number: number, id: self.world.bigID(IDKind.order, number), time: time,
            lines: self.world.orderLines(goods, order: number, discountPercent: self.session.discountPercent),
            discountPercent: self.session.discountPercent, shipping: self.world.shipping(for: goods),
            person: self.visitor.number,
            customerID: self.world.bigID(IDKind.customer, self.visitor.number),
            isNewCustomer: !self.visitor.hasOrdered, sourceName: "web", place: self.session.place,
            gateway: gateway == nil ? "shopify_payments" : "paypal")
        order.cartToken = self.session.cartToken
        order.checkoutToken = self.session.checkoutToken
        order.userAgent = self.session.agent.userAgent
        order.landingSite = self.session.pages.first.map { $0.path + $0.search }
        order.referringSite = self.session.pages.first?.referrer
        if self.truth.activity.widgetEvents > 0 { order.clientID = self.session.clientID }
        self.visitor.hasOrdered = true
        self.session.orderID = order.id
        self.order = order
    }
}
