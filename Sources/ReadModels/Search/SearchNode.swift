/// A search in Shopify's syntax as a tree: terms joined by `and`, `or` and `not`.
package indirect enum SearchNode: Sendable, Equatable {
    case term(SearchTerm)
    case not(SearchNode)
    /// At least two.
    case and([SearchNode])
    /// At least two.
    case or([SearchNode])

    /// One node for many: the only one, or their conjunction; nested conjunctions become one.
    static func all(_ nodes: [SearchNode]) -> SearchNode {
        let flat = nodes.flatMap { node in
            if case .and(let inner) = node { inner } else { [node] }
        }
        return flat.count == 1 ? flat[0] : .and(flat)
    }

    /// One node for many: the only one, or their disjunction; nested disjunctions become one.
    static func any(_ nodes: [SearchNode]) -> SearchNode {
        let flat = nodes.flatMap { node in
            if case .or(let inner) = node { inner } else { [node] }
        }
        return flat.count == 1 ? flat[0] : .or(flat)
    }
}

/// One condition: `field:value` with a comparator, or a bare value.
package struct SearchTerm: Sendable, Equatable {
    /// How the field's value is compared with the term's.
    package enum Comparison: String, Sendable {
        case equal = "="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
    }

    /// How the value was written.
    package enum Form: Sendable {
        /// Bare.
        case word
        /// In quotes.
        case phrase
        /// `foo*`; the value is without the star.
        case prefix
        /// `*` alone: the field says something. The value is empty.
        case exists
    }

    /// nil for a bare value, which Shopify calls the field `default`.
    package var field: String?
    /// How it is compared.
    package var comparison: Comparison
    /// The value with its escapes undone.
    package var value: String
    /// How it was written.
    package var form: Form
    /// Unicode scalars of the search before the term, for messages.
    package var position: Int

    /// A condition.
    package init(
        field: String?, comparison: Comparison = .equal, value: String, form: Form = .word, position: Int = 0
    ) {
        self.field = field
        self.comparison = comparison
        self.value = value
        self.form = form
        self.position = position
    }

    /// The field's name as Shopify prints it.
    package var fieldName: String { field ?? "default" }
}
