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

    /// A question.
    package init(shop: ShopKey, message: String, customer: Key128? = nil) {
        self.shop = shop
        self.message = String(message.prefix(Self.messageMax))
        self.customer = customer
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

    /// An answer.
    package init(reply: String, products: [ProductCard] = [], followUps: [String] = []) {
        self.reply = reply
        self.products = products
        self.followUps = followUps
    }

    /// `{"reply","products","followUps"}` as the widget's `chat` route gives it.
    package var json: [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("reply", reply)
            writer.member("products") { $0.array(products) { $1.write(&$0) } }
            writer.member("followUps", followUps)
        }
        return writer.bytes
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
        }
    }
}
