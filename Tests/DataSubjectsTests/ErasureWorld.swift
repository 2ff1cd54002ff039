import Cryptography
import DataSubjects
import EventLog
import EventModel
import Foundation
import Logging
import Pipelines
import Postgres
import Privacy
import Projector
import ReadModels
import Recorder
import Registry
import Synchronization
import TestSupport
import Testing

/// Appends straight to the log.
actor DirectSink: EventSink {
    private let writer: LogWriter

    init(_ database: PostgresConfiguration) { writer = LogWriter(PostgresConnection(database)) }

    func append(_ batches: [LaneBatch]) -> [AppendOutcome] {
        batches.map { batch in
            do {
                _ = try writer.append([batch.bytes], lane: batch.lane)
                return .durable
            } catch {
                return .unavailable(retryAfterSeconds: 1)
            }
        }
    }
}

/// A buffer that is always empty, and counts what it is asked for; so often its file is not written anew.
final class EmptyBuffer: EventBuffer {
    let rewrites = Atomic<Int>(0)
    let failures = Atomic<Int>(0)

    func tail(of lane: Lane) async throws -> StreamPlace? { nil }
    func trim(_ lane: Lane, through place: StreamPlace) async throws {}
    func rewrite() async throws -> BufferRewrite {
        rewrites.add(1, ordering: .relaxed)
        return .begun
    }
    func rewriting() async throws -> BufferRewriting {
        guard failures.load(ordering: .relaxed) > 0 else { return .done }
        failures.subtract(1, ordering: .relaxed)
        return .failed
    }
    func count(of texts: [[UInt8]], lanes: [Lane]) async throws -> Int64 { 0 }
}

/// What a test throws where a process would end.
struct Crash: Error {}

/// A shop with a log, read models and everything that an erasure works with.
struct ErasureWorld {
    let database: PostgresConfiguration
    let connection: PostgresConnection
    let pool: PostgresPool
    let vault: Vault
    let shop: ShopRegistration
    let recorder: EventRecorder
    let keyring: SubjectKeyring
    let follower: FenceFollower
    let buffer = EmptyBuffer()
    var parts: ErasureParts

    /// Now; the partitions are made around the present.
    static let now = Int64(Date().timeIntervalSince1970) * 1000
    static let catalog = Result { try PipelineCatalog.load(folder: PackageFolder.path("pipelines")) }
    static let projections = ProjectionSchemas.names

    static func with(_ body: (inout ErasureWorld) async throws -> Void) async throws {
        try await TestStores.shared.withDatabase { database in
            var world = try await ErasureWorld(database)
            try ProjectionSchemas.ensure(world.connection, folder: PackageFolder.path("schema/projections"))
            try await body(&world)
            world.connection.close()
            await world.pool.close()
        }
    }

    private init(_ database: PostgresConfiguration) async throws {
        self.database = database
        connection = PostgresConnection(database)
        pool = PostgresPool(database, size: 2)
        let secret = [UInt8](repeating: 9, count: 32)
        vault = try Vault(currentKey: secret)
        shop = try ShopRegistry.add(
            domain: "forget.myshopify.com", timezone: "Europe/Berlin", currency: "EUR",
            wrappedKey: vault.wrap(Vault.newKey()), on: connection)
        keyring = SubjectKeyring()
        let now = Self.now
        recorder = EventRecorder(
            sink: DirectSink(database), catalog: try Self.catalog.get(), dictionaries: .none, keyring: keyring,
            clock: { now })
        follower = FenceFollower(
            database: database, keyring: keyring, label: "test", logger: Logger(label: "test"))
        parts = ErasureParts(
            pool: pool, vault: vault, dictionaries: .none, recorder: recorder,
            stores: ErasureStores(
                projections: Self.projections,
                buffer: buffer, journal: ErasureJournal(path: nil, secrets: [secret]), version: "test"),
            nowMillis: { now })
    }

    var key: ShopKey { ShopKey(lane: shop.lane, shop: shop.id) }
    var recorded: RecordedShop { get throws { try RecordedShop(shop, vault: vault) } }
    var desk: RequestDesk { RequestDesk(pool: pool, vault: vault, nowMillis: { Self.now }) }
    var reader: SubjectReader { SubjectReader(pool: pool, vault: vault, dictionaries: .none) }

