/// Why a query cannot be answered, with a JSON pointer to the culprit and what would be allowed there.
package struct QueryProblem: Error, Sendable, Equatable {
    /// What kind of answer it becomes.
    package enum Kind: Sendable {
        /// The body is not JSON (400).
        case malformed
        /// The body is JSON and says what cannot be done (422).
        case unprocessable
        /// The shop has too many queries under way (429).
        case tooMany
        /// A store is away (503).
        case unavailable
    }

    /// What kind of answer it becomes.
    package var kind: Kind
    /// RFC 6901, empty for the whole body.
    package var pointer: String
    /// One sentence for people.
    package var detail: String
    /// What is allowed in the culprit's place; empty where that cannot be listed.
    package var allowed: [String]

    /// Describes a problem.
    package init(_ kind: Kind = .unprocessable, at pointer: String, _ detail: String, allowed: [String] = []) {
        self.kind = kind
        self.pointer = pointer
        self.detail = detail
        self.allowed = allowed
    }
}
