/// What a filter does with a dimension's value.
package enum FilterOperator: String, CaseIterable, Sendable {
    case `is`, isNot = "is_not", contains, matches, gt, gte, lt, lte, between

    /// How many values it takes.
    var valueCount: ClosedRange<Int> {
        switch self {
        case .is, .isNot, .contains: 1...QueryLimits.filterValuesMax
        case .matches: 1...QueryLimits.patternsMax
        case .gt, .gte, .lt, .lte: 1...1
        case .between: 2...2
        }
    }
}

/// One condition on one dimension. A value of nil stands for "unknown".
package struct FilterLeaf: Sendable, Hashable {
    package let operation: FilterOperator
    package let dimension: DimensionDefinition
    package let values: [String?]
    /// Where it stands in the query, for problems found later.
    package let pointer: String
}

/// Things a visitor can have done during a session, kept with each session. The raw value is a bit.
package enum VisitAction: UInt8, CaseIterable, Sendable {
    case pageViewed = 1, productViewed = 2, addedToCart = 4, startedCheckout = 8, completedCheckout = 16

    /// The event's name.
    package var eventName: String {
        switch self {
        case .pageViewed: "page_viewed"
        case .productViewed: "product_viewed"
        case .addedToCart: "product_added_to_cart"
        case .startedCheckout: "checkout_started"
        case .completedCheckout: "checkout_completed"
        }
    }
}

/// A tree of conditions.
package indirect enum FilterNode: Sendable, Hashable {
    case leaf(FilterLeaf)
    case all([FilterNode])
    case any([FilterNode])
    case not(FilterNode)
    /// Sessions that did one of these; the bits of `VisitAction`.
    case hasDone(UInt8)

    /// Every leaf, in order.
    package var leaves: [FilterLeaf] {
        switch self {
        case .leaf(let leaf): [leaf]
        case .all(let nodes), .any(let nodes): nodes.flatMap(\.leaves)
        case .not(let node): node.leaves
        case .hasDone: []
        }
    }

    /// True where a condition is on what was done during the session.
    package var usesActions: Bool {
        switch self {
        case .leaf: false
        case .all(let nodes), .any(let nodes): nodes.contains(where: \.usesActions)
        case .not(let node): node.usesActions
        case .hasDone: true
        }
    }
}
