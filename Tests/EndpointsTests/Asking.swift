import Foundation
import Postgres
import ReadModels
import TestSupport

/// Asks the engine queries as JSON, at a fixed time.
struct Asking: Sendable {
    let engine: QueryEngine
    let world: World
    var zone = Zone(identifier: "Europe/Berlin") ?? .utc
    var now = instant("2026-11-20T12:00:00Z")

    init(_ world: World, workers: Int = 1) {
        self.world = world
        self.engine = QueryEngine(world.configuration, workers: workers)
    }

    /// The answer to a query.
    func callAsFunction(_ query: String) async throws -> ReadModels.Answer {
        guard case .answer(let answer, _, _) = try await outcome(query) else { throw Unchanged() }
        return answer
    }

    /// What becomes of a query.
    func outcome(_ query: String, knownTags: Set<String> = []) async throws -> QueryOutcome {
        let body = JSONValue.parse(Array(query.utf8)) ?? .null
        return try await engine.answer(
            QueryRequest(shop: world.shop, zone: zone, body: body, nowMillis: now, knownTags: knownTags))
    }

    struct Unchanged: Error {}
}

/// Cells in a form that tests can write down.
func texts(_ row: [Cell]?) -> String {
    guard let row else { return "none" }
    return row.map { cell in
        switch cell {
        case .null: "null"
        case .integer(let value): String(value)
        case .number(let value): value.description
        case .ratio(let top, let bottom): "\(top)/\(bottom)"
        case .text(let text): text
        case .bool(let value): String(value)
        }
    }.joined(separator: " ")
}
