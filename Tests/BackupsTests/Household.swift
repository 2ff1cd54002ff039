import Cryptography
import EventLog
import EventModel
import Foundation
import Pipelines
import Postgres
import Privacy
import Recorder
import Registry
import TestSupport

@testable import Backups

/// A shop whose log holds orders of people with sealed names, and what a backup needs around it.
struct Household {
    /// 2026-11-20T12:00:00Z.
    static let now: Int64 = 1_795_176_000_000
    static let hour: Int64 = 3_600_000
    static let day: Int64 = 86_400_000
    static let secret = [UInt8](repeating: 7, count: 32)
    static let catalog = Result { try PipelineCatalog.load(folder: PackageFolder.path("pipelines")) }

    let database: PostgresConfiguration
    let connection: PostgresConnection
    let shop: ShopRegistration
    let context: ShopContext
    /// For backups; gone with the test.
    let folder: String

    /// Lends a database with one shop.
    static func with<R>(_ body: (Household) async throws -> R) async throws -> R {
        try await TestStores.shared.withDatabase { database in
            let household = try Household(database)
            defer { household.end() }
            return try await body(household)
        }
    }

    private init(_ database: PostgresConfiguration) throws {
        self.database = database
        connection = PostgresConnection(database)
        let vault = try Vault(currentKey: Self.secret)
        shop = try ShopRegistry.add(
            domain: "hollow.myshopify.com", timezone: "Europe/Berlin", currency: "EUR",
            wrappedKey: vault.wrap(Vault.newKey()), on: connection)
        context = ShopContext(shop: shop.id, keys: ShopKeys(shopKey: try vault.unwrap(shop.wrappedKey)))
        folder = FileManager.default.temporaryDirectory.path + "/footfall-backup-\(UInt64.random(in: 0 ... .max))"
    }

    private static func recorder(_ database: PostgresConfiguration, _ clock: Int64) throws -> EventRecorder {
        EventRecorder(
            sink: LogSink(database), catalog: try catalog.get(), dictionaries: .none, keyring: SubjectKeyring(),
            clock: { clock })
    }

