/// The leaky bucket of an app and shop (https://shopify.dev/docs/api/usage/limits#graphql-admin-api-rate-limits).
struct CostBucketState {
    let capacity: Double
    let restoreRate: Double
    private var available: Double
    private var at: Int64?

    init(_ configuration: StandInConfiguration) {
        capacity = configuration.costMax
        restoreRate = configuration.costRestored
        available = capacity
    }

    private mutating func refill(_ now: Int64) {
        if let at { available = min(capacity, available + Double(max(0, now - at)) / 1000 * restoreRate) }
        at = now
    }

    /// Takes `cost` if it is there.
    mutating func take(_ cost: Int, now: Int64) -> Bool {
        refill(now)
        guard available >= Double(cost) else { return false }
        available -= Double(cost)
        return true
    }

    /// Gives back what was reserved and not used.
    mutating func giveBack(_ cost: Int) { available = min(capacity, available + Double(max(0, cost))) }

    /// Empties the bucket, as other use of the app would.
    mutating func drain(now: Int64) {
        refill(now)
        available = 0
    }

    /// `extensions.cost` of an answer.
    func extensions(requested: Int, actual: Int?) -> WireValue {
        [
            "requestedQueryCost": WireValue(requested), "actualQueryCost": actual.map { WireValue($0) } ?? .null,
            "throttleStatus": [
                "maximumAvailable": WireValue(Int(capacity)), "currentlyAvailable": WireValue(Int(available)),
                "restoreRate": WireValue(Int(restoreRate)),
            ],
        ]
    }
}

/// What a document costs before it runs.
///
/// Objects 1, mutations 10, connections by a table recorded of flat ones: 3, 5, 6, 7, 9, 11 and 13 points for pages of
/// 1, 5, 10, 20, 50, 100 and 250. How nested connections multiply is not recorded; here pages above 50 pay double.
struct QueryCost {
    /// The most that one request may cost.
    static let requestMax = 1000
    private static let pages = [(1, 3), (5, 5), (10, 6), (20, 7), (50, 9), (100, 11), (250, 13)]
    let walker: GraphWalker

    func requested(_ operation: GraphQLDocument.Operation) -> Int {
        if operation.kind == .mutation { return 10 * operation.selections.count }
        return cost(operation.selections)
    }

    private func cost(_ selections: [GraphQLDocument.Selection]) -> Int {
        walker.fields(selections, on: nil).reduce(0) { sum, field in
            guard !field.selections.isEmpty else { return sum }
            let nested = cost(field.selections)
            guard GraphWalker.isConnection(field.selections) else {
                return sum + (["edges", "node", "nodes", "pageInfo"].contains(field.name) ? 0 : 1) + nested
            }
            let arguments = walker.arguments(of: field)
            let size = Int(arguments["first"].integer ?? arguments["last"].integer ?? 1)
            let page = Self.pages.first { size <= $0.0 }?.1 ?? 13
            return sum + page + nested * max(1, page / 5)
        }
    }
}
