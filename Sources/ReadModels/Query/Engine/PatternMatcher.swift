internal import Postgres

/// Finds regular expressions in texts by Postgres: its engine does not blow up, and the statement timeout holds for it.
struct PatternMatcher {
    let connection: PostgresConnection

    static let badPattern = "2201B"
    private static let cancelled = "57014"

    private static let sql = """
        SELECT coalesce(array_agg(value ~ $2 ORDER BY place), '{}')
        FROM unnest($1::text[]) WITH ORDINALITY AS given(value, place)
        """

    /// For each value whether the pattern finds something in it; a malformed pattern is a problem at `pointer`.
    func matches(_ values: [String], _ pattern: String, _ pointer: String) throws -> [Bool] {
        let result: PostgresResult
        do {
            result = try connection.query(Self.sql, [.textArray(values), .text(pattern)])
        } catch {
            switch error.sqlState {
            case Self.badPattern:
                throw QueryProblem(at: pointer, "The regular expression is malformed: \(error.message).")
            case Self.cancelled: throw QueryProblem(at: pointer, "The regular expression takes too long.")
            default: throw error
            }
        }
        return result[0].boolArray(0)
    }
}
