import EventLog
import EventModel
import Pipelines
import Postgres
import Privacy
import Projector
import ReadModels
import Recorder
import Registry
import Synchronization
import TestSupport

@testable import DataSubjects

/// An event some days ago, whose sealed part names these handles; nothing is sealed in it.
struct AgedEvent: Sendable {
    var name: String
    var body: String
    var source = EventSource.webhook
    var daysAgo: Int64
    var handles: [(HandleKind, UInt64)]

    static func hash(_ kind: HandleKind, _ number: UInt64) -> Key128 {
        Key128(high: UInt64(kind.rawValue), low: number)
    }

    func record(shop: ShopID, _ compressor: inout PayloadCompressor) -> [UInt8] {
        let time = AgedShop.now - daysAgo * AgedShop.day
        let bytes = Array("\(name)|\(daysAgo)|\(body)".utf8)
        let hash = Key128(high: Checksum.xxh64(bytes.span), low: Checksum.xxh64((bytes + [1]).span))
        var head: [UInt8] = [1] + Key128(high: 1, low: 1).bytes + [UInt8(handles.count)]
        for (kind, number) in handles { head += [kind.rawValue] + Self.hash(kind, number).bytes }
        let header = EventHeader(
            shop: shop, source: source, occurredAt: time, receivedAt: time,
            key: EventKey.make(timeMillis: time, hash: hash), content: hash.low)
        var block: [UInt8] = []
        compressor.compress(Array(body.utf8).span, into: &block)
        var record: [UInt8] = []
        EventRecord(header: header, name: name, payload: block, sealed: head + [0] + Array(repeating: 0, count: 28))
            .encode(into: &record)
        return record
    }
}

/// Appends straight to the log, unless a test says that it is away.
final class AgedSink: EventSink {
    private let database: PostgresConfiguration
    private let state = Mutex(false)

    init(_ database: PostgresConfiguration) { self.database = database }

    var isAway: Bool {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }

    func append(_ batches: [LaneBatch]) async -> [AppendOutcome] {
        let connection = PostgresConnection(database)
        defer { connection.close() }
        return batches.map { batch in
            guard !isAway, (try? LogWriter(connection).append([batch.bytes], lane: batch.lane)) != nil else {
                return .unavailable(retryAfterSeconds: 1)
            }
            return .durable
        }
    }
}

/// A shop with a log and read models, whose people age.
final class AgedShop {
    /// 2026-11-20T12:00:00Z.
    static let now: Int64 = 1_795_176_000_000
    static let day: Int64 = 86_400_000
    static let rules = RetentionRules(sources: [:])
    private static let catalog = Result { try PipelineCatalog.load(folder: PackageFolder.path("pipelines")) }

    let connection: PostgresConnection
    let sink: AgedSink
    let aged: AgedSubjects
    private let shop: ShopRegistration
    private let projecting: ProjectorConfiguration

    static func with(_ body: (AgedShop) async throws -> Void) async throws {
        try await TestStores.shared.withDatabase { database in
            let pool = PostgresPool(database, size: 1)
            let shop = try AgedShop(database, pool)
            defer { shop.connection.close() }
            do {
                try await body(shop)
                await pool.close()
            } catch {
                await pool.close()
                throw error
            }
        }
    }

    private init(_ database: PostgresConfiguration, _ pool: PostgresPool) throws {
        connection = PostgresConnection(database)
        let vault = try Vault(currentKey: [UInt8](repeating: 7, count: 32))
        let shop = try ShopRegistry.add(
            domain: "hollow.myshopify.com", timezone: "Europe/Berlin", currency: "EUR",
            wrappedKey: vault.wrap(Vault.newKey()), on: connection)
        self.shop = shop
        try ProjectionSchemas.ensure(connection, folder: PackageFolder.path("schema/projections"))
        sink = AgedSink(database)
        let catalog = try Self.catalog.get()
        let recorded = try RecordedShop(shop, vault: vault)
        aged = AgedSubjects(
            pool: pool,
            recorder: EventRecorder(
                sink: sink, catalog: catalog, dictionaries: .none, keyring: SubjectKeyring(), clock: { Self.now }),
            shop: { _ in recorded }, looksMax: 1)
        projecting = ProjectorConfiguration(
            database: database, lanes: [shop.lane], dictionaries: .none,
            rules: FactRules(catalog: catalog, agents: AgentClassifier(), ownHosts: { _ in [] }),
            schemaFolder: PackageFolder.path("schema/projections"))
    }

    /// Keys of the events that `append` took: one a handle but the client's.
    private(set) var keyCount: Int64 = 0

    /// Appends the events, with a key of that day for each handle.
    func append(_ events: [AgedEvent]) throws {
        var compressor = PayloadCompressor(.none)
        var builder = EventBatchBuilder()
        for event in events {
            builder.append(record: event.record(shop: shop.id, &compressor).span)
            for (kind, number) in event.handles where kind != .client {
                let (id, handle) = (UInt64.random(in: 0 ... .max), AgedEvent.hash(kind, number))
                _ = try connection.query(
                    "insert into registry.subject_key values ($1, $2, $3, $4, $5, '', $6)",
                    [
                        .int2(shop.lane), .int4(shop.id), .uuid(id, id), .int2(Int16(kind.rawValue)),
                        .uuid(handle.high, handle.low), .timestamp(Self.now - event.daysAgo * Self.day),
                    ])
                keyCount += 1
            }
        }
        _ = try LogWriter(connection).append([builder.finish()], lane: shop.lane)
    }

    func project() async throws {
        let projector = LaneProjector(lane: shop.lane, names: ProjectionSchemas.names, projecting)
        let reader = LaneReader(lane: shop.lane, projecting)
        guard try await projector.take() else { throw SubjectFailure("the lane is taken") }
        while true {
            let next = await projector.next()
            let batch = try await reader.read(after: next.after, limit: min(1000, Int(clamping: next.limit ?? .max)))
            if batch.through == batch.after { break }
            try await projector.apply(batch)
        }
        await projector.release()
        await reader.close()
    }

    func number(_ sql: String) throws -> Int64 { try connection.query(sql)[0].int64(0) }

    func statuses() throws -> [String] {
        try connection.query(
            """
            select case when l.status = 'new' and exists (select \(LeadOrders.following)) then 'converted'
                else l.status end as status from leads.lead l order by status
            """
        ).map { $0.text(0) }
    }
}
