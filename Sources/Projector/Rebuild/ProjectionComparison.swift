/// Whether two copies of a read model, at equal positions, say the same.
package struct ProjectionComparison: Sendable, Equatable {
    /// One table of both copies.
    package struct Table: Sendable, Equatable {
        /// The table.
        package let name: String
        /// Rows of the live copy.
        package let liveRows: Int64
        /// Rows of the rebuilt copy.
        package let rebuiltRows: Int64
        /// Rows and their contents are the same.
        package let isEqual: Bool
    }

    /// The read model.
    package let projection: String
    /// Its tables, by name.
    package let tables: [Table]

    /// All tables are the same.
    package var isEqual: Bool { tables.allSatisfy(\.isEqual) }
}