    private func end() {
        connection.close()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Records an order of each person, whose e-mail is `marker@example.com`.
    func order(
        _ people: [(customer: Int, marker: String)], through database: PostgresConfiguration? = nil,
        receivedAt: Int64 = now
    ) async throws {
        for (customer, marker) in people {
            let payload = """
                {"id":\(customer + 5000),"email":"\(marker)@example.com","created_at":"2026-11-20T10:00:00Z",\
                "updated_at":"2026-11-20T10:00:00Z","currency":"EUR","total_price":"10.00",\
                "customer":{"id":\(customer),"email":"\(marker)@example.com","first_name":"\(marker)"}}
                """
            try await record(
                "orders/create", payload, identity: "order \(customer)", through: database, receivedAt: receivedAt)
        }
    }

    /// Records an event of the shop, an hour old.
    func record(
        _ name: String, _ payload: String, identity: String, through database: PostgresConfiguration? = nil,
        receivedAt: Int64 = now
    ) async throws {
        let event = OwnEvent(
            source: .history, name: name, payload: Array(payload.utf8), occurredAt: Self.now - Self.hour,
            identity: identity)
        let recorder = try Self.recorder(database ?? self.database, receivedAt)
        try await recorder.record([event], for: RecordedShop(id: shop.id, lane: shop.lane, keys: context.keys))
    }

    /// The handles of the person: customer, e-mail, order.
    func handles(_ customer: Int, _ marker: String) -> [Handle] {
        [
            context.handle(.customer, "\(customer)"), context.handle(.email, "\(marker)@example.com"),
            context.handle(.order, "\(customer + 5000)"),
        ].compactMap(\.self)
    }

    /// What an erasure of the person is in the journal.
    func entry(
        _ customer: Int, _ marker: String, request: UInt64 = 1, sequence: Int32 = 1, at millis: Int64 = now + hour
    ) -> ErasureEntry {
        ErasureEntry(
            request: Key128(high: 1, low: request), sequence: sequence, lane: shop.lane, shop: shop.id,
            handles: handles(customer, marker), unlinked: [], atMillis: millis)
    }

    /// Writes an entry down as the protocol does, without its fences.
    func note(_ entry: ErasureEntry, on other: PostgresConnection? = nil) throws {
        _ = try (other ?? connection).query(
            """
            insert into privacy.erasure (request, sequence, lane, shop_id, scope, handles, unlinked, at)
            values ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            [
                .uuid(entry.request.high, entry.request.low), .int4(entry.sequence), .int2(entry.lane),
                .int4(entry.shop), .text(entry.scope.rawValue), .bytes(Handle.packed(entry.handles)),
                .bytes(Handle.packed(entry.unlinked)), .timestamp(entry.atMillis),
            ])
    }

    /// The entry without what is not fenced.
    static func fenced(_ entry: ErasureEntry) -> ErasureEntry {
        ErasureEntry(
            request: entry.request, sequence: entry.sequence, lane: entry.lane, shop: entry.shop,
            handles: entry.handles, unlinked: [], atMillis: entry.atMillis)
    }

    /// A backup of it as it is now.
    func backUp(
        secret: [UInt8] = secret, keysFor: Int64 = 30 * day, journal: ErasureChain.Head? = nil
    ) throws -> BackupMaker.Made {
        try BackupMaker(secret: secret).make(
            BackupMaker.Order(
                target: folder, keysForMillis: keysFor, nowMillis: Self.now, isDrained: true, journal: journal),
            from: connection)
    }

    /// Restores what `folder` has into a fresh database and lends it, not yet verified.
    static func restore(
        _ folder: String, secrets: [[UInt8]] = [secret], nowMillis: Int64 = now + hour, trustsFolder: Bool = false,
        without erased: [ErasureEntry] = [],
        _ body: (Restorer, Restorer.Loaded, PostgresConfiguration, PostgresConnection) throws -> Void
    ) async throws {
        try await TestStores.shared.withDatabase(migrated: false) { database in
            let connection = PostgresConnection(database)
            defer { connection.close() }
            let restorer = Restorer(folder: folder, secrets: secrets, trustsFolder: trustsFolder)
            let loaded = try restorer.load(into: connection, without: erased, nowMillis: nowMillis) {
                _ = try Migrator(folder: PackageFolder.path("schema")).migrate($0)
            }
            try body(restorer, loaded, database, connection)
        }
    }

    /// A journal with these entries.
    static func journal(_ entries: [ErasureEntry]) throws -> ErasureChain {
        var chain = ErasureChain(secrets: [secret])
        for entry in entries { _ = try chain.append(entry) }
        return chain
    }

    /// Everything the log has, opened with the keys that this database has: a line an event.
    static func opened(_ database: PostgresConfiguration, secret: [UInt8] = secret) throws -> [String] {
        let connection = PostgresConnection(database)
        defer { connection.close() }
        let vault = try Vault(currentKey: secret)
        guard let shop = try ShopRegistry.list(on: connection).first else { return [] }
        let context = ShopContext(shop: shop.id, keys: ShopKeys(shopKey: try vault.unwrap(shop.wrappedKey)))
        var page = EventPage()
        _ = try LogReader(connection).read(lane: shop.lane, after: 0, limit: 1000, into: &page)
        let decompressor = PayloadDecompressor(.none)
        return try page.events.map { event in
            var payload: [UInt8] = []
            try decompressor.open(
                page.bytes.span.extracting(event.payload), dictionary: event.header.dictionary, into: &payload)
            let sealed = Array(page.bytes[event.sealed])
            if let head = SealedHead(sealed.span),
                let row = try connection.query(
                    "select wrapped from registry.subject_key where key_id = $1",
                    [.uuid(head.keyID.high, head.keyID.low)]
                ).first
            {
                let key = try context.unwrap(row.bytes(0), keyID: head.keyID)
                payload = try Opener().open(
                    payload: payload, sealed: sealed, under: key, shop: shop.id, event: event.header.key)
            }
            return String(decoding: payload, as: UTF8.self)
        }
    }
}

/// Appends straight to the log.
private actor LogSink: EventSink {
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
