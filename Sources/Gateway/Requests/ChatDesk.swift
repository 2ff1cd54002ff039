package import EventModel

/// Answers the widget's questions. Called from tasks, one for each question; a question takes at most
/// `ChatQuestion.answerTime`, after which its task is cancelled, and the desk has to heed that.
package protocol ChatDesk: Sendable {
    /// The answer to what a shopper says, or nil where none can be given now (the shopper sees 503).
    func reply(to call: ChatCall) async -> ChatReply?
}

/// What a shopper says to the widget, and who that is.
package struct ChatCall: Sendable, Equatable {
    /// The shop.
    package let shop: ShopID
    /// The widget's session, as clients know it: 32 hex digits, proven by the session's token.
    package let session: String
    /// The id of the customer who is logged in; only where the app proxy vouches for it.
    package let customer: String?
    /// Personal: it may not be logged. Empty where only an action was sent.
    package let message: String
    /// What the shopper wants done.
    package let action: ChatAction?

    /// A message.
    package init(shop: ShopID, session: String, customer: String?, message: String, action: ChatAction? = nil) {
        self.shop = shop
        self.session = session
        self.customer = customer
        self.message = message
        self.action = action
    }
}

/// A desk's answer: the JSON object `{"reply","products","followUps"}` of the contract, with `draftOrder` where the
/// session has asked for one, sent as it is.
package struct ChatReply: Sendable, Equatable {
    /// The object.
    package var json: [UInt8]

    /// The bytes have to be that object.
    package init(json: [UInt8]) { self.json = json }
}

/// A question whose message waits to become durable, and then for the desk. Belongs to its event loop's thread.
final class ChatQuestion {
    let call: ChatCall
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

    init(_ call: ChatCall, rate: RateState, _ exchange: Exchange) {
        self.call = call
        self.rate = rate
        self.receiver = exchange.receiver
        self.slot = exchange.slot
    }
}
