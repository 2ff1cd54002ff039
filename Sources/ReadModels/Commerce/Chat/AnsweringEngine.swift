package import EventModel

/// Answers what a shopper asks the widget. The default is `ProductSearch`.
package protocol AnsweringEngine: Sendable {
    /// The answer; throws where a store is away. What was asked is personal and is not logged.
    func answer(_ request: ShopperRequest) async throws -> ShopperAnswer
}

/// What a shopper asks, and who that is.
package struct ShopperRequest: Sendable {
    /// Characters that are looked at: a shopper writes a sentence or two.
    package static let messageMax = 500

    /// The shop.
    package var shop: ShopKey
    /// The question, cut at `messageMax`.
    package var message: String
    /// Keyed hash of the id of the customer who is logged in; only where the app proxy's signature vouches for it.
    package var customer: Key128?
    /// What the widget names to be ordered; the message says nothing then.
    package var lines: [WantedLine]
    /// The draft order that was asked for before.
    package var draftOrder: DraftOrderNote?

    /// A question.
    package init(
        shop: ShopKey, message: String, customer: Key128? = nil, lines: [WantedLine] = [],
        draftOrder: DraftOrderNote? = nil
    ) {
        self.shop = shop
        self.draftOrder = draftOrder
        self.message = String(message.prefix(Self.messageMax))
        self.customer = customer
        self.lines = lines
    }
}

/// An answer with the products that it is about.
package struct ShopperAnswer: Sendable, Equatable {
    /// Sentences for the shopper.
    package var reply: String
    /// Best first.
    package var products: [ProductCard]
    /// Questions that the shopper may want to ask next.
    package var followUps: [String]
    /// What is to be ordered now, each a variant that the shop sells: for the caller to have made.
    package var wanted: [WantedLine]
    /// The session's request for a draft order, where there is one.
    package var draftOrder: DraftOrderNote?

    /// An answer.
    package init(
        reply: String, products: [ProductCard] = [], followUps: [String] = [], wanted: [WantedLine] = [],
        draftOrder: DraftOrderNote? = nil
    ) {
        self.reply = reply
        self.products = products
        self.followUps = followUps
        self.wanted = wanted
        self.draftOrder = draftOrder
    }

    /// `{"reply","products","followUps"}` as the widget's `chat` route gives it, with `draftOrder` where there is one.
    package var json: [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("reply", reply)
            writer.member("products") { $0.array(products) { $1.write(&$0) } }
            writer.member("followUps", followUps)
            if let draftOrder { writer.member("draftOrder") { draftOrder.write(&$0) } }
        }
        return writer.bytes
    }
}

/// How a request for a draft order stands, as its session hears it.
package struct DraftOrderNote: Sendable, Equatable {
    /// asked, created, failed, or refused where no request was made of it.
    package var state: String
    /// A UUID; nil where it was refused.
    package var request: String?
    /// The draft order's name.
    package var name: String?
    /// Where the shopper can pay. It holds a key.
    package var invoiceURL: String?

    /// A note.
    package init(state: String, request: String? = nil, name: String? = nil, invoiceURL: String? = nil) {
        self.state = state
        self.request = request
        self.name = name
        self.invoiceURL = invoiceURL
    }

    func write(_ writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("request", request)
            writer.member("state", state)
            writer.member("name", name)
            writer.member("invoiceUrl", invoiceURL)
        }
    }
}

/// A product as the widget shows it.
package struct ProductCard: Sendable, Equatable {
    package var id: Int64
    package var title: String
    package var handle: String
    package var imageURL: String?
    /// Decimal text in major units; nil where no variant has a price.
    package var priceMin: String?
    package var priceMax: String?
    package var currency: String
    /// Why it is shown, for the shopper.
    package var reason: String
    /// What can be ordered of it.
    package var variants: [VariantChoice] = []

    /// Path of its page in the shop.
    package var path: String { "/products/" + handle }

    /// Appends the card.
    package func write(_ writer: inout JSONWriter) {
        writer.object { writer in
            ResourceID.write(&writer, "Product", id)
            writer.member("title", title)
            writer.member("handle", handle)
            writer.member("url", path)
            writer.member("image", imageURL)
            writer.member("price_min", MoneyValue(decimal: priceMin, currency))
            writer.member("price_max", MoneyValue(decimal: priceMax, currency))
            writer.member("reason", reason)
            writer.member("variants") { $0.array(variants) { $1.write(&$0, currency: currency) } }
        }
    }
}
