package import EventModel

/// Answers the widget's questions. Called from tasks, one for each question; a question takes at most
/// `ChatQuestion.answerTime`, after which its task is cancelled, and the desk has to heed that.
package protocol ChatDesk: Sendable {
    /// The answer to a shopper's `message`, or nil where none can be given now (the shopper sees 503). `session` is the
    /// widget's session, as clients know it; `customer` is the id of the customer who is logged in, where the app proxy
    /// vouches for it. The message is personal: it may not be logged.
    func reply(shop: ShopID, session: String, customer: String?, message: String) async -> ChatReply?
}

/// A desk's answer: the JSON object `{"reply","products","followUps"}` of the contract, sent as it is.
package struct ChatReply: Sendable, Equatable {
    /// The object.
    package var json: [UInt8]

    /// The bytes have to be that object.
    package init(json: [UInt8]) { self.json = json }
}

/// A question whose message waits to become durable, and then for the desk. Belongs to its event loop's thread.
final class ChatQuestion {
    let shop: ShopID
    let session: String
    let customer: String?
    let message: String
    let rate: RateState
    let receiver: AnswerReceiver
    let slot: UInt64

    /// Shoppers write sentences.
    static let messageBytesMax = 8 << 10
    /// Longer than any search takes, shorter than the proxy waits.
    static let answerTime = Duration.seconds(8)
    /// Questions of one event loop that are with the desk: each holds a connection, and maybe one of a database.
    static let openMax = 64
    /// When to ask again.
    static let retrySeconds = 5

    init(shop: ShopID, session: String, customer: String?, message: String, rate: RateState, _ exchange: Exchange) {
        self.shop = shop
        self.session = session
        self.customer = customer
        self.message = message
        self.rate = rate
        self.receiver = exchange.receiver
        self.slot = exchange.slot
    }
}
