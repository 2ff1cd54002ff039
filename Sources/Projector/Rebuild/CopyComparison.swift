internal import Postgres

/// Compares live read models with their rebuilt copies in one snapshot, while both go on.
struct CopyComparison: Sendable {
    private let live: ComparisonSession
    private let rebuilt: ComparisonSession

    init(_ database: PostgresConfiguration) {
        live = ComparisonSession(database)
        rebuilt = ComparisonSession(database)
    }

    /// What depends on when a row was written or in which order events came, not on what they say.
    private static let incidental: Set<String> = ["version", "positions"]
    /// What follows from other columns and has no hash: vectors of words.
    private static let derived: Set<String> = ["words", "search"]
    /// Books of the projector itself.
    private static let books: Set<String> = ["checkpoint", "session_removed", "session_trimmed"]
    /// Tables that say the same in more rows or fewer, depending on the sizes of batches; `event_total` adds them up.
    private static let parts: Set<String> = ["event_bucket", "event_delta"]

    /// Fixes what `compare` sees.
    func takeSnapshot() async throws { try await rebuilt.join(live.begin()) }

    /// Compares each read model with its copy of this suffix, by the columns of the live one.
    func compare(_ names: [String], suffix: String) async throws -> [ProjectionComparison] {
        async let copies = rebuilt.tables(of: names.map { $0 + suffix })
        let tables = try await live.tables(of: names).filter { !Self.books.union(Self.parts).contains($0.name) }
        let byName = Dictionary(try await copies.map { ($0.schema + "." + $0.name, $0) }) { first, _ in first }
        var compared: [String: [ProjectionComparison.Table]] = [:]
        for var table in tables {
            table.columns.removeAll { Self.incidental.contains($0) || Self.derived.contains($0) }
            var copy = byName[table.schema + suffix + "." + table.name]
            copy?.columns = table.columns
            compared[table.schema, default: []].append(try await compare(table, copy))
        }
        return names.map { ProjectionComparison(projection: $0, tables: compared[$0] ?? []) }
    }

    /// A copy of other making may lack the table; then it differs.
    private func compare(
        _ table: ComparisonSession.Table, _ copy: ComparisonSession.Table?
    ) async throws -> ProjectionComparison.Table {
        async let liveSum = live.sum(of: table)
        async let copySum = rebuilt.sum(of: copy)
        let (mine, its) = (try await liveSum, try await copySum)
        return ProjectionComparison.Table(
            name: table.name, liveRows: mine?.rows ?? 0, rebuiltRows: its?.rows ?? 0, isEqual: mine == its)
    }

    /// Ends both sessions, and with them the snapshot.
    func close() async {
        await live.close()
        await rebuilt.close()
    }
}
