package import EventModel
internal import Pipelines
package import Privacy

/// What the folds take from one event. Texts are shared with earlier events where they are equal.
package struct EventFacts: Sendable {
    /// What the pipelines' definitions and the event itself say of its kind.
    package struct Traits: OptionSet, Sendable, Hashable {
        /// The bits.
        package let rawValue: UInt8
        /// A set of these bits.
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

    /// Place in the lane.
    package var position: Position
    /// The tenant.
    package var shop: ShopID
    /// What its source and name say.
    package var type: EventKind
    /// What the definitions and the event itself say.
    package var traits: Traits
    /// `Key128.zero` for events without a visitor.
    package var visitor: Key128
    /// What `visitor` stands for.
    package var visitorKind: VisitorKind
    /// Counted in visits: pixel and widget events that have a visitor. Stored, because to ask an event copies it.
    package let isVisit: Bool
    /// Of the request.
    package var country: CountryCode
    /// The gateway's clock, Unix milliseconds.
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
    /// What a submission of contact data states; nil of every other event.
    package var contact: ContactFacts?
    /// The payload of an event that a commerce read model folds; nil for all others.
    package var document: CommerceDocument?
    /// Keyed hashes of the people and things named in what was sealed; empty where nothing was.
    package var handles: [Handle] = []

    /// Where it came in.
    package var source: EventSource { type.source }
    /// The event's name or topic.
    package var kind: String { type.name }
    /// What the reports count it as.
    package var step: EventStep { type.step }

    /// Keyed hash of the customer whom the event names; of several the least.
    package var customer: Key128? {
        visitorKind == .customer ? visitor : handles.lazy.filter { $0.kind == .customer }.map(\.hash).min()
    }
}

/// A user agent's families, as uap-core names them. A class, because thousands of events share the same few.
package final class Agent: Sendable, Equatable {
    /// The browser's family.
    package let browser: String
    /// The system's family.
    package let os: String
    /// desktop, mobile, tablet, bot, other
    package let device: String
    /// A program's.
    package let isBot: Bool

    /// An agent of these families.
    package init(browser: String, os: String, device: String, isBot: Bool) {
        self.browser = browser
        self.os = os
        self.device = device
        self.isBot = isBot
    }

    /// Equal in every part.
    package static func == (left: Agent, right: Agent) -> Bool {
        left === right
            || left.isBot == right.isBot && left.browser == right.browser && left.os == right.os
                && left.device == right.device
    }
}

/// An amount in minor units.
package struct Money: Sendable, Hashable {
    /// Minor units.
    package var amount: Int64
    /// ISO 4217 code.
    package var currency: String

    /// An amount in a currency.
    package init(amount: Int64, currency: String) {
        self.amount = amount
        self.currency = currency
    }
}

/// What an event says of products, cart and checkout. A class: most events have none, and it is not copied with them.
package final class CommerceFacts: Sendable {
    /// Ids of products, none twice.
    package let products: [String]
    /// Ids of variants, none twice.
    package let variants: [String]
    /// Id of the collection, else its title; empty for none.
    package let collection: String
    /// What was searched; empty for nothing.
    package let searchTerm: String
    /// Empty for none.
    package let cartToken: String
    /// The cart's total.
    package let cartTotal: Money?
    /// A cart line added (positive) or removed (negative).
    package let cartLine: Money?
    /// Empty for none.
    package let checkoutToken: String
    /// The checkout's total price.
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

/// Whose submission of contact data it is, and what it states.
package final class ContactFacts: Sendable {
    /// Keyed hash of the e-mail.
    package let email: Key128?
    /// Keyed hash of the phone.
    package let phone: Key128?
    /// A name is stated.
    package let hasName: Bool
    /// Answers are stated.
    package let hasAnswers: Bool
    /// Stated marketing consent.
    package let marketingConsent: Bool?

    /// Contact data by its hashes.
    package init(
        email: Key128?, phone: Key128?, hasName: Bool, hasAnswers: Bool, marketingConsent: Bool?
    ) {
        self.email = email
        self.phone = phone
        self.hasName = hasName
        self.hasAnswers = hasAnswers
        self.marketingConsent = marketingConsent
    }
}
