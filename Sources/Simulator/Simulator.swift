// Makes up the life of a storefront and sends it over HTTP.
//
// In goes a seed and a shop; out come web pixel events, webhooks and widget calls as Shopify and a browser would send
// them, and the true totals of what was sent. The plan decides first (this shopper comes at this instant, looks at
// these pages, buys this); rendering and sending obey it. The totals add up decisions of the plan, never the bytes
// sent, so they can stand against a pipeline that counts the bytes. Everything is a function of the options: there is
// no clock and no randomness from outside, except in live mode, where the caller hands in the clock.

/// Why a simulation could not be planned or sent.
package struct SimulatorError: Error, CustomStringConvertible, Sendable {
    /// The closed list of reasons.
    package enum Code: Sendable, Equatable {
        /// The options make no sense together; nothing was sent.
        case usage
        /// The server refused a request for good; `status` says how.
        case refused(status: Int)
        /// The server could not be reached, or kept asking to wait, for longer than the retry limit.
        case unavailable
        /// The server answered 2xx with something that is not what the contract promises.
        case badAnswer
    }

    /// Why it failed.
    package let code: Code
    /// For a person; holds no personal data.
    package let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Code and message in one line.
    package var description: String { "\(self.code): \(self.message)" }
}
