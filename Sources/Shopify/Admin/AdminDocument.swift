/// A GraphQL document that Footfall sends. All are constants of this type, listed in `all`; a test holds each against
/// Shopify's schema.
package struct AdminDocument: Sendable, Hashable {
    /// The operation's name, also in logs and metrics.
    package let name: String
    /// The document.
    package let text: String
    /// A bulk query travels as an argument of `bulkOperationRunQuery` and is never sent by itself.
    package let isBulkQuery: Bool

    /// A document whose operation is called `name`.
    package init(name: String, text: String, isBulkQuery: Bool = false) {
        self.name = name
        self.text = text
        self.isBulkQuery = isBulkQuery
    }

    /// A mutation is not repeated when its outcome is unknown.
    package var isMutation: Bool { text.hasPrefix("mutation") }
}