    /// An order of a customer, as Shopify tells of it. All personal texts begin with the person's word.
    func order(_ id: Int, of person: String, customer: Int, minutes: Int = 0) async throws {
        let time = Self.now - 3_600_000 + Int64(minutes) * 60_000
        let at = Timestamp.text(time)
        let payload = """
            {"id":\(id),"name":"#\(id)","email":"\(person)@example.com","phone":"+49301\(customer)77",\
            "created_at":"\(at)","updated_at":"\(at)","processed_at":"\(at)","currency":"EUR","total_price":"31.00",\
            "subtotal_price":"31.00","total_tax":"0.00","total_discounts":"0.00","financial_status":"paid",\
            "total_line_items_price":"31.00",\
            "customer":{"id":\(customer),"first_name":"\(person)first","last_name":"\(person)last"},\
            "shipping_address":{"first_name":"\(person)first","address1":"\(person)street 1","city":"\(person)city",\
            "country_code":"DE"},"line_items":[]}
            """
        try await record("orders/create", payload, at: time, identity: "\(id)")
    }

    func record(_ name: String, _ payload: String, at time: Int64 = now, identity: String) async throws {
        let event = OwnEvent(
            source: .history, name: name, payload: Array(payload.utf8), occurredAt: time, identity: identity)
        guard try await recorder.record([event], for: recorded) == [.recorded] else { throw Crash() }
    }

    func projectorConfiguration() throws -> ProjectorConfiguration {
        ProjectorConfiguration(
            database: database, lanes: [shop.lane], dictionaries: .none,
            rules: FactRules(catalog: try Self.catalog.get(), agents: AgentClassifier(), ownHosts: { _ in [] }),
            schemaFolder: PackageFolder.path("schema/projections"))
    }

    /// Brings all read models to the log's head.
    func project() async throws {
        let configuration = try projectorConfiguration()
        let projector = LaneProjector(lane: shop.lane, names: Self.projections, configuration)
        let reader = LaneReader(lane: shop.lane, configuration)
        // The session before may take a moment to let go of the lane.
        while try await !projector.take() {}
        while true {
            let next = await projector.next()
            let batch = try await reader.read(after: next.after, limit: min(1000, Int(clamping: next.limit ?? .max)))
            if batch.through == batch.after { break }
            try await projector.apply(batch)
        }
        await projector.release()
        await reader.close()
    }

    /// Works a request off, with processes and projectors beside it.
    func workOff(_ request: Key128) async throws {
        for _ in 0..<100 {
            if try await RequestFlow(parts: parts).advance(request) == .over { return }
            try await follower.begin()
            try await project()
        }
        throw Crash()
    }

    /// Works a request off until the process ends where `step` begins.
    mutating func workOff(_ request: Key128, endingAt end: ErasureStep) async throws {
        parts.observe = { step, _ in
            if step == end { throw Crash() }
        }
        defer { parts.observe = { _, _ in } }
        do {
            try await workOff(request)
            Issue.record("the erasure went on")
        } catch is Crash {}
    }

    func ask(_ change: (inout SubjectAsk) -> Void) async throws -> SubjectRequest {
        var ask = SubjectAsk(.erasure)
        change(&ask)
        return try await desk.ask(ask, shop: shop.id, origin: .api)
    }

    /// A receipt's statement, checked.
    func receipt(_ request: Key128) async throws -> [String: Any] {
        guard let bytes = try await desk.receipt(request),
            case .genuine(let body, _) = ReceiptVerifier.verify(bytes),
            let json = try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]
        else { throw Crash() }
        return json
    }

    /// Sealed events that open, by position, without the ones that nobody sealed.
    func opened() async throws -> [Position: String] {
        let positions = try connection.query(
            "select position from log.event where length(sealed) > 0 order by position"
        ).map { $0.int64(0) }
        return try await reader.open(key, positions).mapValues { String(decoding: $0, as: UTF8.self) }
    }

    /// The log's bytes up to a position.
    func logBytes(through position: Position) throws -> [[UInt8]] {
        try connection.query(
            """
            select payload || sealed || uuid_send(key) from log.event where position <= $1 order by lane, position
            """, [.int8(position)]
        ).map { $0.bytes(0) }
    }

    func head() throws -> Position { try LogReader(connection).head(lane: shop.lane) }

    /// Sums that no erasure may change.
    func totals() throws -> String {
        try connection.query(
            "select count(*)::text || ' ' || count(distinct customer)::text from orders.shop_order"
        )[0].text(0)
    }
}
