import Cryptography
import DataSubjects
import EventLog
import EventModel
import Foundation
import Pipelines
import Postgres
import Privacy
import Projector
import ReadModels
import Recorder
import TestSupport

/// A database with one shop, its orders in the log and in the read models, and a desk for exports.
struct ExportWorld: Sendable {
    static let now: Int64 = 1_780_000_000_000
    static let domain = "mattress.myshopify.com"
    static let shopKey = [UInt8](repeating: 5, count: 32)

    /// Appends straight to the log, and can be told to be away.
    actor Sink: EventSink {
        private let writer: LogWriter
        private var isAway = false

        init(_ database: PostgresConfiguration) { writer = LogWriter(PostgresConnection(database)) }

        func set(away: Bool) { isAway = away }

        func append(_ batches: [LaneBatch]) -> [AppendOutcome] {
            batches.map { batch in
                guard !isAway, (try? writer.append([batch.bytes], lane: batch.lane)) != nil else {
                    return .unavailable(retryAfterSeconds: 4)
                }
                return .durable
            }
        }
    }

    let database: PostgresConfiguration
    let pool: PostgresPool
    let sink: Sink
    let recorder: EventRecorder
    let desk: ExportDesk
    let shop = RecordedShop(id: 1, lane: 1, keys: ShopKeys(shopKey: ExportWorld.shopKey))
    let request = Key128(high: 7, low: 7)

    static let catalog = Result { try PipelineCatalog.load(folder: PackageFolder.path("pipelines")) }

    static func with(_ body: (ExportWorld) async throws -> Void) async throws {
        try await TestStores.shared.withDatabase { database in
            let pool = PostgresPool(database, size: 2)
            let sink = Sink(database)
            let recorder = EventRecorder(
                sink: sink, catalog: try catalog.get(), dictionaries: .none, keyring: SubjectKeyring(),
                clock: { now })
            let world = ExportWorld(
                database: database, pool: pool, sink: sink, recorder: recorder,
                desk: ExportDesk(pool: pool, dictionaries: .none, recorder: recorder, nowMillis: { now }))
            try await world.prepare()
            try await body(world)
            await pool.close()
        }
    }

    private func prepare() async throws {
        let request = request
        try await pool.run { connection in
            try ProjectionSchemas.ensure(connection, folder: PackageFolder.path("schema/projections"))
            _ = try connection.query(
                """
                insert into registry.shop (domain, lane, account_id, timezone, currency, wrapped_key)
                values ($1, 1, 'account', 'UTC', 'EUR', '')
                """, [.text(Self.domain)])
            _ = try connection.query(
                """
                insert into privacy.request (id, lane, shop_id, kind, origin, due_at)
                values ($1, 1, 1, 'access', 'api', now())
                """, [.uuid(request.high, request.low)])
        }
    }

    var context: ShopContext { ShopContext(shop: shop.id, keys: shop.keys) }

    func handle(_ kind: HandleKind, _ text: String) throws -> Handle {
        guard let handle = context.handle(kind, text) else { throw CocoaError(.formatting) }
        return handle
    }

    /// Records an order of a customer; its position is the number of events so far.
    func order(_ id: Int, customer: Int, email: String, name: String = "Jon") async throws {
        let payload = """
            {"id":\(id),"name":"#\(id)","email":"\(email)","created_at":"2026-05-01T10:00:00Z",
             "updated_at":"2026-05-01T10:00:0\(id % 10)Z","currency":"EUR","total_price":"10.00",
             "customer":{"id":\(customer),"email":"\(email)","first_name":"\(name)"},"line_items":[]}
            """
        try await recorder.record(
            [
                OwnEvent(
                    source: .history, name: "orders/create", payload: Array(payload.utf8), occurredAt: Self.now - 1000,
                    identity: "o\(id)")
            ], for: shop)
    }

    /// The customer whose events these are.
    func subject(_ customer: Int, email: String, _ positions: [Position]) throws -> ExportSubject {
        ExportSubject(
            request: request, reference: "T-1", askedAt: Self.now, shop: ShopKey(lane: 1, shop: 1),
            domain: Self.domain, handles: [try handle(.customer, "\(customer)"), try handle(.email, email)],
            positions: positions)
    }

    /// Folds everything into orders and customers.
    func project() async throws {
        let configuration = ProjectorConfiguration(
            database: database, lanes: [1], dictionaries: .none,
            rules: FactRules(catalog: try Self.catalog.get(), agents: AgentClassifier(), ownHosts: { _ in [] }),
            schemaFolder: PackageFolder.path("schema/projections"))
        let projector = LaneProjector(lane: 1, names: ["orders", "customers"], configuration)
        let reader = LaneReader(lane: 1, configuration)
        guard try await projector.take() else { throw CocoaError(.fileLocking) }
        while true {
            let next = await projector.next()
            let batch = try await reader.read(after: next.after, limit: min(100, Int(clamping: next.limit ?? .max)))
            if batch.through == batch.after { break }
            try await projector.apply(batch)
        }
        await projector.release()
        await reader.close()
    }

    /// Names of the log's events in order.
    func names() async throws -> [String] {
        try await pool.run { connection in
            try connection.query(
                "select k.name from log.event e join log.kind k on k.id = e.kind order by e.position"
            ).map { $0.text(0) }
        }
    }

    /// Payloads of the log's events of this name, in order.
    func payloads(of name: String) async throws -> [String] {
        try await pool.run { connection in
            try connection.query(
                "select e.payload from log.event e join log.kind k on k.id = e.kind where k.name = $1 order by e.position",
                [.text(name)]
            ).map { row in
                var payload: [UInt8] = []
                try PayloadDecompressor(.none).open(row.bytes(0).span, dictionary: 0, into: &payload)
                return String(decoding: payload, as: UTF8.self)
            }
        }
    }

    /// The document as the desk hands it out.
    func document(_ reader: String = "key:1") async throws -> [UInt8]? {
        let reading = PersonalReading(reader: reader, route: "GET /export")
        guard case .document(let json) = try await desk.handOut(request, shop: shop, for: reading) else { return nil }
        return json
    }
}
