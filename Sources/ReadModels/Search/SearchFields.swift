package import Pipelines

/// What can be searched of one resource: each name of Shopify's syntax and the columns behind it.
///
/// The row's table has the alias `r`; the SQL texts are constants of the program.
package struct SearchFields: Sendable {
    /// The resource's name in messages.
    package let resource: String
    /// The fields by name.
    package let fields: [String: SearchField]
    /// Fields that Shopify has and Footfall cannot answer, by name or, with a final `.`, by prefix.
    package let unsupported: Set<String>
    /// What a bare value is looked up in: any of these. Empty where only named fields are searched.
    package let defaults: [SearchField]
    /// What to say of a bare value.
    package let defaultWarning: String?

    init(
        _ resource: String, _ fields: [String: SearchField], unsupported: Set<String> = [],
        defaults: [SearchField] = [], defaultWarning: String? = nil
    ) {
        self.resource = resource
        self.fields = fields
        self.unsupported = unsupported
        self.defaults = defaults
        self.defaultWarning = defaultWarning
    }

    /// Shopify has the field and Footfall does not.
    func isUnsupported(_ name: String) -> Bool {
        unsupported.contains(name) || unsupported.contains { $0.hasSuffix(".") && name.hasPrefix($0) }
    }
}

/// One searchable field.
package struct SearchField: Sendable {
    /// How values are compared.
    package enum Values: Sendable {
        /// A text as a whole, without case.
        case keyword
        /// As a keyword, without a leading `#` on either side.
        case orderName
        /// Each text of an array as a whole, without case.
        case keywords
        /// The words of a text, anywhere, in order for a phrase.
        case words
        /// The words of a `tsvector` in which only these weights count; empty for all.
        case lexemes(weights: String)
        /// Shopify's numeric ids; a gid counts as its number.
        case id
        /// A whole number.
        case integer
        /// Decimal text against a `numeric`, or against minor units with this column as their exponent.
        case decimal(exponent: String?)
        /// An instant.
        case time
        /// `true` or `false`; the column is a condition.
        case boolean
        /// One of these values, each with its condition.
        case cases([String: String])
        /// A personal value by its keyed hash.
        case handle(HandleKind)
    }

    /// A column or an expression over `r`.
    package let column: String
    /// How values are compared.
    package let values: Values
    /// A comma in the value separates values of which any counts.
    package var isList = false
    /// The field states what must not be (`tag_not`).
    package var isNegated = false
    /// Rows of another table that the column is of, as `FROM` and `WHERE` without the words; any of them counts.
    package var within: String?

    init(
        _ column: String, _ values: Values, list isList: Bool = false, negated isNegated: Bool = false,
        within: String? = nil
    ) {
        self.column = column
        self.values = values
        self.isList = isList
        self.isNegated = isNegated
        self.within = within
    }
}
