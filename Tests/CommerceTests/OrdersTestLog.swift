import EventLog
import EventModel
import Pipelines
import Postgres
import Projector
import ReadModels
import TestSupport

/// A webhook, or an event of the history, as the log keeps it.
struct ShopEvent: Sendable {
    var name: String
    var body: String
    var source = EventSource.webhook
    var shop: ShopID = 1
    /// Milliseconds: when it happened, as the gateway read it from the payload.
    var time: Int64 = 1_790_000_000_000
    /// Handles that the sealed part names; nothing is sealed under them.
    var handles: [(HandleKind, UInt64)] = []
    /// The gateway's clock, by which the event's identity begins; nil for one shortly after `time`.
    var receivedAt: Int64?
    /// Tells events apart that have the same name, time and body.
    var delivery = 0
    var visitor: (kind: VisitorKind, id: Key128) = (.none, .zero)

    private var header: EventHeader {
        let bytes = Array("\(name)|\(shop)|\(time)|\(delivery)|\(source)|\(body)".utf8)
        let hash = Key128(high: Checksum.xxh64(bytes.span), low: Checksum.xxh64((bytes + [1]).span))
        return EventHeader(
            shop: shop, source: source, visitorKind: visitor.kind, country: CountryCode("DE"), occurredAt: time,
            receivedAt: receivedAt ?? time + 250, key: EventKey.make(timeMillis: receivedAt ?? time, hash: hash),
            content: hash.low, visitor: visitor.id)
    }

    private var sealed: [UInt8] {
        if handles.isEmpty { return [] }
        var bytes: [UInt8] = [1] + Key128(high: 1, low: 1).bytes + [UInt8(handles.count)]
        for (kind, hash) in handles { bytes += [kind.rawValue] + Key128(high: hash, low: hash).bytes }
        return bytes + [0] + Array(repeating: 0, count: 12 + 16)
    }

    func record(_ compressor: inout PayloadCompressor) -> [UInt8] {
        var block: [UInt8] = []
        compressor.compress(Array(body.utf8).span, into: &block)
        var bytes: [UInt8] = []
        EventRecord(header: header, name: name, payload: block, sealed: sealed).encode(into: &bytes)
        return bytes
    }
}

/// A database with a log of shop events, and projectors over it. One task at a time.
struct CommerceLog {
    struct NoAnswer: Error {}

    let database: PostgresConfiguration
    let connection: PostgresConnection
    static let lane: Lane = 1

    static func with<R>(_ body: (CommerceLog) async throws -> R) async throws -> R {
        try await TestStores.shared.withDatabase { database in
            let log = CommerceLog(database: database, connection: PostgresConnection(database))
            defer { log.connection.close() }
            try ProjectionSchemas.ensure(log.connection, folder: PackageFolder.path("schema/projections"))
            return try await body(log)
        }
    }

    static let rules: FactRules = {
        do {
            return FactRules(
                catalog: try PipelineCatalog.load(folder: PackageFolder.path("pipelines")), agents: AgentClassifier(),
                ownHosts: { _ in [] })
        } catch {
            preconditionFailure("\(error)")
        }
    }()

    /// Appends the events in this order.
    func append(_ events: [ShopEvent]) throws {
        var compressor = PayloadCompressor(.none)
        var builder = EventBatchBuilder()
        for event in events { builder.append(record: event.record(&compressor).span) }
        _ = try LogWriter(connection).append([builder.finish()], lane: Self.lane)
    }

    var configuration: ProjectorConfiguration {
        ProjectorConfiguration(
            database: database, lanes: [Self.lane], dictionaries: .none, rules: Self.rules,
            schemaFolder: PackageFolder.path("schema/projections"))
    }

    /// Projects up to the head in batches of this size.
    func project(_ names: [String], batchSize: Int = 1000) async throws {
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

    /// The rows of these tables as text, without the columns that tell of arrival; equal folds give equal text.
    func dump(_ schema: String, _ tables: [String], without: [String] = ["version", "position"]) throws -> [String] {
        try tables.flatMap { table in
            try connection.query(
                "select (to_jsonb(t) - $1::text[])::text from \(schema).\(table) t order by 1", [.textArray(without)]
            ).map { "\(table) \($0.text(0))" }
        }
    }

    /// The cells of the first row as text.
    func row(_ sql: String) throws -> [String] {
        guard let row = try connection.query(sql).first else { return [] }
        return (0..<row.columnCount).map { row.isNull($0) ? "null" : row.text($0) }
    }
}

/// A small generator whose sequence is the same everywhere.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
