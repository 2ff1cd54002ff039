import EventModel
import Foundation
import NIOCore
import Pipelines
import Postgres
import Privacy
import Reactors
import Recorder
import Registry
import Shopify
import Synchronization
import TestSupport

/// An Admin API in memory: answers by the document's name, and remembers what was asked.
final class MemoryAdmin: AdminCalling {
    typealias Handler = @Sendable ([String: Any]) throws(AdminError) -> String

    private struct State {
        var handlers: [String: Handler] = [:]
        var files: [String: [[UInt8]]] = [:]
        var calls: [(name: String, variables: String)] = []
    }

    private let state = Mutex(State())

    func on(_ document: AdminDocument, _ handler: @escaping Handler) {
        state.withLock { $0.handlers[document.name] = handler }
    }

    /// The same answer each time.
    func on(_ document: AdminDocument, _ answer: String) { on(document) { _ throws(AdminError) in answer } }

    /// A file in pieces.
    func file(_ url: String, _ pieces: [[UInt8]]) { state.withLock { $0.files[url] = pieces } }

    func calls(_ document: AdminDocument) -> [String] {
        state.withLock { $0.calls.filter { $0.name == document.name }.map(\.variables) }
    }

    func run(_ document: AdminDocument, variables: [UInt8], shop: ShopID) async throws(AdminError) -> AdminAnswer {
        let handler = state.withLock { state in
            state.calls.append((document.name, String(decoding: variables, as: UTF8.self)))
            return state.handlers[document.name]
        }
        guard let handler else { throw AdminError(.invalid, "nobody answers \(document.name)") }
        let parsed = try? JSONSerialization.jsonObject(with: Data(variables)) as? [String: Any]
        return AdminAnswer(data: Array(try handler(parsed ?? [:]).utf8))
    }

    func read(_ url: String, _ take: (ByteBuffer) async throws -> Void) async throws {
        guard let pieces = state.withLock({ $0.files[url] }) else { throw AdminError(.gone, "expired", status: 404) }
        for piece in pieces { try await take(ByteBuffer(bytes: piece)) }
    }
}

/// Keeps what it is given, each event once.
actor KeptEvents: EventSink {
    private(set) var records: [(header: EventHeader, name: String, payload: String, sealed: Int)] = []
    private var keys: Set<Key128> = []

    func append(_ batches: [LaneBatch]) -> [AppendOutcome] {
        for batch in batches {
            guard let opened = try? EventBatch(batch.bytes) else { return [.unavailable(retryAfterSeconds: 1)] }
            for view in opened.records where keys.insert(view.header.key).inserted {
                var payload: [UInt8] = []
                try? PayloadDecompressor(.none).open(
                    opened.bytes.span.extracting(view.payload), dictionary: 0, into: &payload)
                records.append(
                    (
                        view.header, String(decoding: opened.bytes[view.name], as: UTF8.self),
                        String(decoding: payload, as: UTF8.self), view.sealed.count
                    ))
            }
        }
        return batches.map { _ in .durable }
    }

    var names: [String] { records.map(\.name) }

    func payloads(_ name: String) -> [String] { records.filter { $0.name == name }.map(\.payload) }
}

/// A database with one installed shop, a recorder, and an Admin API in memory.
struct SyncWorld {
    static let now: Int64 = 1_780_000_000_000
    static let catalog = Result { try PipelineCatalog.load(folder: PackageFolder.path("pipelines")) }

    let pool: PostgresPool
    let connection: PostgresConnection
    let shop: ShopRegistration
    let events: KeptEvents
    let directory: ShopDirectory
    let admin: MemoryAdmin

    static func with<R>(_ body: (SyncWorld) async throws -> R) async throws -> R {
        try await TestStores.shared.withDatabase { database in
            let connection = PostgresConnection(database)
            let vault = try Vault(currentKey: [UInt8](repeating: 1, count: 32))
            let shop = try ShopRegistry.add(
                domain: "sync.myshopify.com", timezone: "UTC", currency: "USD",
                wrappedKey: vault.wrap([UInt8](repeating: 2, count: 32)), on: connection)
            let pool = PostgresPool(database, size: 2)
            let events = KeptEvents()
            let recorder = EventRecorder(
                sink: events, catalog: try catalog.get(), dictionaries: .none, keyring: SubjectKeyring(),
                clock: { now })
            let world = SyncWorld(
                pool: pool, connection: connection, shop: shop, events: events,
                directory: ShopDirectory(pool: pool, vault: vault, recorder: recorder), admin: MemoryAdmin())
            defer { connection.close() }
            let result = try await body(world)
            await pool.close()
            return result
        }
    }

    /// The key of a chain's next day.
    func nextDayKey(_ chain: String) throws -> String {
        let row = try connection.query("select installed_at from registry.shop where id = $1", [.int4(shop.id)])[0]
        return "\(chain):\(shop.id):\(row.timestampMillis(0)):\((Self.now + 86_400_000) / 86_400_000)"
    }

    func task(
        _ reactor: any Reactor, _ payload: String = "{}", key: String = "k", attempt: Int = 1, claim: Int64 = 1
    ) -> ReactorTask {
        ReactorTask(
            id: 1, lane: shop.lane, shop: shop.id, reactor: reactor.name, key: key, payload: payload,
            attempt: attempt, claim: claim)
    }

    /// Runs a task until it has nothing more to do, as the runner would, and returns the last outcome.
    func finish(_ reactor: any Reactor, _ payload: String = "{}", key: String = "k") async throws -> TaskOutcome {
        var payload = payload
        let progress = SavedProgress()
        for claim in 1...50 {
            let task = task(reactor, payload, key: key, claim: Int64(claim))
            let outcome = try await reactor.run(task, progress)
            guard case .again(_, let next, let effects) = outcome else {
                if case .done(let effects) = outcome { try await directory.record(effects.results, shop: shop.id) }
                return outcome
            }
            try await directory.record(effects.results, shop: shop.id)
            payload = next ?? payload
        }
        throw TaskFailure.permanent("it polls for ever")
    }
}

/// Remembers what was saved last.
actor SavedProgress: TaskProgress {
    private(set) var last: String?

    func save(_ payload: some Encodable & Sendable) async throws { last = TaskJSON.text(payload) }
}

/// Ends the task's runner after some saves.
actor StoppingProgress: TaskProgress {
    struct Stopped: Error {}

    private var left: Int
    private(set) var last: String?

    init(after count: Int) { left = count }

    func save(_ payload: some Encodable & Sendable) async throws {
        last = TaskJSON.text(payload)
        left -= 1
        if left == 0 { throw Stopped() }
    }
}

/// Random numbers that are the same each time.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
