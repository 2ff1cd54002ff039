/// A request that the stand-in got, and what was wrong with it.
package struct LoggedRequest: Sendable {
    /// Counts from 0.
    package var number: Int
    /// Unix milliseconds.
    package var at: Int64
    package var method: String
    /// Path with query.
    package var target: String
    /// The shop's domain in the path.
    package var shop: String
    /// Header names are in lower case.
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    /// The operation's name, for GraphQL.
    package var operation: String?
    /// Status of the answer.
    package var status = 0
    /// Violations of Shopify's rules; a test of correct code expects none.
    package var problems: [String] = []

    /// The first header of that name.
    package func header(_ name: String) -> String? { headers.first { $0.name == name.lowercased() }?.value }

    /// The body as JSON; null where it is none.
    package var json: WireValue {
        // A body that is no JSON has no members.
        (try? WireValue(json: body)) ?? .null
    }
}

/// A fault that an Admin API request meets in place of its answer.
package enum AdminFault: Sendable, Hashable {
    /// A status with Shopify's kind of body: 401, 402, 403, 404, 423, 429, 500, 502, 503.
    case status(Int, retryAfter: Int? = nil)
    /// HTTP 200 with THROTTLED and an empty bucket.
    case throttled
    /// The answer comes late.
    case slow(millis: Int64)
    /// The request is carried out and the connection ends without an answer.
    case lostAnswer
    /// HTTP 200 with a body that is no JSON.
    case garbage
    /// HTTP 200 with INTERNAL_SERVER_ERROR in `errors`.
    case internalError
}
