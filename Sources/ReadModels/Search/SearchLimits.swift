/// What one search may hold.
package enum SearchLimits {
    /// Unicode scalars; Shopify's own searches are a line of text.
    package static let scalarsMax = 4_000
    /// Groups within groups: deeper is no search that a person wrote.
    package static let depthMax = 20
    /// Each term costs a condition in the statement.
    package static let termsMax = 200
    /// Values of one comma list.
    package static let listMax = 250
    /// Words of one phrase.
    package static let wordsMax = 50
}
