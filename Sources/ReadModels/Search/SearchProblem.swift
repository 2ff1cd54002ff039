/// Why a search cannot be answered; always an answer 400, never a search that finds more than was asked for.
///
/// Shopify forgives all of these with HTTP 200 and drops the condition.
package struct SearchProblem: Error, Sendable, Equatable {
    /// The kinds, named as Shopify names its warnings where it has one for them.
    package enum Code: String, Sendable {
        /// The text does not follow the syntax.
        case syntax = "invalid_syntax"
        /// The search is longer, deeper or has more terms than allowed.
        case tooLarge = "too_large"
        /// No such field.
        case invalidField = "invalid_field"
        /// Shopify has the field; Footfall does not keep what it needs.
        case unsupportedField = "unsupported_field"
        /// The field does not take this value.
        case invalidValue = "invalid_value"
        /// A bare value where only named fields can be searched.
        case missingNamedField = "missing_named_field"
    }

    /// The kind.
    package var code: Code
    /// The field's name; empty where it is not about one.
    package var field: String
    /// Unicode scalars of the search before the culprit.
    package var position: Int
    /// One sentence for people.
    package var detail: String
    /// What is allowed in the culprit's place; empty where that cannot be listed.
    package var allowed: [String]

    /// Describes a problem.
    package init(_ code: Code, field: String = "", at position: Int, _ detail: String, allowed: [String] = []) {
        self.code = code
        self.field = field
        self.position = position
        self.detail = detail
        self.allowed = allowed
    }
}

/// A difference between what a search means here and what it means at Shopify.
package struct SearchWarning: Sendable, Hashable {
    /// What differs.
    package enum Code: String, Sendable {
        /// `a OR b c`: Shopify's own rule is not documented.
        case ambiguousPrecedence = "ambiguous_precedence"
        /// `or`, `and`, `not` in lower case are words here.
        case lowerCaseConnective = "lower_case_connective"
        /// Personal fields are compared as a whole, since only their keyed hash can be searched.
        case wholeValueOnly = "whole_value_only"
        /// A bare value looks at fewer fields than at Shopify.
        case fewerFields = "fewer_fields"
        /// A year, a month or a day is taken as all of it.
        case wholePeriod = "whole_period"
    }

    /// What differs.
    package var code: Code
    /// The field's name; `default` for bare values, empty where it is not about one.
    package var field: String
    /// One sentence for people.
    package var message: String

    /// Describes a difference.
    package init(_ code: Code, field: String = "", _ message: String) {
        self.code = code
        self.field = field
        self.message = message
    }
}

extension SearchWarning {
    /// Appends the warning as the data endpoints show it.
    package func write(_ writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("code", code.rawValue)
            writer.member("field", field.isEmpty ? nil : field)
            writer.member("message", message)
        }
    }
}
