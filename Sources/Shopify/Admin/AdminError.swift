/// A call to the Admin API that failed. Holds no token, no variables and no personal data: Shopify's own words are
/// kept only where they speak of the document or the app.
package struct AdminError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of failure it was.
    package enum Code: String, Sendable, CaseIterable {
        /// There is no token of this shop: it is not installed.
        case notInstalled
        /// The token is dead and there is no other: uninstalled, revoked, or the refresh token ended.
        case unauthorized
        /// A scope or an approval is missing.
        case accessDenied
        /// The shop is frozen or locked (402, 423); work waits for the merchant to pay.
        case frozen
        /// The bucket was empty longer than a call waits.
        case throttled
        /// The query can never run: its cost is above the limit of a single one.
        case tooCostly
        /// Shopify does not understand the document or its variables.
        case invalid
        /// No answer, 5xx, or our own stores failed; of a mutation it is unknown whether it ran.
        case unavailable
        /// An answer that is not what Shopify documents.
        case malformed
        /// An answer above our limit.
        case tooLarge
        /// A bulk file that is not there any more (7 days), or no such shop.
        case gone
    }

    /// What kind of failure it was.
    package let code: Code
    /// For people; safe to log.
    package let message: String
    /// HTTP status, where there was an answer.
    package let status: Int?
    /// `errors[].extensions.code` of a GraphQL answer.
    package let graphQLCodes: [String]
    /// Shopify's `X-Request-Id`, for its support.
    package let requestID: String?
    /// How long to wait before the next try, where Shopify said so.
    package let retryAfterMillis: Int64?

    /// Makes an error.
    package init(
        _ code: Code, _ message: String, status: Int? = nil, graphQLCodes: [String] = [], requestID: String? = nil,
        retryAfterMillis: Int64? = nil
    ) {
        self.code = code
        self.message = message
        self.status = status
        self.graphQLCodes = graphQLCodes
        self.requestID = requestID
        self.retryAfterMillis = retryAfterMillis
    }

    /// True when the same call may succeed later without any change by us or the merchant.
    package var isRetryable: Bool { code == .throttled || code == .unavailable }

    /// One line for logs.
    package var description: String {
        let codes = graphQLCodes.isEmpty ? "" : " [\(graphQLCodes.joined(separator: ","))]"
        return "Shopify \(code.rawValue)\(status.map { " (HTTP \($0))" } ?? "")\(codes): \(message)"
    }
}
