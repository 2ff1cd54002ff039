import EventLog
import EventModel
import Foundation
import Logging
import Postgres
import Projector
import ReadModels
import TestSupport

/// A database with a log that tests append to, and projectors over it. One task at a time.
struct TestLog {
    let database: PostgresConfiguration
    let connection: PostgresConnection
    static let lane: Lane = 1

    init(_ database: PostgresConfiguration) throws {
        self.database = database
        self.connection = PostgresConnection(database)
        try ProjectionSchemas.ensure(connection, folder: PackageFolder.path("schema/projections"))
    }

    static func with<R>(_ body: (TestLog) async throws -> R) async throws -> R {
        try await TestStores.shared.withDatabase { database in
            let log = try TestLog(database)
            defer { log.connection.close() }
            return try await body(log)
        }
    }

    var configuration: ProjectorConfiguration {
        ProjectorConfiguration(
            database: database, lanes: [Self.lane], dictionaries: .none, rules: TestRules.rules,
            schemaFolder: PackageFolder.path("schema/projections"))
    }

    /// Appends events in this order; `damaged` ones have payloads that do not open.
    @discardableResult
    func append(_ events: [TestEvent], damaged: Set<Int> = [], batchSize: Int = 500) throws -> Position {
        var compressor = PayloadCompressor(.none)
        let writer = LogWriter(connection)
        for start in stride(from: 0, to: events.count, by: batchSize) {
            var builder = EventBatchBuilder()
            for index in start..<min(events.count, start + batchSize) {
                var bytes: [UInt8] = []
                let sealed = events[index].sealed
                events[index].record(&compressor, sealed: sealed, damaged: damaged.contains(index)).encode(into: &bytes)
                builder.append(record: bytes.span)
            }
            _ = try writer.append([builder.finish()], lane: Self.lane)
        }
        return try LogReader(connection).head(lane: Self.lane)
    }

    /// Projects up to the head in batches of this size.
    func project(batchSize: Int = 1000, names: [String] = ProjectionSchemas.names) async throws {
        let projector = LaneProjector(lane: Self.lane, names: names, configuration)
        let reader = LaneReader(lane: Self.lane, configuration)
        // Postgres may still be ending the session before, which had the lane.
        while try await !projector.take() { try Task.checkCancellation() }
        while true {
            let next = await projector.next()
            let limit = min(batchSize, Int(clamping: next.limit ?? .max))
            let batch = try await reader.read(after: next.after, limit: limit)
            if batch.through == batch.after { break }
            try await projector.apply(batch)
        }
        await projector.release()
        await reader.close()
    }

    /// All that a read model says of its events, as text; equal folds give equal text.
    func dump(_ schema: String = "sessions") throws -> [String] {
        let columns = Self.tables[schema.replacing("_next", with: "").replacing("_previous", with: "")] ?? []
        return try columns.flatMap { table, left in
            try connection.query(
                "select (to_jsonb(t) - $1::text[])::text from \(schema).\(table) t order by 1", [.textArray(left)]
            ).map { "\(table) \($0.text(0))" }
        }
    }

    private static let tables: [String: [(String, [String])]] = [
        "sessions": [("session", ["version", "positions"])],
        "pages": [("event_total", [])],
        "shops": [("shop", ["version"]), ("shop_event", [])],
        "leads": [
            (
                "lead",
                ["version", "name_position", "email_position", "phone_position", "answers_position", "state"]
            ), ("lead_handle", []), ("purchase", []), ("unlinked", []),
        ],
    ]

    func number(_ sql: String) throws -> Int64 { try connection.query(sql)[0].int64(0) }
}
