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

    /// What depends on when a row was written or in which order events came, not on what they say.
    private static let incidental: Set<String> = ["version", "positions"]
    /// What follows from other columns and has no hash: vectors of words.
    private static let derived: Set<String> = ["words", "search"]
    /// Books of the projector itself.
    private static let books: Set<String> = ["checkpoint", "session_removed", "session_trimmed"]

    /// Compares `live` with `rebuilt`, both schemas, in the snapshot that both sessions see.
    static func of(
        _ projection: String, live: String, rebuilt: String, _ left: ComparisonSession, _ right: ComparisonSession
    ) async throws -> ProjectionComparison {
        var tables: [Table] = []
        for table in try await left.tables(of: live) where !books.contains(table.name) {
            let compared = ComparisonSession.Table(
                name: table.name, columns: table.columns.filter { !incidental.contains($0) && !derived.contains($0) })
            async let liveSum = left.sum(of: compared, in: live)
            async let rebuiltSum = right.sum(of: compared, in: rebuilt)
            let (mine, its) = (try await liveSum, try await rebuiltSum)
            tables.append(Table(name: table.name, liveRows: mine.rows, rebuiltRows: its.rows, isEqual: mine == its))
        }
        return ProjectionComparison(projection: projection, tables: tables)
    }
}
