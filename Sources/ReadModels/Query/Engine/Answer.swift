/// The answer to a query.
package struct Answer: Sendable {
    /// A column's head.
    package struct Column: Sendable, Hashable {
        package var name: String
        package var type: String
        package var unit: String?
        /// ISO 4217 for money.
        package var currency: String?
        /// How its changes are told; nil where nothing is compared, and for dimensions.
        package var change: String?
    }

    package var columns: [Column]
    package var rows: [[Cell]]
    /// For each row the one of the compared period; nil where that has none. nil where nothing is compared.
    package var compareRows: [[Cell]?]?
    /// For each row and metric how it differs from the row of the compared period; nil where there is no such row.
    package var changes: [[Change]?]?
    package var totalChanges: [Change]?
    /// Over all rows, also those that a limit left out; null in the dimensions.
    package var totals: [Cell]
    package var compareTotals: [Cell]?
    /// Over the rows that are not shown, where the query asked for it.
    package var others: [Cell]?
    /// Rows before the limit.
    package var rowCount: Int
    package var warnings: [String]
    package var asOf: AsOf
}
