import EventLog
import EventModel
import Foundation
import Logging
import Pipelines
import Postgres
import Privacy
import Reactors
import Recorder
import Synchronization
import TestSupport

/// A sink that appends straight to the log, and can be told to be away.
actor LogSink: EventSink {
    private let writer: LogWriter
    private var isAway = false

    init(_ database: PostgresConfiguration) { writer = LogWriter(PostgresConnection(database)) }

    func set(away: Bool) { isAway = away }

    func append(_ batches: [LaneBatch]) -> [AppendOutcome] {
        batches.map { batch in
            if isAway { return .unavailable(retryAfterSeconds: 1) }
            do {
                _ = try writer.append([batch.bytes], lane: batch.lane)
                return .durable
            } catch {
                return .unavailable(retryAfterSeconds: 1)
            }
        }
    }
}

/// Results of tasks into the recorder.
struct RecordingResults: ResultSink {
    let recorder: EventRecorder
    let shop: RecordedShop

    func record(_ results: [TaskResult], shop: ShopID) async throws {
        try await recorder.record(
            results.map {
                OwnEvent(
                    source: .system, name: $0.name, payload: Array($0.payload.utf8), occurredAt: $0.occurredAt,
                    identity: $0.identity)
            }, for: self.shop)
    }
}

/// A database with a log and a recorder.
struct World {
    let database: PostgresConfiguration
    let connection: PostgresConnection
    let pool: PostgresPool
    let sink: LogSink
    let recorder: EventRecorder
    static let lane: Lane = 1
    static let now: Int64 = 1_780_000_000_000
    let shop = RecordedShop(id: 7, lane: World.lane, keys: ShopKeys(shopKey: [UInt8](repeating: 5, count: 32)))

    /// Loaded once: compiling takes a while in debug builds.
    static let catalog = Result { try PipelineCatalog.load(folder: PackageFolder.path("pipelines")) }

    static func with<R>(_ body: (World) async throws -> R) async throws -> R {
        try await TestStores.shared.withDatabase { database in
            let sink = LogSink(database)
            let world = World(
                database: database, connection: PostgresConnection(database), pool: PostgresPool(database, size: 3),
                sink: sink,
                recorder: EventRecorder(
                    sink: sink, catalog: try catalog.get(), dictionaries: .none, keyring: SubjectKeyring(),
                    clock: { Self.now }))
            defer { world.connection.close() }
            let result = try await body(world)
            await world.pool.close()
            return result
        }
    }

    /// A world with one task that waits.
    static func withTask(_ reactor: Scripted, _ body: (World) async throws -> Void) async throws {
        try await World.with { world in
            try await world.install()
            let reader = world.reader([reactor])
            try await reader.catchUp(lane: World.lane)
            await reader.release()
            try await body(world)
        }
    }

    /// The first task.
    func only() throws -> TaskRow {
        guard let row = try ReactorDesk.list(on: connection).last else { throw TaskFailure.permanent("no task") }
        return row
    }

    var results: RecordingResults { RecordingResults(recorder: recorder, shop: shop) }

    func runner(
        _ reactors: [any Reactor], results: (any ResultSink)? = nil,
        configuration: RunnerConfiguration = RunnerConfiguration()
    ) -> TaskRunner {
        TaskRunner(
            pool: pool, reactors: reactors, results: results ?? self.results, configuration: configuration,
            logger: Logger(label: "test"))
    }

    func reader(_ reactors: [any Reactor]) -> LaneReactor {
        LaneReactor(database: database, reactors: reactors, dictionaries: .none)
    }

    /// Names of the log's events in order.
    func names() throws -> [String] {
        try connection.query(
            "select k.name from log.event e join log.kind k on k.id = e.kind order by e.lane, e.position"
        ).map { $0.text(0) }
    }

    func install(_ identity: String = "i1") async throws {
        try await recorder.record(
            [
                .system(
                    .shopInstalled, payload: Array(#"{"install_id":"\#(identity)"}"#.utf8), occurredAt: Self.now,
                    identity: identity)
            ], for: shop)
    }

    /// Lets everything be due now.
    func hurry() throws {
        try connection.execute(
            "update reactor.task set run_at = now() - interval '1 second' where state = 'ready'; "
                + "delete from reactor.throttle")
    }
}

/// A reactor whose runs do what the test says, one after another; the last again and again.
final class Scripted: Reactor {
    let name: String
    let interests: [EventInterest]
    private let schedule: [NewTask]
    private let script: @Sendable (ReactorTask, any TaskProgress, Int) async throws -> TaskOutcome
    private let count = Mutex(0)

    init(
        _ name: String = "greeter", interests: [EventInterest] = [EventInterest(.system, "shop.installed")],
        schedule: [NewTask] = [],
        script: @escaping @Sendable (ReactorTask, any TaskProgress, Int) async throws -> TaskOutcome
    ) {
        self.name = name
        self.interests = interests
        self.schedule = schedule
        self.script = script
    }

    var runs: Int { count.withLock { $0 } }

    func tasks(for event: ReactorEvent) -> [NewTask] {
        [NewTask(reactor: name, key: "\(name):\(event.place)", payload: String(decoding: event.payload, as: UTF8.self))]
    }

    func next(afterGivingUp task: ReactorTask) async throws -> [NewTask] { schedule }

    func run(_ task: ReactorTask, _ progress: any TaskProgress) async throws -> TaskOutcome {
        let run = count.withLock { count in
            count += 1
            return count
        }
        return try await script(task, progress, run)
    }
}

/// An event that says that a run took place.
func greeting(_ task: ReactorTask) -> TaskEffects {
    TaskEffects(results: [
        TaskResult(
            name: "webhooks.registered", payload: #"{"created":[]}"#, identity: "greeted:\(task.id)",
            occurredAt: World.now)
    ])
}
