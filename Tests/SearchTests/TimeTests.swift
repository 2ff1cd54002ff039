import EventModel
import Postgres
import ReadModels
import Testing

/// What times of a search mean in a shop's zone.
@Suite struct SearchTimeTests {
    static let context = SearchContext(
        zone: Zone(identifier: "Europe/Berlin") ?? .utc, now: Timestamp.parse("2026-11-21T12:00:00Z") ?? 0
    ) { _, _ in nil }

    /// The instants that a search binds, as texts.
    static func instants(_ text: String) throws -> [String] {
        try SearchQuery(text).sql(.products, context, firstPlaceholder: 1).parameters.map { value in
            if case .timestamp(let millis) = value { Timestamp.text(millis) } else { "none" }
        }
    }

    @Test(arguments: [
        ("created_at:2026-03-29", ["2026-03-28T23:00:00.000Z", "2026-03-29T22:00:00.000Z"]),
        ("created_at:2026", ["2025-12-31T23:00:00.000Z", "2026-12-31T23:00:00.000Z"]),
        ("created_at:2026-02", ["2026-01-31T23:00:00.000Z", "2026-02-28T23:00:00.000Z"]),
        ("created_at:<=2024", ["2024-12-31T23:00:00.000Z"]), ("created_at:<2024", ["2023-12-31T23:00:00.000Z"]),
        ("created_at:>2024", ["2024-12-31T23:00:00.000Z"]), ("created_at:>=2024", ["2023-12-31T23:00:00.000Z"]),
        ("created_at:>=2026-07-01T10", ["2026-07-01T08:00:00.000Z"]),
        ("created_at:<'2026-01-01 10:30'", ["2026-01-01T09:30:00.000Z"]),
        ("created_at:'2020-10-21T23:39:20Z'", ["2020-10-21T23:39:20.000Z", "2020-10-21T23:39:21.000Z"]),
        ("created_at:>'2020-10-21T23:39:20.5-05:00'", ["2020-10-22T04:39:20.501Z"]),
        ("created_at:>='2020-10-21T23:39+0530'", ["2020-10-21T18:09:00.000Z"]),
        ("created_at:<now", ["2026-11-21T12:00:00.000Z"]),
        ("created_at:'2024-01-01..2024-03-31'", ["2023-12-31T23:00:00.000Z", "2024-03-31T22:00:00.000Z"]),
    ]) func instant(_ text: String, _ instants: [String]) throws {
        #expect(try Self.instants(text) == instants)
    }

    @Test(arguments: [
        "24", "2024-13", "2024-1-1", "2024-02-30", "'2024-01-01T25'", "'2024-01-01T10:61'", "'2024-01-01T10:00:00ZZ'",
        "'2024-01-01T10:00:00+25:00'", "'2024-01T10'", "1969", "now-1d", "'2024-01-01T'", "''",
    ]) func whatIsNoTimeIsRefused(_ value: String) throws {
        #expect(throws: SearchProblem.self) { try Self.instants("created_at:\(value)") }
    }

    @Test func aPeriodIsNamedInAWarning() throws {
        let sql = try SearchQuery("created_at:<=2024 updated_at:>=2024").sql(
            .products, Self.context, firstPlaceholder: 1)
        #expect(sql.warnings.map(\.code) == [.wholePeriod] && sql.warnings.map(\.field) == ["created_at"])
    }
}
