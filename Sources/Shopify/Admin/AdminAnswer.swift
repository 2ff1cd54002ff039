internal import FoundationEssentials

/// What Shopify answered to a document: HTTP 200 and no `errors`. User errors are inside `data` and the caller's.
package struct AdminAnswer: Sendable {
    /// The JSON of `data` as it came.
    package let data: [UInt8]
    /// What it cost; nil where Shopify did not say.
    package let cost: QueryCost?
    /// Codes of `extensions.search[].warnings`: a filter was ignored, so that the rows are not the ones asked for.
    package let searchWarnings: [String]

    /// An answer.
    package init(data: [UInt8], cost: QueryCost? = nil, searchWarnings: [String] = []) {
        self.data = data
        self.cost = cost
        self.searchWarnings = searchWarnings
    }

    /// `data` as a value; `malformed` when it has another shape.
    package func decoded<T: Decodable>(as type: T.Type = T.self) throws(AdminError) -> T {
        do {
            return try JSONDecoder().decode(type, from: Data(data))
        } catch {
            // The decoder's words would quote the answer.
            throw AdminError(.malformed, "an answer lacks what the document selects (\(T.self))")
        }
    }
}

/// `extensions.cost` of an answer, in points.
package struct QueryCost: Sendable, Equatable, Decodable {
    /// The state of the app's bucket at this shop.
    package struct ThrottleStatus: Sendable, Equatable, Decodable {
        /// The bucket's size.
        package let maximumAvailable: Double
        /// Points left after this query.
        package let currentlyAvailable: Double
        /// Points a second.
        package let restoreRate: Double
    }

    /// Reserved before the query ran.
    package let requestedQueryCost: Double
    /// What was used; nil where the query did not run.
    package let actualQueryCost: Double?
    /// The bucket afterwards.
    package let throttleStatus: ThrottleStatus
}
