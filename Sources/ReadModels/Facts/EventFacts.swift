package import EventModel

/// What the folds take from one event. Texts are shared with earlier events where they are equal.
package struct EventFacts: Sendable {
    /// What the pipelines' definitions and the event itself say of its kind.
    package struct Traits: OptionSet, Sendable, Hashable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Ends a bounce.
        package static let interactive = Traits(rawValue: 1 << 0)
        /// Makes a visit engaged.
        package static let key = Traits(rawValue: 1 << 1)
        /// Leaves an e-mail or a phone.
        package static let lead = Traits(rawValue: 1 << 2)
        /// Sent by a program.
        package static let bot = Traits(rawValue: 1 << 3)
        /// Names a customer id.
        package static let customer = Traits(rawValue: 1 << 4)
    }

    package var position: Position
    package var shop: ShopID
    package var source: EventSource
    /// The event's name or topic.
    package var kind: String
    package var step: EventStep
    package var traits: Traits
    package var visitor: Key128
    package var visitorKind: VisitorKind
    package var country: CountryCode
    package var receivedAt: Int64
    /// The event's place among its visitor's events; its `time` is `occurred_at`.
    package var order: OrderKey
    /// Path of the page, without tokens and query; empty where the event names none.
    package var page: String = ""
    /// nil where the event names no user agent.
    package var agent: Agent?
    /// nil where the event names neither page nor referrer.
    package var touch: Touch?
    /// nil where the event names no product, cart, checkout or search.
    package var commerce: CommerceFacts?
    /// Keyed hashes of the contact data and the order that the event names; nil where it names none.
    package var contact: ContactFacts?

    /// Counted in visits: pixel and widget events that have a visitor.
    package var isVisit: Bool {
        (source == .pixel || source == .widget) && visitorKind != .none && visitor != .zero
    }
}

/// A user agent's families, as uap-core names them.
package struct Agent: Sendable, Hashable {
    package var browser: String
    package var os: String
    /// desktop, mobile, tablet, bot, other
    package var device: String
    package var isBot: Bool

    package init(browser: String, os: String, device: String, isBot: Bool) {
        self.browser = browser
        self.os = os
        self.device = device
        self.isBot = isBot
    }
}

/// An amount in minor units.
package struct Money: Sendable, Hashable {
    package var amount: Int64
    package var currency: String

    package init(amount: Int64, currency: String) {
        self.amount = amount
        self.currency = currency
    }
}

/// What an event says of products, cart and checkout. A class: most events have none, and it is not copied with them.
package final class CommerceFacts: Sendable {
    /// Ids of products, none twice.
    package let products: [String]
    package let variants: [String]
    package let collection: String
    package let searchTerm: String
    package let cartToken: String
    package let cartTotal: Money?
    /// A cart line added (positive) or removed (negative).
    package let cartLine: Money?
    package let checkoutToken: String
    package let checkoutTotal: Money?

    init(
        products: [String], variants: [String], collection: String, searchTerm: String, cartToken: String,
        cartTotal: Money?, cartLine: Money?, checkoutToken: String, checkoutTotal: Money?
    ) {
        self.products = products
        self.variants = variants
        self.collection = collection
        self.searchTerm = searchTerm
        self.cartToken = cartToken
        self.cartTotal = cartTotal
        self.cartLine = cartLine
        self.checkoutToken = checkoutToken
        self.checkoutTotal = checkoutTotal
    }
}

/// Keyed hashes that tell whose event it is.
package final class ContactFacts: Sendable {
    package let email: Key128?
    package let phone: Key128?
    /// The order of an `orders/*` webhook.
    package let order: String
    /// Stated marketing consent.
    package let marketingConsent: Bool?

    package init(email: Key128?, phone: Key128?, order: String, marketingConsent: Bool?) {
        self.email = email
        self.phone = phone
        self.order = order
        self.marketingConsent = marketingConsent
    }
}
