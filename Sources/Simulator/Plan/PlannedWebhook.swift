/// A message from Shopify that the plan has decided on.
struct PlannedWebhook: Sendable {
    enum Topic: String, Sendable {
        case cartsCreate = "carts/create"
        case cartsUpdate = "carts/update"
        case checkoutsCreate = "checkouts/create"
        case checkoutsUpdate = "checkouts/update"
        case ordersCreate = "orders/create"
        case ordersPaid = "orders/paid"
        case ordersUpdated = "orders/updated"
        case refundsCreate = "refunds/create"
        case customersCreate = "customers/create"
    }

    /// What the message is about.
    enum Subject: Sendable {
        /// A cart of a session as it was at one of the session's snapshots.
        case cart(session: Int, snapshot: Int)
        /// A checkout of a session as it was at one of the session's snapshots.
        case checkout(session: Int, snapshot: Int, isKnown: Bool)
        /// An order, and whether its refund is in it already.
        case order(Int, isRefunded: Bool)
    }

    let number: Int
    let topic: Topic
    let subject: Subject
    /// When it happened, Unix milliseconds.
    let time: Int64
    /// The messages of one action share this number.
    let action: Int
}

/// Decides which messages the visits and orders set off.
struct WebhookPlanner {
    private(set) var webhooks: [PlannedWebhook] = []
    private var actions: Int
    private let firstNumber: Int

    /// Numbers go on from `firstNumber`, which live traffic uses to plan visit by visit.
    init(firstNumber: Int = 0) {
        self.firstNumber = firstNumber
        self.actions = firstNumber
    }

    /// Carts and checkouts of one visit.
    mutating func plan(_ session: PlannedSession, index: Int) {
        var hasCart = false
        var hasCheckout = false
        for event in session.events where event.cart >= 0 && !event.kind.isWidget {
            let cart = PlannedWebhook.Subject.cart(session: index, snapshot: event.cart)
            let isKnown = event.kind != .checkoutStarted
            let checkout = PlannedWebhook.Subject.checkout(session: index, snapshot: event.cart, isKnown: isKnown)
            switch event.kind {
            case .addedToCart, .removedFromCart:
                self.add(hasCart ? .cartsUpdate : .cartsCreate, cart, at: event.time + 150)
                hasCart = true
            case .checkoutStarted, .contactSubmitted, .shippingSubmitted:
                self.add(hasCheckout ? .checkoutsUpdate : .checkoutsCreate, checkout, at: event.time + 150)
                hasCheckout = true
            default: break
            }
        }
    }

    /// One order: placed, paid, perhaps a new customer, and perhaps a refund later.
    mutating func plan(_ order: PlannedOrder, index: Int) {
        let placed = PlannedWebhook.Subject.order(index, isRefunded: false)
        self.add(.ordersCreate, placed, at: order.time)
        self.join(.ordersPaid, placed, at: order.time)
        if order.isNewCustomer { self.join(.customersCreate, placed, at: order.time) }
        self.add(.ordersUpdated, placed, at: order.time + 2_000)
        guard let refund = order.refund else { return }
        let refunded = PlannedWebhook.Subject.order(index, isRefunded: true)
        self.add(.refundsCreate, refunded, at: refund.time)
        self.join(.ordersUpdated, refunded, at: refund.time)
    }

    private mutating func add(_ topic: PlannedWebhook.Topic, _ subject: PlannedWebhook.Subject, at time: Int64) {
        self.actions += 1
        self.join(topic, subject, at: time)
    }

    /// One more message of the action before.
    private mutating func join(_ topic: PlannedWebhook.Topic, _ subject: PlannedWebhook.Subject, at time: Int64) {
        let number = self.firstNumber + self.webhooks.count
        self.webhooks.append(
            PlannedWebhook(number: number, topic: topic, subject: subject, time: time, action: self.actions))
    }
}
